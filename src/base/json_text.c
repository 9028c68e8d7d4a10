#include "base/json_text.h"

#include "base/clock.h"
#include "base/escape.h"

/* How many bytes at the start of TEXT are one well-formed character; 0 none. */
static size_t character(struct span text)
{
	/* controls are no well-formed text to escape.h, but are here */
	if ((unsigned char)text.p[0] < 0x80)
		return 1;
	for (size_t n = 2; n <= 4 && n <= text.len; n++)
		if (escape_is_utf8((struct span){ text.p, n }))
			return n;
	return 0;
}

/* How many bytes at the start of TEXT, LIMIT at most, stand in a string as they
 * are. */
static size_t plain(struct span text, size_t limit)
{
	size_t n = 0;

	while (n < text.len && n < limit) {
		unsigned char c = (unsigned char)text.p[n];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			break;
		n++;
	}
	return n;
}

static void add_ascii(struct sbuf *to, unsigned char c)
{
	if (c == '"' || c == '\\') {
		sbuf_add_char(to, '\\');
		sbuf_add_char(to, (char)c);
	} else if (c < ' ' || c == 0x7f) {
		sbuf_addf(to, "\\u%04x", (unsigned)c);
	} else {
		sbuf_add_char(to, (char)c);
	}
}

size_t json_text_character(struct sbuf *to, struct span text)
{
	size_t n = character(text);

	if (n == 1)
		add_ascii(to, (unsigned char)text.p[0]);
	else if (n > 1)
		sbuf_add(to, (struct span){ text.p, n });
	else
		sbuf_add_text(to, "\\ufffd");
	return n > 0 ? n : 1;
}

/* In an array the comma before a string is ours, behind a name there is none.
 */
static void separate(struct sbuf *to)
{
	char last = to->len > 0 ? to->text[to->len - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		sbuf_add_char(to, ',');
}

void json_text_string(struct sbuf *to, struct span text, size_t limit)
{
	size_t taken = plain(text, limit);

	separate(to);
	sbuf_add_char(to, '"');
	sbuf_add(to, (struct span){ text.p, taken });
	while (taken < text.len) {
		struct span rest = span_skip(text, taken);
		size_t n = character(rest);

		if (taken + (n > 0 ? n : 1) > limit) {
			sbuf_add_text(to, "\\u2026");
			break;
		}
		taken += json_text_character(to, rest);
	}
	sbuf_add_char(to, '"');
}

void json_text_begin(struct sbuf *to, char bracket)
{
	separate(to);
	sbuf_add_char(to, bracket);
}

void json_text_end(struct sbuf *to, char bracket)
{
	sbuf_add_char(to, bracket);
}

void json_text_name(struct sbuf *to, const char *name)
{
	separate(to);
	sbuf_add_char(to, '"');
	sbuf_add_text(to, name);
	sbuf_add_text(to, "\":");
}

void json_text_member(struct sbuf *to, const char *name, const char *value)
{
	json_text_name(to, name);
	json_text_string(to, span_of(value), SIZE_MAX);
}

void json_text_number(struct sbuf *to, const char *name, int64_t value)
{
	json_text_name(to, name);
	sbuf_add_number(to, value);
}

void json_text_true(struct sbuf *to, const char *name)
{
	json_text_name(to, name);
	sbuf_add_text(to, "true");
}

void json_text_seconds(struct sbuf *to, const char *name, int64_t microseconds)
{
	char digits[] = ".000000";
	int rest = (int)(microseconds % CLOCK_SECOND);

	json_text_name(to, name);
	sbuf_add_number(to, microseconds / CLOCK_SECOND);
	for (int i = 6; i > 0; i--, rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	sbuf_add_text(to, digits);
}
