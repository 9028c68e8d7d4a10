#include "migrate/draft.h"

#include "base/escape.h"

#include <stdarg.h>

#define WIDTH 78

/* Longer notes are cut; only a value in one can be as long as that. */
#define NOTE 4096

/* An entry of master.cf with many options fits. */
#define COMMAND 16384

static void wrap(FILE *to, struct span text)
{
	struct span word;
	size_t column = 1;

	fputc('#', to);
	while (span_next_item(&text, " ", &word)) {
		if (column > 1 && column + 1 + word.len > WIDTH) {
			fputs("\n#  ", to);
			column = 3;
		}
		fprintf(to, " %.*s", (int)word.len, word.p);
		column += 1 + word.len;
	}
	fputc('\n', to);
}

void draft_setting(struct draft *d, const char *name, struct span value)
{
	fprintf(d->to, "%s =%s%.*s\n", name, value.len > 0 ? " " : "",
		(int)value.len, value.p);
	d->behind_setting = true;
}

void draft_gap(struct draft *d)
{
	fputc('\n', d->to);
	d->behind_setting = false;
}

void draft_note(struct draft *d, enum draft_mark mark, const char *format, ...)
{
	static const char *const words[] = {
		[DRAFT_PLAIN] = "",
		[DRAFT_CHANGED] = "CHANGED: ",
		[DRAFT_TODO] = "TODO: ",
	};
	char raw[NOTE], memory[NOTE + 16];
	struct sbuf text = SBUF(memory);
	va_list args;

	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	sbuf_add_text(&text, words[mark]);
	escape_printable(&text, span_of(raw), true);
	if (d->behind_setting)
		draft_gap(d);
	wrap(d->to, sbuf_span(&text));
	if (mark == DRAFT_TODO)
		d->todo++;
}

void draft_step(struct draft *d, const char *text)
{
	fputs("#\n", d->to);
	draft_note(d, DRAFT_PLAIN, "%u. %s", ++d->step, text);
}

void draft_command(struct draft *d, const char *format, ...)
{
	char raw[COMMAND], memory[COMMAND];
	struct sbuf text = SBUF(memory);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (len >= (int)sizeof(raw)) {
		draft_note(d, DRAFT_TODO, "too long to be shown: %.60s...",
			   raw);
		return;
	}
	escape_printable(&text, span_of(raw), true);
	fprintf(d->to, "#        %s\n", memory);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '/' || c == '.' || c == ':' ||
	       c == '_' || c == '-' || c == '@' || c == ',';
}

void draft_quote(struct sbuf *to, struct span text)
{
	bool plain = text.len > 0;

	for (size_t i = 0; i < text.len; i++)
		plain = plain && is_plain(text.p[i]);
	if (plain) {
		sbuf_add(to, text);
		return;
	}
	sbuf_add_char(to, '\'');
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '\'')
			sbuf_add_text(to, "'\\''");
		else
			sbuf_add_char(to, text.p[i]);
	sbuf_add_char(to, '\'');
}
