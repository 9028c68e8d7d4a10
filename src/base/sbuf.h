/*
 * sbuf.h - text put together in memory of a fixed size.
 *
 * What does not fit is dropped and remembered, so a caller adds piece after
 * piece and asks once at the end. The text is a C string at every moment.
 */
#ifndef SCREEN_SBUF_H
#define SCREEN_SBUF_H

#include "base/span.h"

#include <stdint.h>

struct sbuf {
	char *text;
	size_t size; /* of the memory; the last byte is for the NUL */
	size_t len;
	bool overflowed;
};

/* An empty text in MEMORY, an array of char. */
#define SBUF(memory) sbuf_in((memory), sizeof(memory))

/* An empty text in MEMORY of SIZE bytes, at least 1. */
struct sbuf sbuf_in(char *memory, size_t size);

void sbuf_clear(struct sbuf *b);
void sbuf_add(struct sbuf *b, struct span s);
void sbuf_add_char(struct sbuf *b, char c);
void sbuf_add_text(struct sbuf *b, const char *text);
void sbuf_addf(struct sbuf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sbuf_add_number(struct sbuf *b, int64_t number);

/* Did everything fit since the last sbuf_clear? */
bool sbuf_fitted(const struct sbuf *b);

/* What was built; valid until the next change. */
struct span sbuf_span(const struct sbuf *b);

#endif
