#include "base/moment.h"

#include <inttypes.h>
#include <time.h>

void moment_format(int64_t wall, struct sbuf *to)
{
	time_t when = (time_t)wall;
	struct tm tm;

	if (wall < 0 || !gmtime_r(&when, &tm) || tm.tm_year > 9999 - 1900)
		sbuf_add_char(to, '-');
	else
		sbuf_addf(to, "%04d-%02d-%02dT%02d:%02d:%02dZ",
			  tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			  tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void moment_format_period(int64_t seconds, int units, struct sbuf *to)
{
	static const struct {
		char letter;
		int64_t seconds;
	} unit[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	size_t i = 0, start = to->len;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < unit[i].seconds)
		i++;
	for (; i < 4 && units > 0; i++, units--) {
		int64_t count = seconds / unit[i].seconds;

		seconds %= unit[i].seconds;
		if (count > 0 || to->len == start)
			sbuf_addf(to, "%s%" PRId64 "%c",
				  to->len > start ? " " : "", count,
				  unit[i].letter);
	}
}
