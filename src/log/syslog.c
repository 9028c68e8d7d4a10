#include "log/syslog.h"

#include <assert.h>
#include <time.h>

const char *syslog_socket = "/dev/log";

/* strftime's names follow the locale, a log daemon's do not */
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* "Mon DD HH:MM:" of the minute in which WHEN is, and the second in it. */
static struct span minute_of(time_t when, int *ret_second)
{
	static char memory[32];
	static size_t len;
	static time_t of;
	static int second;
	struct tm t = { 0 };
	struct sbuf b;

	/* most lines are of one minute, and libc's calendar touches memory
	 * that each process of one client would have to itself */
	if (len > 0 && when >= of && when - of < 60 - second) {
		*ret_second = second + (int)(when - of);
		return (struct span){ memory, len };
	}
	b = SBUF(memory);
	if (!localtime_r(&when, &t))
		t = (struct tm){ .tm_mday = 1 };
	sbuf_addf(&b, "%s %2d %02d:%02d:", months[t.tm_mon], t.tm_mday,
		  t.tm_hour, t.tm_min);
	of = when;
	len = b.len;
	*ret_second = second = t.tm_sec;
	return sbuf_span(&b);
}

static void add_stamp(struct sbuf *to, int64_t when)
{
	int second;
	struct span minute = minute_of((time_t)when, &second);

	sbuf_add(to, minute);
	sbuf_add_char(to, (char)('0' + second / 10));
	sbuf_add_char(to, (char)('0' + second % 10));
}

void syslog_format(struct sbuf *to, unsigned facility, int severity,
		   int64_t when, struct span name, pid_t pid, struct span text)
{
	assert(severity >= 0 && severity <= 7);
	sbuf_add_char(to, '<');
	sbuf_add_number(to, facility * 8 + (unsigned)severity);
	sbuf_add_char(to, '>');
	add_stamp(to, when);
	sbuf_add_char(to, ' ');
	sbuf_add(to, name);
	sbuf_add_char(to, '[');
	sbuf_add_number(to, pid);
	sbuf_add_text(to, "]: ");
	sbuf_add(to, text);
}
