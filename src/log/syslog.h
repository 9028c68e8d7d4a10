/*
 * syslog.h - one line as /dev/log takes it (RFC 3164): "<22>Mon DD HH:MM:SS
 * NAME[PID]: TEXT", in local time.
 */
#ifndef SCREEN_SYSLOG_H
#define SCREEN_SYSLOG_H

#include "base/sbuf.h"

#include <stdint.h>
#include <sys/types.h>

#define SYSLOG_FACILITY_MAIL 2

/* Where a syslog daemon listens. Only a test says otherwise. */
extern const char *syslog_socket;

/* SEVERITY is 0 (emerg) to 7 (debug), WHEN in seconds since the epoch. */
void syslog_format(struct sbuf *to, unsigned facility, int severity,
		   int64_t when, struct span name, pid_t pid, struct span text);

#endif
