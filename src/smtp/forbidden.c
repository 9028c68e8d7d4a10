#include "smtp/forbidden.h"

#include "conf/linefile.h"
#include "conf/table.h"
#include "smtp/input.h"

#include <errno.h>

/* Files that name files that name files end somewhere. */
#define DEPTH_LIMIT 8

struct pattern {
	bool negated;
	struct span word;	   /* when there is no table */
	const struct table *table; /* or NULL */
	struct pattern *next;
};

struct forbidden {
	struct pattern *first;
};

struct parser {
	struct arena *arena;
	struct report *report;
	const struct origin *where;
	struct pattern **end;
	unsigned depth;
};

static bool add_items(struct parser *p, struct span text, bool negated);

/* False only when the arena is full; other trouble with PATH is *RET_ERROR. */
static bool add_lines(struct parser *p, const char *path, bool negated,
		      int *ret_error)
{
	struct linefile file;
	struct span line;
	int r;

	r = linefile_open(&file, path, p->arena);
	if (r == -ENOMEM)
		return false;
	while (r >= 0 && (r = linefile_next(&file, &line)) > 0)
		if (!add_items(p, line, negated))
			return false;
	*ret_error = r;
	return true;
}

static bool add_file(struct parser *p, struct span name, bool negated)
{
	const char *path = arena_text(p->arena, name);
	bool added = true;
	int r = -ELOOP;

	if (!path)
		return false;
	if (p->depth < DEPTH_LIMIT) {
		p->depth++;
		added = add_lines(p, path, negated, &r);
		p->depth--;
	}
	if (added && r < 0)
		report_add(p->report, report_lost(p->report), p->where,
			   "%s: %s", path, linefile_strerror(-r));
	return added;
}

static bool add_pattern(struct parser *p, struct span item, bool negated)
{
	struct pattern *new = arena_alloc(p->arena, sizeof(*new));

	if (!new)
		return false;
	new->negated = negated;
	if (table_is_spec(item)) {
		new->table = table_open(item, p->arena, p->report, p->where);
		if (!new->table)
			return false;
	} else {
		new->word = item;
	}
	*p->end = new;
	p->end = &new->next;
	return true;
}

/* False only when the arena is full. */
static bool add_items(struct parser *p, struct span text, bool negated)
{
	struct span item;

	while (span_next_item(&text, SPAN_LIST_SEPARATORS, &item)) {
		bool inverted = negated;
		bool added = true;

		while (item.len > 0 && item.p[0] == '!') {
			inverted = !inverted;
			item = span_skip(item, 1);
		}
		if (item.len == 0)
			report_add(p->report, REPORT_WARNING, p->where,
				   "\"!\" stands alone");
		else if (item.p[0] == '/')
			added = add_file(p, item, inverted);
		else
			added = add_pattern(p, item, inverted);
		if (!added)
			return false;
	}
	return true;
}

struct forbidden *forbidden_open(const char *text, struct arena *arena,
				 struct report *report,
				 const struct origin *where)
{
	struct forbidden *list = arena_alloc(arena, sizeof(*list));
	struct parser p = { .arena = arena, .report = report, .where = where };

	if (!list)
		return NULL;
	p.end = &list->first;
	return add_items(&p, span_of(text), false) ? list : NULL;
}

/* 1 yes, 0 no, negative errno cannot say. */
static int matches(const struct pattern *p, struct span word)
{
	char lower[INPUT_LINE], value[256];
	struct sbuf found = SBUF(value);
	int r;

	if (!p->table)
		return span_equal_nocase(p->word, word);
	if (word.len > sizeof(lower))
		return -EMSGSIZE;
	for (size_t i = 0; i < word.len; i++)
		lower[i] = word.p[i] >= 'A' && word.p[i] <= 'Z'
				   ? (char)(word.p[i] - 'A' + 'a')
				   : word.p[i];
	r = table_find(p->table, (struct span){ lower, word.len }, &found);
	/* what it says does not matter, only that it knows the word */
	return r == -EMSGSIZE ? 1 : r;
}

bool forbidden_match(const struct forbidden *list, struct span word)
{
	const struct pattern *p = list ? list->first : NULL;

	for (; p; p = p->next) {
		int r = matches(p, word);

		if (r < 0)
			return false;
		if (r > 0)
			return !p->negated;
	}
	return false;
}
