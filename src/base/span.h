/*
 * span.h - a piece of text that somebody else owns.
 *
 * Text from outside may hold NULs and bytes over 127, so it travels as
 * pointer and length; only what leaves for a C interface becomes a string.
 * "Space" is ASCII white space in every locale: space \t \n \v \f \r.
 */
#ifndef SCREEN_SPAN_H
#define SCREEN_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p;
	size_t len;
};

/* A string constant as a span, its length known when compiling. */
#define SPAN(literal) \
	((struct span){ .p = (literal), .len = sizeof(literal) - 1 })

/* What separates the items of a list setting: comma and white space. */
#define SPAN_LIST_SEPARATORS ", \t\r\n"

/* The whole C string TEXT; NULL gives an empty span. */
struct span span_of(const char *text);

bool span_is_space(char c);

/* Byte for byte, and with ASCII letters of either case taken as equal. */
bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b);

/* The order of A and B by their bytes, as of strcmp(3). */
int span_compare(struct span a, struct span b);

bool span_starts_with(struct span s, struct span prefix);
bool span_starts_with_nocase(struct span s, struct span prefix);

/* S without its first N bytes; all of it gone when N is larger. */
struct span span_skip(struct span s, size_t n);

/* S without white space at its start, its end, or both. */
struct span span_trim_start(struct span s);
struct span span_trim_end(struct span s);
struct span span_trim(struct span s);

/* Where C first stands in S, or -1. */
ptrdiff_t span_find(struct span s, char c);

/*
 * Cut S at the first C: what stands before and behind it. False, with
 * nothing written, when C does not occur.
 */
bool span_cut(struct span s, char c, struct span *ret_before,
	      struct span *ret_behind);

/*
 * Take the next item off *REST, as Postfix takes a list apart: separators
 * are skipped, and those between braces belong to the item, braces and all.
 * False when nothing is left.
 */
bool span_next_item(struct span *rest, const char *separators,
		    struct span *ret_item);

/* Take the next line off *REST, without its LF. False when nothing is left. */
bool span_next_line(struct span *rest, struct span *ret_line);

#endif
