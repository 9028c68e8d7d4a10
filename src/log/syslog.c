#include "log/syslog.h"

#include <assert.h>
#include <time.h>

const char *syslog_socket = "/dev/log";

/* strftime's names follow the locale, a log daemon's do not */
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void syslog_format(struct sbuf *to, unsigned facility, int severity,
		   int64_t when, struct span name, pid_t pid, struct span text)
{
	time_t seconds = (time_t)when;
	struct tm t = { 0 };

	assert(severity >= 0 && severity <= 7);
	if (!localtime_r(&seconds, &t))
		t = (struct tm){ .tm_mday = 1 };
	sbuf_addf(to, "<%u>%s %2d %02d:%02d:%02d ",
		  facility * 8 + (unsigned)severity, months[t.tm_mon],
		  t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
	sbuf_add(to, name);
	sbuf_addf(to, "[%d]: ", (int)pid);
	sbuf_add(to, text);
}
