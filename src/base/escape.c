#include "base/escape.h"

#include <string.h>

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

void escape_evidence(struct sbuf *to, struct span bytes)
{
	static const char names[] = "abtnvfr"; /* from \a, 7, to \r, 13 */

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c == '\\')
			sbuf_add_text(to, "\\\\");
		else if (is_printable(c))
			sbuf_add_char(to, (char)c);
		else if (c >= '\a' && c <= '\r')
			sbuf_addf(to, "\\%c", names[c - '\a']);
		else
			sbuf_addf(to, "\\%03o", c);
	}
}

/*
 * How many bytes the character at the start of S takes, or 0 when it is not
 * well-formed. The second byte's range rules out overlong forms, surrogates
 * and what lies beyond U+10FFFF (RFC 3629, section 4).
 */
static size_t utf8_length(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (s.len < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

/* U+0080 to U+009F steer some terminals as their 7-bit cousins do. */
static bool is_c1_control(struct span s)
{
	return (unsigned char)s.p[0] == 0xc2 && (unsigned char)s.p[1] < 0xa0;
}

/* How many bytes at the start of S are printable ASCII: most are, all of
 * them. */
static size_t plain_length(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_printable((unsigned char)s.p[n]))
		n++;
	return n;
}

void escape_printable(struct sbuf *to, struct span bytes, bool utf8)
{
	for (;;) {
		size_t n = plain_length(bytes);

		sbuf_add(to, (struct span){ bytes.p, n });
		bytes = span_skip(bytes, n);
		if (bytes.len == 0)
			return;
		n = utf8 ? utf8_length(bytes) : 1;
		if (n > 1 && !is_c1_control(bytes))
			sbuf_add(to, (struct span){ bytes.p, n });
		else
			sbuf_add_char(to, '?');
		bytes = span_skip(bytes, n > 0 ? n : 1);
	}
}

bool escape_is_utf8(struct span bytes)
{
	while (bytes.len > 0) {
		size_t n = utf8_length(bytes);

		if (n == 0)
			return false;
		bytes = span_skip(bytes, n);
	}
	return true;
}
