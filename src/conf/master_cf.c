#include "conf/master_cf.h"

#include "conf/linefile.h"
#include "conf/table_source.h"

#include <errno.h>
#include <string.h>

#define BLANK " \t\r\n"

/* The options of Postfix's services that something follows. */
#define WITH_ARGUMENT "imnorst"

static bool split(struct span line, struct master_service *s)
{
	struct span rest = line;

	s->text = line;
	for (int i = 0; i < MASTER_COLUMNS; i++)
		if (!span_next_item(&rest, BLANK, &s->column[i]))
			return false;
	s->arguments = span_trim(rest);
	return true;
}

static int read_line(struct linefile *lines, struct span line,
		     struct arena *arena, struct report *report,
		     const struct origin *where, struct master_service ***last)
{
	struct master_service *s = arena_alloc(arena, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->line = lines->number;
	if (!split(line, s)) {
		report_add(report, REPORT_WARNING, where,
			   "left out: expected eight columns, as in master(5)");
		return 0;
	}
	**last = s;
	*last = &s->next;
	return 0;
}

int master_cf_read(const char *path, struct arena *arena, struct report *report,
		   struct master_service **ret_first)
{
	struct master_service *first = NULL, **last = &first;
	struct linefile lines;
	struct span line;
	int r = linefile_open(&lines, path, arena);

	if (r < 0)
		return r;
	while ((r = linefile_next(&lines, &line)) > 0) {
		struct origin where = { path, lines.number, NULL };

		r = read_line(&lines, line, arena, report, &where, &last);
		if (r < 0)
			return r;
	}
	if (r == 0)
		*ret_first = first;
	return r;
}

/*
 * What ARGUMENT, a cluster of options such as "-vo", wants behind it: 0 for
 * nothing, or the letter; *RET_VALUE is what it brings along ("-oname=value").
 */
static char wants(struct span argument, struct span *ret_value)
{
	for (size_t i = 1; i < argument.len; i++)
		if (strchr(WITH_ARGUMENT, argument.p[i])) {
			*ret_value = span_skip(argument, i + 1);
			return argument.p[i];
		}
	return 0;
}

bool master_cf_next_setting(struct span *arguments, struct span *ret_setting)
{
	struct span argument, value;
	char option;

	while (span_next_item(arguments, BLANK, &argument)) {
		if (argument.p[0] != '-')
			continue;
		if (span_equal(argument, SPAN("--")))
			break;
		option = wants(argument, &value);
		if (option == 0)
			continue;
		if (value.len == 0 && !span_next_item(arguments, BLANK, &value))
			break;
		if (option != 'o')
			continue;
		if (!table_braces(value, ret_setting))
			*ret_setting = value;
		return true;
	}
	*arguments = SPAN("");
	return false;
}
