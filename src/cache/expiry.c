#include "cache/expiry.h"

bool expiry_is_over(const struct stamps *s, int64_t now, int64_t retention)
{
	if (!s)
		return true;
	if (stamps_from_future(s, now))
		return false;
	for (int t = 0; t < TESTS; t++)
		if (s->until[t] >= now - retention)
			return false;
	return true;
}
