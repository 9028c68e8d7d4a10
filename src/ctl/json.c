#include "ctl/json.h"

#include "base/escape.h"

/* How many bytes at the start of TEXT are one well-formed character; 0 none. */
static size_t character(struct span text)
{
	for (size_t n = 1; n <= 4 && n <= text.len; n++)
		if (escape_is_utf8((struct span){ text.p, n }))
			return n;
	return 0;
}

static void ascii(FILE *to, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(to, "\\%c", c);
	else if (c < ' ' || c == 0x7f)
		fprintf(to, "\\u%04x", c);
	else
		putc(c, to);
}

void json_string(FILE *to, struct span text)
{
	putc('"', to);
	while (text.len > 0) {
		unsigned char c = (unsigned char)text.p[0];
		/* controls are no well-formed text to escape.h, but are here */
		size_t n = c < 0x80 ? 1 : character(text);

		if (n == 0)
			fputs("\\ufffd", to);
		else if (c < 0x80)
			ascii(to, c);
		else
			fwrite(text.p, 1, n, to);
		text = span_skip(text, n > 0 ? n : 1);
	}
	putc('"', to);
}
