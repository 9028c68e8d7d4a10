#include "net/hostname.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       is_digit(c) || c == '_';
}

bool hostname_valid(struct span text)
{
	size_t label = 0;
	bool numeric = true;

	if (text.len == 0 || text.len > 255)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		bool last = i + 1 == text.len || text.p[i + 1] == '.';

		if (c == '.') {
			if (label == 0 || last)
				return false;
			label = 0;
			continue;
		}
		if (!is_name_char(c) && (c != '-' || label == 0 || last))
			return false;
		if (++label > 63)
			return false;
		numeric = numeric && is_digit(c);
	}
	return label > 0 && !numeric;
}
