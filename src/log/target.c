/* target.c - see target.h. */
#include "log/target.h"

#include "log/outlet.h"

static bool parse_socket(struct span text, struct span word, struct span *path)
{
	struct outlet any;

	if (!span_starts_with(text, word))
		return false;
	*path = span_skip(text, word.len);
	if (path->len == 0)
		return true;
	if (path->p[0] != ':')
		return false;
	*path = span_skip(*path, 1);
	return outlet_init(&any, *path);
}

bool target_parse(const char *text, struct target *ret)
{
	struct span rest = span_of(text);
	struct target target = { 0 };

	if (span_equal(rest, SPAN("auto")))
		target.automatic = true;
	else if (span_equal(rest, SPAN("stderr")))
		target.kind = TARGET_STDERR;
	else if (parse_socket(rest, SPAN("journal"), &target.path))
		target.kind = TARGET_JOURNAL;
	else if (parse_socket(rest, SPAN("syslog"), &target.path))
		target.kind = TARGET_SYSLOG;
	else
		return false;
	*ret = target;
	return true;
}
