#include "greylist/grey_options.h"

#include "greylist/grey_values.h"

#include <getopt.h>

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
	"  --redis=redis://[USER@]ADDRESS[:PORT][/DB]|"
	"redis+unix://[USER@]/PATH\n"
	"                           share it with other hosts\n"
	"  --redis-password-file=FILE\n"
	"  --exim, --socketmode=MODE, --listen-queue-size=N\n"
	"  -d, --daemonize, --pidfile=FILE, --user=USER, --group=GROUP\n"
	"  --syslog-facility=NAME, --syslog-name=NAME, -q, --quiet, -v, "
	"--verbose\n"
	"  -h, --help, --version\n"
	"\n"
	"smtp-screen-greylist(8) tells what each of them means.\n";

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
	{ "redis", required_argument, NULL, REDIS },
	{ "redis-password-file", required_argument, NULL, REDIS_PASSWORD },
	{ "test-clock", no_argument, NULL, TEST_CLOCK },
	{ "help", no_argument, NULL, 'h' },
	{ "man", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

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
	struct grey_reading r = { ret, why, notice, NULL };
	int c;

	*ret = grey_defaults;
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
		if (!take_switch(ret, c) && !grey_values_take(&r, c, optarg))
			return GREY_WRONG;
	}
	if (optind < argc) {
		sbuf_addf(why, "%s: only options are taken", argv[optind]);
		return GREY_WRONG;
	}
	return GREY_RUN;
}
