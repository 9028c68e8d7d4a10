#include "conf/table_source.h"

#include "base/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Enough to see what is wrong; a file of another kind is wrong throughout. */
#define MISTAKES_SHOWN 100

bool table_braces(struct span text, struct span *ret_inside)
{
	size_t depth = 0;

	if (!span_starts_with(text, SPAN("{")))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '{')
			depth++;
		if (text.p[i] != '}' || --depth > 0)
			continue;
		if (i + 1 < text.len)
			return false;
		*ret_inside =
			span_trim((struct span){ text.p + 1, text.len - 2 });
		return true;
	}
	return false;
}

/* Write each rule as a line to TO, which has room for as much as RULES. */
static bool write_lines(struct span rules, char *to, size_t *ret_len,
			struct sbuf *why)
{
	struct span item, rule;
	size_t len = 0;

	while (span_next_item(&rules, SPAN_LIST_SEPARATORS, &item)) {
		if (!table_braces(item, &rule)) {
			sbuf_addf(why,
				  "expected \"{rule}\" instead of \"%.*s\"",
				  (int)item.len, item.p);
			return false;
		}
		memcpy(to + len, rule.p, rule.len);
		len += rule.len;
		to[len++] = '\n';
	}
	*ret_len = len;
	return true;
}

static bool open_inline(struct table_source *s, struct span text,
			struct sbuf *why)
{
	struct span rules;
	size_t len;
	char *lines;

	if (!table_braces(text, &rules)) {
		sbuf_add_text(why, "a brace is missing, or text follows the "
				   "last one");
		return false;
	}
	lines = arena_alloc(s->arena, rules.len + 1);
	if (!lines || !write_lines(rules, lines, &len, why))
		return false;
	s->name = "(inline)";
	linefile_over(&s->lines, lines, len);
	return true;
}

bool table_source_open(struct table_source *s, struct span name,
		       struct sbuf *why)
{
	int r;

	if (span_starts_with(name, SPAN("{")))
		return open_inline(s, name, why);
	s->name = arena_text(s->arena, name);
	if (!s->name)
		return false;
	r = linefile_open(&s->lines, s->name, s->arena);
	if (r < 0 && r != -ENOMEM)
		sbuf_addf(why, "cannot read %s: %s", s->name,
			  linefile_strerror(-r));
	return r == 0;
}

int table_source_next(struct table_source *s, struct span *ret_line)
{
	struct span line;
	int r;

	while ((r = linefile_next(&s->lines, &line)) > 0) {
		if (!span_is_space(line.p[0])) {
			*ret_line = line;
			return 1;
		}
		table_source_warn(s, "begins with white space but continues "
				     "no line: skipping it");
	}
	return r;
}

__attribute__((format(printf, 3, 0))) static void
warn(struct table_source *s, unsigned line, const char *format, va_list args)
{
	char text[1024], masked[1024];
	struct sbuf shown = SBUF(masked);

	if (s->mistakes++ >= MISTAKES_SHOWN)
		return;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		return;
	/* a table of names of DNS lists may have keys in it */
	secret_mask(&shown, span_of(text), NULL, NULL);
	report_add(s->report, REPORT_WARNING, s->where,
		   "%s map %s, line %u: %s", s->type, s->name, line, masked);
}

void table_source_warn(struct table_source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	warn(s, s->lines.number, format, args);
	va_end(args);
}

void table_source_warn_at(struct table_source *s, unsigned line,
			  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	warn(s, line, format, args);
	va_end(args);
}

void table_source_end(struct table_source *s)
{
	if (s->mistakes > MISTAKES_SHOWN)
		report_add(s->report, REPORT_WARNING, s->where,
			   "%s map %s: %u more mistakes", s->type, s->name,
			   s->mistakes - MISTAKES_SHOWN);
}
