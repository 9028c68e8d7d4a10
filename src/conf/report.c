#include "conf/report.h"

#include "base/sbuf.h"
#include "base/secret.h"

#include <stdarg.h>
#include <stdio.h>

/* Longer messages quote something absurd; their beginning is enough. */
#define MESSAGE_SIZE 2048

void report_init(struct report *r, struct arena *arena)
{
	*r = (struct report){ .arena = arena };
}

static void count(struct report *r, enum report_level level)
{
	switch (level) {
	case REPORT_NOTE:
		r->notes++;
		break;
	case REPORT_WARNING:
		r->warnings++;
		break;
	case REPORT_ERROR:
		r->errors++;
		break;
	}
}

static void add_place(struct sbuf *to, const struct origin *where)
{
	if (!where)
		return;
	if (where->file && where->line > 0)
		sbuf_addf(to, "%s, line %u: ", where->file, where->line);
	else if (where->file)
		sbuf_addf(to, "%s: ", where->file);
	if (!where->parameter)
		return;
	/* a misplaced line may begin with a key of a DNS list */
	secret_mask(to, span_of(where->parameter), NULL, NULL);
	sbuf_add_text(to, ": ");
}

static void append(struct report *r, enum report_level level, struct span text)
{
	struct report_line *line = arena_alloc(r->arena, sizeof(*line));
	const char *copy = line ? arena_text(r->arena, text) : NULL;

	if (!copy)
		return;
	*line = (struct report_line){ .level = level, .text = copy };
	if (r->last)
		r->last->next = line;
	else
		r->first = line;
	r->last = line;
}

void report_add(struct report *r, enum report_level level,
		const struct origin *where, const char *format, ...)
{
	char whole[2 * MESSAGE_SIZE], message[MESSAGE_SIZE];
	struct sbuf text = SBUF(whole);
	va_list args;
	int n;

	count(r, level);
	va_start(args, format);
	n = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (n < 0)
		return;
	add_place(&text, where);
	sbuf_add_text(&text, message);
	append(r, level, sbuf_span(&text));
}

enum report_level report_lost(const struct report *r)
{
	return r->must_read ? REPORT_ERROR : REPORT_WARNING;
}

const char *report_first_error(const struct report *r)
{
	if (r->errors == 0)
		return NULL;
	for (const struct report_line *l = r->first; l; l = l->next)
		if (l->level == REPORT_ERROR)
			return l->text;
	/* counted, but the arena had no room for its words */
	return "the configuration is too large to be read";
}
