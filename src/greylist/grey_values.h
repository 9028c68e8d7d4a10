/*
 * grey_values.h - what an option of the command line has behind its "=".
 */
#ifndef SCREEN_GREY_VALUES_H
#define SCREEN_GREY_VALUES_H

#include "greylist/grey_options.h"

#define GREY_CONF_DIR	"/etc/smtp-screen/"
#define GREY_SCREEN_DIR "/var/lib/smtp-screen/"
#define GREY_DAY	INT64_C(86400)

/* Options that have no letter. */
enum grey_code {
	SOCKETMODE = 256,
	PIDFILE,
	USER,
	GROUP,
	DBDIR,
	DELAY,
	MAX_AGE,
	RETRY_WINDOW,
	ACTION,
	TEXT,
	HEADER,
	HOSTNAME,
	BY_SUBNET,
	BY_HOST,
	IPV4,
	IPV6,
	AUTO_CLIENTS,
	PRIVACY,
	PRIVACY_KEY,
	EXIM,
	CLIENTS,
	RECIPIENTS,
	QUEUE_SIZE,
	FACILITY,
	SYSLOG_NAME,
	EXPIRE,
	POOL_AWARE,
	DNS_SERVERS,
	TRUST_CACHE,
	TRUST_AGE,
	ONLY_SUSPICIOUS,
	SCREEN_STATE,
	REDIS,
	REDIS_PASSWORD,
	TEST_CLOCK,
	VERSION,
};

struct grey_reading {
	struct grey_options *o;
	struct sbuf *why, *notice;
	const char *name; /* of the option at hand */
};

extern const struct grey_options grey_defaults;

/*
 * Take VALUE of the option CODE, which may be NULL where one is optional. False
 * with WHY; a value that means something else than it says adds to NOTICE.
 */
bool grey_values_take(const struct grey_reading *r, int code,
		      const char *value);

#endif
