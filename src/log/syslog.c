#include "log/syslog.h"

#include <assert.h>
#include <time.h>

const char *syslog_socket = "/dev/log";

/* strftime's names follow the locale, a log daemon's do not */
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/*
 * "Mon DD HH:MM:SS". Many lines are of one second, and libc's calendar is half
 * of what a line costs.
 */
static struct span stamp(int64_t when)
{
	static char memory[32];
	static size_t len;
	static time_t of;
	time_t seconds = (time_t)when;
	struct tm t = { 0 };
	struct sbuf b;

	if (len > 0 && of == seconds)
		return (struct span){ memory, len };
	b = SBUF(memory);
	if (!localtime_r(&seconds, &t))
		t = (struct tm){ .tm_mday = 1 };
	sbuf_addf(&b, "%s %2d %02d:%02d:%02d", months[t.tm_mon], t.tm_mday,
		  t.tm_hour, t.tm_min, t.tm_sec);
	of = seconds;
	len = b.len;
	return sbuf_span(&b);
}

void syslog_format(struct sbuf *to, unsigned facility, int severity,
		   int64_t when, struct span name, pid_t pid, struct span text)
{
	assert(severity >= 0 && severity <= 7);
	sbuf_add_char(to, '<');
	sbuf_add_number(to, facility * 8 + (unsigned)severity);
	sbuf_add_char(to, '>');
	sbuf_add(to, stamp(when));
	sbuf_add_char(to, ' ');
	sbuf_add(to, name);
	sbuf_add_char(to, '[');
	sbuf_add_number(to, pid);
	sbuf_add_text(to, "]: ");
	sbuf_add(to, text);
}
