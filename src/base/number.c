#include "base/number.h"

#include <limits.h>

bool number_parse(struct span text, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

bool number_parse_int(struct span text, int *ret)
{
	bool negative = text.len > 0 && text.p[0] == '-';
	uint64_t limit = (uint64_t)INT_MAX + (negative ? 1 : 0);
	uint64_t size;

	if (negative || (text.len > 0 && text.p[0] == '+'))
		text = span_skip(text, 1);
	if (!number_parse(text, limit, &size))
		return false;
	*ret = negative ? (int)-(int64_t)size : (int)size;
	return true;
}

int number_to_int(int64_t n)
{
	return n > INT_MAX ? INT_MAX : n < INT_MIN ? INT_MIN : (int)n;
}

const char *number_words(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}
