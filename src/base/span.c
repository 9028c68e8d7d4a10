#include "base/span.h"

#include <stdint.h>
#include <string.h>

struct span span_of(const char *text)
{
	if (!text)
		return (struct span){ .p = "", .len = 0 };
	return (struct span){ .p = text, .len = strlen(text) };
}

bool span_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The locale has no say in what a keyword is. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int span_compare(struct span a, struct span b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared > 0 ? memcmp(a.p, b.p, shared) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool span_starts_with(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       span_equal((struct span){ s.p, prefix.len }, prefix);
}

bool span_starts_with_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       span_equal_nocase((struct span){ s.p, prefix.len }, prefix);
}

struct span span_skip(struct span s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return (struct span){ s.p + n, s.len - n };
}

struct span span_trim_start(struct span s)
{
	while (s.len > 0 && span_is_space(s.p[0]))
		s = span_skip(s, 1);
	return s;
}

struct span span_trim_end(struct span s)
{
	while (s.len > 0 && span_is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct span span_trim(struct span s)
{
	return span_trim_end(span_trim_start(s));
}

ptrdiff_t span_find(struct span s, char c)
{
	const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return at ? at - s.p : -1;
}

bool span_cut(struct span s, char c, struct span *ret_before,
	      struct span *ret_behind)
{
	ptrdiff_t at = span_find(s, c);

	if (at < 0)
		return false;
	*ret_before = (struct span){ s.p, (size_t)at };
	*ret_behind = span_skip(s, (size_t)at + 1);
	return true;
}

/* Some characters, one bit each: strchr(3) for each byte took half of the time
 * that reading the settings takes. */
struct charset {
	uint64_t bits[4];
};

static struct charset charset_of(const char *characters)
{
	struct charset set = { { 0 } };

	for (const unsigned char *c = (const unsigned char *)characters; *c;
	     c++)
		set.bits[*c / 64] |= UINT64_C(1) << *c % 64;
	return set;
}

static bool has(const struct charset *set, char c)
{
	unsigned char byte = (unsigned char)c;

	return set->bits[byte / 64] >> byte % 64 & 1;
}

bool span_next_item(struct span *rest, const char *separators,
		    struct span *ret_item)
{
	const struct charset separator = charset_of(separators);
	struct span s = *rest;
	size_t depth = 0;
	size_t n;

	while (s.len > 0 && has(&separator, s.p[0]))
		s = span_skip(s, 1);
	for (n = 0; n < s.len; n++) {
		if (depth == 0 && has(&separator, s.p[n]))
			break;
		if (s.p[n] == '{')
			depth++;
		else if (s.p[n] == '}' && depth > 0)
			depth--;
	}
	*rest = span_skip(s, n);
	if (n == 0)
		return false;
	*ret_item = (struct span){ s.p, n };
	return true;
}

bool span_next_line(struct span *rest, struct span *ret_line)
{
	if (rest->len == 0)
		return false;
	if (!span_cut(*rest, '\n', ret_line, rest)) {
		*ret_line = *rest;
		*rest = span_skip(*rest, rest->len);
	}
	return true;
}
