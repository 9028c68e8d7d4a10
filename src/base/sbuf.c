#include "base/sbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct sbuf sbuf_in(char *memory, size_t size)
{
	struct sbuf b = { .text = memory, .size = size };

	assert(size > 0);
	sbuf_clear(&b);
	return b;
}

void sbuf_clear(struct sbuf *b)
{
	b->len = 0;
	b->text[0] = '\0';
	b->overflowed = false;
}

void sbuf_add(struct sbuf *b, struct span s)
{
	size_t room = b->size - 1 - b->len;

	if (s.len > room) {
		s.len = room;
		b->overflowed = true;
	}
	if (s.len > 0)
		memcpy(b->text + b->len, s.p, s.len);
	b->len += s.len;
	b->text[b->len] = '\0';
}

void sbuf_add_char(struct sbuf *b, char c)
{
	sbuf_add(b, (struct span){ &c, 1 });
}

void sbuf_add_text(struct sbuf *b, const char *text)
{
	sbuf_add(b, span_of(text));
}

void sbuf_addf(struct sbuf *b, const char *format, ...)
{
	size_t room = b->size - b->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(b->text + b->len, room, format, args);
	va_end(args);
	if (n < 0) {
		b->text[b->len] = '\0';
		b->overflowed = true;
	} else if ((size_t)n >= room) {
		b->len = b->size - 1;
		b->overflowed = true;
	} else {
		b->len += (size_t)n;
	}
}

/* printf(3) takes ten times as long. */
void sbuf_add_number(struct sbuf *b, int64_t number)
{
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		digits[--at] = '-';
	sbuf_add(b, (struct span){ digits + at, sizeof(digits) - at });
}

bool sbuf_fitted(const struct sbuf *b)
{
	return !b->overflowed;
}

struct span sbuf_span(const struct sbuf *b)
{
	return (struct span){ b->text, b->len };
}
