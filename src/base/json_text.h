/*
 * json_text.h - JSON (RFC 8259) put together in memory of a fixed size.
 *
 * Members go one behind the other; the comma before one is written where the
 * text so far wants it. Whatever bytes come in, a string that comes out is
 * well-formed UTF-8: controls are escaped, and each byte that is part of no
 * character becomes U+FFFD, for JSON has no place for it. Nothing but a text
 * that did not fit (sbuf_fitted) is ever half a value.
 */
#ifndef SCREEN_JSON_TEXT_H
#define SCREEN_JSON_TEXT_H

#include "base/sbuf.h"

#include <stdint.h>

/*
 * Add the first character of TEXT, which is not empty, as it stands within
 * quotes. How many bytes of TEXT it took.
 */
size_t json_text_character(struct sbuf *to, struct span text);

/*
 * Add TEXT as a string, quotes and all. One of more than LIMIT bytes is cut
 * there, not within a character, and ends with U+2026, an ellipsis.
 */
void json_text_string(struct sbuf *to, struct span text, size_t limit);

/* Begin and end an object or an array: BRACKET is one of {[ or }]. */
void json_text_begin(struct sbuf *to, char bracket);
void json_text_end(struct sbuf *to, char bracket);

/* Add NAME, which needs no escape, and a colon; a value must follow. */
void json_text_name(struct sbuf *to, const char *name);

/* Add a member of an object. */
void json_text_member(struct sbuf *to, const char *name, const char *value);
void json_text_number(struct sbuf *to, const char *name, int64_t value);
void json_text_true(struct sbuf *to, const char *name);

/* The same with a time in microseconds, not negative: as seconds. */
void json_text_seconds(struct sbuf *to, const char *name, int64_t microseconds);

#endif
