#include "greylist/grey_values.h"

#include "base/number.h"
#include "triplet/store.h"

#include <string.h>

#define HOUR INT64_C(3600)

/* So many seconds, days or bits nobody means. */
#define SECONDS_MAX (UINT64_C(10) * 365 * 86400)
#define DAYS_MAX    (UINT64_C(100) * 365)

const struct grey_options grey_defaults = {
	.socket_mode = 0666,
	.backlog = 999,
	.user = "smtp-screen-greylist",
	.dbdir = STORE_FOLDER,
	.max_age = 35 * GREY_DAY,
	.rules = { .delay = 300, .retry_window = 2 * GREY_DAY, .enough = 5 },
	.reputation = { .state = GREY_SCREEN_DIR "state",
			.trust_age = 7 * GREY_DAY },
	.redis_password = "",
	.ipv4_prefix = 24,
	.ipv6_prefix = 64,
	.clients = { .name = { GREY_CONF_DIR "greylist-clients",
			       GREY_CONF_DIR "greylist-clients.local" },
		     .count = 2 },
	.recipients = { .name = { GREY_CONF_DIR "greylist-recipients",
				  GREY_CONF_DIR "greylist-recipients.local" },
			.count = 2 },
	.action = "DEFER_IF_PERMIT",
	.text = "Greylisted, please try again later",
	.header = "X-Greylist: delayed %t seconds by "
		  "smtp-screen-greylist-%v at %h; %d",
	.syslog_name = "smtp-screen-greylist",
	.facility = 2,
};

/* syslog(3)'s names, by number. */
static const char *const facilities[] = {
	"kern",	  "user",   "mail",   "daemon", "auth",	    "syslog",
	"lpr",	  "news",   "uucp",   "cron",	"authpriv", "ftp",
	NULL,	  NULL,	    NULL,     NULL,	"local0",   "local1",
	"local2", "local3", "local4", "local5", "local6",   "local7",
};

static bool wrong(const struct grey_reading *r, const char *value,
		  const char *wanted)
{
	sbuf_addf(r->why, "--%s=%s: %s was expected", r->name, value, wanted);
	return false;
}

/* ---- numbers ----------------------------------------------------- */

/* Postgrey takes 0 for "not given". */
static bool take_number(const struct grey_reading *r, const char *value,
			uint64_t otherwise, uint64_t max, const char *wanted,
			uint64_t *ret)
{
	if (!number_parse(span_of(value), max, ret))
		return wrong(r, value, wanted);
	if (*ret == 0) {
		sbuf_addf(r->notice, "--%s=0 means the default, %u\n", r->name,
			  (unsigned)otherwise);
		*ret = otherwise;
	}
	return true;
}

static bool take_bits(const struct grey_reading *r, const char *value,
		      unsigned otherwise, unsigned max, unsigned *ret)
{
	uint64_t bits;

	if (!take_number(r, value, otherwise, max, "the bits of a network",
			 &bits))
		return false;
	*ret = (unsigned)bits;
	return true;
}

static bool take_window(const struct grey_reading *r, const char *value)
{
	struct span text = span_of(value);
	int64_t unit = GREY_DAY;
	uint64_t n;

	if (text.len > 1 &&
	    (text.p[text.len - 1] == 'h' || text.p[text.len - 1] == 'H')) {
		text.len--;
		unit = HOUR;
	}
	if (!number_parse(text, DAYS_MAX, &n))
		return wrong(r, value, "days, or hours such as 4h,");
	r->o->rules.retry_window = (int64_t)n * unit;
	return true;
}

static bool take_mode(const struct grey_reading *r, const char *value)
{
	mode_t mode = 0;

	for (const char *p = value; *p; p++) {
		if (*p < '0' || *p > '7' || mode > 0777)
			return wrong(r, value, "octal permissions");
		mode = mode * 8 + (mode_t)(*p - '0');
	}
	if (mode > 0777)
		return wrong(r, value, "octal permissions");
	r->o->socket_mode = mode;
	return true;
}

static bool take_facility(const struct grey_reading *r, const char *value)
{
	const size_t count = sizeof(facilities) / sizeof(facilities[0]);

	for (size_t i = 0; i < count; i++)
		if (facilities[i] && strcmp(facilities[i], value) == 0) {
			r->o->facility = (int)i;
			return true;
		}
	return wrong(r, value, "a syslog facility such as mail");
}

static bool take_count(const struct grey_reading *r, const char *value)
{
	if (!value) {
		r->o->rules.enough = grey_defaults.rules.enough;
		return true;
	}
	return number_parse(span_of(value), 1000000, &r->o->rules.enough) ||
	       wrong(r, value, "a number of passes, or 0,");
}

static bool take_seconds(const struct grey_reading *r, const char *value)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)grey_defaults.rules.delay,
			 SECONDS_MAX, "a number of seconds", &n))
		return false;
	r->o->rules.delay = (int64_t)n;
	return true;
}

static bool take_days(const struct grey_reading *r, const char *value,
		      int64_t otherwise, int64_t *ret)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)(otherwise / GREY_DAY), DAYS_MAX,
			 "a number of days", &n))
		return false;
	*ret = (int64_t)n * GREY_DAY;
	return true;
}

static bool take_backlog(const struct grey_reading *r, const char *value)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)grey_defaults.backlog, 1000000,
			 "a number of connections", &n))
		return false;
	r->o->backlog = n > 999 ? 999 : (int)n;
	return true;
}

/* ---- texts ------------------------------------------------------- */

/* A line of its own would be another answer, or another header. */
static bool take_line(const struct grey_reading *r, const char *value,
		      const char **ret)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return wrong(r, "...", "text of one line");
	*ret = value;
	return true;
}

static bool take_file(const struct grey_reading *r, const char *value,
		      struct grey_files *files)
{
	/* the first one replaces the usual ones */
	if (!files->given)
		files->count = 0;
	files->given = true;
	if (files->count == GREY_FILES)
		return wrong(r, value, "fewer files");
	files->name[files->count++] = value;
	return true;
}

static bool take_path(const struct grey_reading *r, const char *value,
		      const char **ret)
{
	if (value[0] != '/')
		return wrong(r, value, "an absolute path");
	*ret = value;
	return true;
}

/* ---- the server that hosts share ---------------------------------- */

/* It may have a password in it, and is never repeated. */
static bool take_server(const struct grey_reading *r, const char *value)
{
	const char *wanted = cache_server_parse(span_of(value), &r->o->server);

	r->o->shares = !wanted;
	if (wanted)
		sbuf_addf(r->why, "--%s: %s was expected", r->name, wanted);
	return !wanted;
}

/* ---- all --------------------------------------------------------- */

static bool take_text(const struct grey_reading *r, int code, const char *value)
{
	struct grey_options *o = r->o;

	switch (code) {
	case ACTION:
		return take_line(r, value, &o->action);
	case TEXT:
		return take_line(r, value, &o->text);
	case HEADER:
		return take_line(r, value, &o->header);
	case HOSTNAME:
		return take_line(r, value, &o->hostname);
	case CLIENTS:
		return take_file(r, value, &o->clients);
	case RECIPIENTS:
		return take_file(r, value, &o->recipients);
	case DBDIR:
		return take_path(r, value, &o->dbdir);
	case PRIVACY_KEY:
		return take_path(r, value, &o->privacy_key);
	case DNS_SERVERS:
		return take_line(r, value, &o->dns_servers);
	case TRUST_CACHE:
		return take_path(r,
				 value ? value : GREY_SCREEN_DIR "cache.gdbm",
				 &o->reputation.cache);
	case REDIS:
		return take_server(r, value);
	case REDIS_PASSWORD:
		return take_path(r, value, &o->redis_password);
	case SCREEN_STATE:
		if (strcmp(value, "none") == 0) {
			o->reputation.state = NULL;
			return true;
		}
		return take_path(r, value, &o->reputation.state);
	case 'u':
		return take_path(r, value, &o->unix_path);
	case 'i':
		o->inet = value;
		return true;
	case PIDFILE:
		return take_path(r, value, &o->pidfile);
	case USER:
		o->user = value;
		return true;
	case GROUP:
		o->group = value;
		return true;
	case SYSLOG_NAME:
		return take_line(r, value, &o->syslog_name);
	default:
		return false;
	}
}

bool grey_values_take(const struct grey_reading *r, int code, const char *value)
{
	switch (code) {
	case SOCKETMODE:
		return take_mode(r, value);
	case DELAY:
		return take_seconds(r, value);
	case MAX_AGE:
		return take_days(r, value, grey_defaults.max_age,
				 &r->o->max_age);
	case TRUST_AGE:
		return take_days(r, value, grey_defaults.reputation.trust_age,
				 &r->o->reputation.trust_age);
	case RETRY_WINDOW:
		return take_window(r, value);
	case IPV4:
		return take_bits(r, value, grey_defaults.ipv4_prefix, 32,
				 &r->o->ipv4_prefix);
	case IPV6:
		return take_bits(r, value, grey_defaults.ipv6_prefix, 128,
				 &r->o->ipv6_prefix);
	case AUTO_CLIENTS:
		return take_count(r, value);
	case QUEUE_SIZE:
		return take_backlog(r, value);
	case FACILITY:
		return take_facility(r, value);
	default:
		return take_text(r, code, value);
	}
}
