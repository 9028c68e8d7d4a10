#include "greylist/grey_options.h"

#include "base/number.h"
#include "triplet/store.h"

#include <getopt.h>
#include <string.h>

#define DAY  INT64_C(86400)
#define HOUR INT64_C(3600)

/* So many seconds, days or bits nobody means. */
#define SECONDS_MAX (UINT64_C(10) * 365 * 86400)
#define DAYS_MAX    (UINT64_C(100) * 365)

#define CONF_DIR   "/etc/smtp-screen/"
#define SCREEN_DIR "/var/lib/smtp-screen/"

const char grey_usage[] =
	"usage: smtp-screen-greylist [OPTION]...\n"
	"\n"
	"A greylisting policy service for Postfix and Exim, started by "
	"systemd\n"
	"or inetd, or by itself with one of\n"
	"  -u, --unix=PATH          listen on a UNIX socket\n"
	"  -i, --inet=[HOST:]PORT   listen on TCP\n"
	"\n"
	"  --delay=SECONDS          the shortest wait (300)\n"
	"  --retry-window=DAYS|Nh   the latest first retry (2)\n"
	"  --max-age=DAYS           forget what was not seen so long (35)\n"
	"  --auto-whitelist-clients[=N]  passes that make a client known (5)\n"
	"  --lookup-by-host, --ipv4cidr=BITS, --ipv6cidr=BITS\n"
	"  --whitelist-clients=FILE, --whitelist-recipients=FILE\n"
	"  --pool-aware             count a retry of another host of the "
	"sender's\n"
	"  --dns-servers=LIST       whom to ask for SPF, instead of the "
	"system's\n"
	"  --trust-cache[=FILE]     do not delay clients that passed the "
	"screen\n"
	"  --trust-age=DAYS         since when they must have (7)\n"
	"  --only-suspicious        delay only clients that something speaks "
	"against\n"
	"  --screen-state=FILE|none what the screen has found of them\n"
	"  --greylist-action=WORDS, --greylist-text=TEXT, "
	"--x-greylist-header=TEXT,\n"
	"  --hostname=NAME\n"
	"  --dbdir=FOLDER, --privacy, --privacy-key=FILE, --expire\n"
	"  --exim, --socketmode=MODE, --listen-queue-size=N\n"
	"  -d, --daemonize, --pidfile=FILE, --user=USER, --group=GROUP\n"
	"  --syslog-facility=NAME, --syslog-name=NAME, -q, --quiet, -v, "
	"--verbose\n"
	"  -h, --help, --version\n"
	"\n"
	"smtp-screen-greylist(8) tells what each of them means.\n";

enum {
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
	TEST_CLOCK,
	VERSION,
};

static const struct option longs[] = {
	{ "unix", required_argument, NULL, 'u' },
	{ "inet", required_argument, NULL, 'i' },
	{ "socketmode", required_argument, NULL, SOCKETMODE },
	{ "daemonize", no_argument, NULL, 'd' },
	{ "pidfile", required_argument, NULL, PIDFILE },
	{ "user", required_argument, NULL, USER },
	{ "group", required_argument, NULL, GROUP },
	{ "dbdir", required_argument, NULL, DBDIR },
	{ "delay", required_argument, NULL, DELAY },
	{ "max-age", required_argument, NULL, MAX_AGE },
	{ "retry-window", required_argument, NULL, RETRY_WINDOW },
	{ "greylist-action", required_argument, NULL, ACTION },
	{ "greylist-text", required_argument, NULL, TEXT },
	{ "x-greylist-header", required_argument, NULL, HEADER },
	{ "hostname", required_argument, NULL, HOSTNAME },
	{ "lookup-by-subnet", no_argument, NULL, BY_SUBNET },
	{ "lookup-by-host", no_argument, NULL, BY_HOST },
	{ "ipv4cidr", required_argument, NULL, IPV4 },
	{ "ipv6cidr", required_argument, NULL, IPV6 },
	{ "auto-whitelist-clients", optional_argument, NULL, AUTO_CLIENTS },
	{ "privacy", no_argument, NULL, PRIVACY },
	{ "privacy-key", required_argument, NULL, PRIVACY_KEY },
	{ "exim", no_argument, NULL, EXIM },
	{ "whitelist-clients", required_argument, NULL, CLIENTS },
	{ "whitelist-recipients", required_argument, NULL, RECIPIENTS },
	{ "listen-queue-size", required_argument, NULL, QUEUE_SIZE },
	{ "syslog-facility", required_argument, NULL, FACILITY },
	{ "syslogfacility", required_argument, NULL, FACILITY },
	{ "facility", required_argument, NULL, FACILITY },
	{ "syslog-name", required_argument, NULL, SYSLOG_NAME },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "expire", no_argument, NULL, EXPIRE },
	{ "pool-aware", no_argument, NULL, POOL_AWARE },
	{ "dns-servers", required_argument, NULL, DNS_SERVERS },
	{ "trust-cache", optional_argument, NULL, TRUST_CACHE },
	{ "trust-age", required_argument, NULL, TRUST_AGE },
	{ "only-suspicious", no_argument, NULL, ONLY_SUSPICIOUS },
	{ "screen-state", required_argument, NULL, SCREEN_STATE },
	{ "test-clock", no_argument, NULL, TEST_CLOCK },
	{ "help", no_argument, NULL, 'h' },
	{ "man", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct grey_options defaults = {
	.socket_mode = 0666,
	.backlog = 999,
	.user = "smtp-screen-greylist",
	.dbdir = STORE_FOLDER,
	.max_age = 35 * DAY,
	.rules = { .delay = 300, .retry_window = 2 * DAY, .enough = 5 },
	.reputation = { .state = SCREEN_DIR "state", .trust_age = 7 * DAY },
	.ipv4_prefix = 24,
	.ipv6_prefix = 64,
	.clients = { .name = { CONF_DIR "greylist-clients",
			       CONF_DIR "greylist-clients.local" },
		     .count = 2 },
	.recipients = { .name = { CONF_DIR "greylist-recipients",
				  CONF_DIR "greylist-recipients.local" },
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

struct reading {
	struct grey_options *o;
	struct sbuf *why, *notice;
	const char *name; /* of the option at hand */
};

static bool wrong(const struct reading *r, const char *value,
		  const char *wanted)
{
	sbuf_addf(r->why, "--%s=%s: %s was expected", r->name, value, wanted);
	return false;
}

/* ---- numbers ----------------------------------------------------- */

/* Postgrey takes 0 for "not given". */
static bool take_number(const struct reading *r, const char *value,
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

static bool take_bits(const struct reading *r, const char *value,
		      unsigned otherwise, unsigned max, unsigned *ret)
{
	uint64_t bits;

	if (!take_number(r, value, otherwise, max, "the bits of a network",
			 &bits))
		return false;
	*ret = (unsigned)bits;
	return true;
}

static bool take_window(const struct reading *r, const char *value)
{
	struct span text = span_of(value);
	int64_t unit = DAY;
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

static bool take_mode(const struct reading *r, const char *value)
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

static bool take_facility(const struct reading *r, const char *value)
{
	const size_t count = sizeof(facilities) / sizeof(facilities[0]);

	for (size_t i = 0; i < count; i++)
		if (facilities[i] && strcmp(facilities[i], value) == 0) {
			r->o->facility = (int)i;
			return true;
		}
	return wrong(r, value, "a syslog facility such as mail");
}

static bool take_count(const struct reading *r, const char *value)
{
	if (!value) {
		r->o->rules.enough = defaults.rules.enough;
		return true;
	}
	return number_parse(span_of(value), 1000000, &r->o->rules.enough) ||
	       wrong(r, value, "a number of passes, or 0,");
}

static bool take_seconds(const struct reading *r, const char *value)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)defaults.rules.delay, SECONDS_MAX,
			 "a number of seconds", &n))
		return false;
	r->o->rules.delay = (int64_t)n;
	return true;
}

static bool take_days(const struct reading *r, const char *value,
		      int64_t otherwise, int64_t *ret)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)(otherwise / DAY), DAYS_MAX,
			 "a number of days", &n))
		return false;
	*ret = (int64_t)n * DAY;
	return true;
}

static bool take_backlog(const struct reading *r, const char *value)
{
	uint64_t n;

	if (!take_number(r, value, (uint64_t)defaults.backlog, 1000000,
			 "a number of connections", &n))
		return false;
	r->o->backlog = n > 999 ? 999 : (int)n;
	return true;
}

/* ---- texts ------------------------------------------------------- */

/* A line of its own would be another answer, or another header. */
static bool take_line(const struct reading *r, const char *value,
		      const char **ret)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return wrong(r, "...", "text of one line");
	*ret = value;
	return true;
}

static bool take_file(const struct reading *r, const char *value,
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

static bool take_path(const struct reading *r, const char *value,
		      const char **ret)
{
	if (value[0] != '/')
		return wrong(r, value, "an absolute path");
	*ret = value;
	return true;
}

/* ---- all --------------------------------------------------------- */

static bool take_text(const struct reading *r, int c, const char *value)
{
	struct grey_options *o = r->o;

	switch (c) {
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
		return take_path(r, value ? value : SCREEN_DIR "cache.gdbm",
				 &o->reputation.cache);
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

static bool take_value(const struct reading *r, int c, const char *value)
{
	switch (c) {
	case SOCKETMODE:
		return take_mode(r, value);
	case DELAY:
		return take_seconds(r, value);
	case MAX_AGE:
		return take_days(r, value, defaults.max_age, &r->o->max_age);
	case TRUST_AGE:
		return take_days(r, value, defaults.reputation.trust_age,
				 &r->o->reputation.trust_age);
	case RETRY_WINDOW:
		return take_window(r, value);
	case IPV4:
		return take_bits(r, value, defaults.ipv4_prefix, 32,
				 &r->o->ipv4_prefix);
	case IPV6:
		return take_bits(r, value, defaults.ipv6_prefix, 128,
				 &r->o->ipv6_prefix);
	case AUTO_CLIENTS:
		return take_count(r, value);
	case QUEUE_SIZE:
		return take_backlog(r, value);
	case FACILITY:
		return take_facility(r, value);
	default:
		return take_text(r, c, value);
	}
}

/* An option without a value; false when it is none. */
static bool take_switch(struct grey_options *o, int c)
{
	switch (c) {
	case 'd':
		o->daemonize = true;
		return true;
	case BY_SUBNET:
		return true;
	case BY_HOST:
		o->whole_address = true;
		return true;
	case PRIVACY:
		o->privacy = true;
		return true;
	case EXIM:
		o->exim = true;
		return true;
	case POOL_AWARE:
		o->pool_aware = true;
		return true;
	case ONLY_SUSPICIOUS:
		o->reputation.only_suspicious = true;
		return true;
	case EXPIRE:
		o->expire_only = true;
		return true;
	case TEST_CLOCK:
		o->test_clock = true;
		return true;
	case 'q':
		o->quiet = true;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	default:
		return false;
	}
}

static const char *name_of(int c)
{
	for (const struct option *o = longs; o->name; o++)
		if (o->val == c)
			return o->name;
	return "?";
}

enum grey_wish grey_options_parse(int argc, char **argv,
				  struct grey_options *ret, struct sbuf *why,
				  struct sbuf *notice)
{
	struct reading r = { ret, why, notice, NULL };
	int c;

	*ret = defaults;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":u:i:dqvh", longs, NULL)) != -1) {
		if (c == 'h')
			return GREY_HELP;
		if (c == VERSION)
			return GREY_VERSION;
		if (c == '?' || c == ':') {
			sbuf_addf(why, "%s: %s", argv[optind - 1],
				  c == ':' ? "a value was expected"
					   : "no such option, or not the only "
					     "one that begins so");
			return GREY_WRONG;
		}
		r.name = name_of(c);
		if (!take_switch(ret, c) && !take_value(&r, c, optarg))
			return GREY_WRONG;
	}
	if (optind < argc) {
		sbuf_addf(why, "%s: only options are taken", argv[optind]);
		return GREY_WRONG;
	}
	return GREY_RUN;
}
