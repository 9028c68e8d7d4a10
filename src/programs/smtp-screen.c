/*
 * smtp-screen - screen one SMTP client, then exec the real smtpd or refuse.
 *
 * From start to exec a known client passes through: options, settings, who is
 * calling, access list, one look into the cache. Everything else is only
 * touched for the others.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf_options.h"
#include "connection/check_settings.h"
#include "connection/connection.h"
#include "dns/dnsbl.h"
#include "log/log.h"
#include "net/peer.h"
#include "screen/check.h"
#include "screen/trial.h"
#include "screen/upstream.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

/* Address space for the settings and tables; what is not used costs nothing. */
#define ARENA_SIZE (64 << 20)

/* In all other trouble screen.c finds the words. */
#define REPLY_NO_MEMORY "421 4.3.0 Service currently unavailable\r\n"

static const char usage_text[] =
	"usage: smtp-screen [-c FILE] [-o NAME=VALUE]... [--client "
	"ADDR[:PORT]]\n"
	"                   [--server ADDR[:PORT]] [--polite] "
	"[--check-config]\n"
	"                   [--explain] [--version] [--help] [--] "
	"[SMTPD [ARG...]]\n"
	"\n"
	"Screen the SMTP client on standard input and output; let the good "
	"ones\n"
	"talk to SMTPD, refuse the others.\n"
	"\n"
	"  -c FILE          settings, instead of " CONF_DEFAULT_FILE "\n"
	"  -o NAME=VALUE    a setting on top of the file; may be repeated\n"
	"  --client ADDR    who is calling, when standard input is no TCP "
	"socket\n"
	"  --server ADDR    the address it called\n"
	"  --polite         a piped client waits for each reply: never a "
	"pregreet\n"
	"  --check-config   report every mistake in the settings, and exit\n"
	"  --explain        with --client: what would happen to it, and why; "
	"exit\n";

struct options {
	struct conf_options conf;
	const char *client, *server;
	bool polite, check_config, explain;
	char *const *command;
};

enum parsed {
	PARSED_GO_ON,
	PARSED_EXIT,  /* --help, --version: done */
	PARSED_WRONG, /* WHY says how */
};

static void print(int fd, const char *text)
{
	/* nobody is left to tell when this fails */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static enum parsed parse_options(int argc, char **argv, struct options *o,
				 struct sbuf *why)
{
	enum { CLIENT = 256, SERVER, POLITE, CHECK, EXPLAIN, VERSION, HELP };
	static const struct option longs[] = {
		{ "client", required_argument, NULL, CLIENT },
		{ "server", required_argument, NULL, SERVER },
		{ "polite", no_argument, NULL, POLITE },
		{ "check-config", no_argument, NULL, CHECK },
		{ "explain", no_argument, NULL, EXPLAIN },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	const char *wrong;
	int c;

	conf_options_init(&o->conf);
	opterr = 0; /* standard error may be the client */
	while ((c = getopt_long(argc, argv, "+:c:o:", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
		case 'o':
			wrong = conf_options_take(&o->conf, c, optarg);
			if (wrong) {
				sbuf_add_text(why, wrong);
				return PARSED_WRONG;
			}
			break;
		case CLIENT:
			o->client = optarg;
			break;
		case SERVER:
			o->server = optarg;
			break;
		case POLITE:
			o->polite = true;
			break;
		case CHECK:
			o->check_config = true;
			break;
		case EXPLAIN:
			o->explain = true;
			break;
		case VERSION:
			print(STDOUT_FILENO,
			      "smtp-screen " SCREEN_VERSION "\n");
			return PARSED_EXIT;
		case HELP:
			print(STDOUT_FILENO, usage_text);
			return PARSED_EXIT;
		case ':':
			sbuf_addf(why, "option %s needs a value",
				  argv[optind - 1]);
			return PARSED_WRONG;
		default:
			sbuf_addf(why, "unknown option %s", argv[optind - 1]);
			return PARSED_WRONG;
		}
	}
	o->command = argv + optind;
	return PARSED_GO_ON;
}

static void open_log(const struct conf *conf, bool by_hand)
{
	log_open(&(struct log_settings){
		.target = conf ? conf->log_target : "auto",
		.name = conf ? conf->syslog_name : "",
		.utf8 = conf && conf->smtputf8_enable,
		.client = STDIN_FILENO,
		.by_hand = by_hand,
	});
}

/* Write all of TEXT; a pipe may take it in pieces. */
static void print_all(struct span text)
{
	while (text.len > 0) {
		ssize_t n = write(STDOUT_FILENO, text.p, text.len);

		if (n <= 0)
			return;
		text = span_skip(text, (size_t)n);
	}
}

/* --explain: no client is there, so standard output and error are a person's
 * or a script's. */
static int explain(const struct options *o, struct arena *arena,
		   struct report *report)
{
	static struct trial trial;
	static struct conf conf;
	static char memory[TRIAL_TEXT];
	struct trial_setup setup = { &conf, arena, report };
	struct endpoint client, server = { { ADDRESS_NONE, { 0 } }, 0 };
	struct sbuf told = SBUF(memory);
	bool has_port;

	open_log(NULL, true);
	if (!o->client ||
	    !endpoint_parse(span_of(o->client), &client, &has_port) ||
	    (o->server &&
	     !endpoint_parse(span_of(o->server), &server, &has_port))) {
		log_fatal(LOG_CONFIG_TROUBLE,
			  "--explain needs --client ADDR and may have --server "
			  "ADDR, such as 192.0.2.1 or 2001:db8::1");
		return EX_USAGE;
	}
	conf_load(&o->conf.input, arena, report, &conf);
	check_at_start(&conf, report);
	if (report->errors > 0 || !trial_open(&trial, &setup)) {
		const char *error = report_first_error(report);

		log_fatal(LOG_CONFIG_TROUBLE, "%s",
			  error ? error
				: "the settings do not fit into memory");
		return EX_CONFIG;
	}
	trial_run(&trial, &client.address, &server.address);
	trial_describe(&trial, false, &told);
	print_all(sbuf_span(&told));
	trial_close(&trial);
	return EX_OK;
}

static int screen_client(const struct conf *conf, struct peer *peer,
			 const struct options *o, struct arena *arena,
			 struct report *report)
{
	static struct connection c;
	struct handoff handoff;

	if (upstream_expected(conf, peer))
		/* whom it will name: the smtpd cannot see it */
		peer->source = PEER_FROM_PROXY;
	if (report->errors > 0 ||
	    !handoff_choose(conf, peer, o->command, arena, report, &handoff))
		return connection_refuse_misconfigured(conf, peer, arena,
						       report);
	c.peer = peer;
	c.handoff = &handoff;
	c.setup = (struct screen_setup){
		.conf = conf,
		.peer = peer,
		.arena = arena,
		.report = report,
		.polite = o->polite,
		.input = &o->conf.input,
	};
	return connection_run(&c);
}

/*
 * The client went before it could be asked for its address. A proxy that only
 * looks whether anybody is there does so all day: that is worth no line.
 */
static void note_gone(const struct options *o, struct arena *arena,
		      struct report *report, const char *why)
{
	static struct conf conf;

	conf_load(&o->conf.input, arena, report, &conf);
	if (conf.upstream_proxy_protocol[0] != '\0')
		return;
	open_log(&conf, false);
	log_info(LOG_HANGUP, "%s", why);
}

/* Who is calling? EX_OK with *RET, or what main returns, with *RET_GO false. */
static int find_peer(const struct options *o, struct arena *arena,
		     struct report *report, struct peer *ret, bool *ret_go)
{
	char text[512];
	struct sbuf why = SBUF(text);

	*ret_go = false;
	switch (peer_identify(o->client, o->server, ret, &why)) {
	case PEER_OK:
		*ret_go = true;
		return EX_OK;
	case PEER_GONE:
		note_gone(o, arena, report, text);
		return EX_OK;
	case PEER_USAGE:
		open_log(NULL, isatty(STDERR_FILENO));
		log_fatal(LOG_CONFIG_TROUBLE, "%s", text);
		return EX_USAGE;
	case PEER_FAILED:
		open_log(NULL, false);
		log_fatal(LOG_OTHER, "%s", text);
		break;
	}
	return EX_OSERR;
}

/*
 * Wrong options: whoever started us must mend them, and a client that is
 * there already must not take the closed connection for a verdict.
 */
static int refuse_misstarted(const char *why, struct arena *arena,
			     struct report *report)
{
	static const struct conf_input defaults = { .stress = "" };
	static struct conf conf;
	struct peer peer;
	char text[512];
	struct sbuf unused = SBUF(text);

	open_log(NULL, true);
	log_fatal(LOG_CONFIG_TROUBLE, "%s; see smtp-screen --help", why);
	if (peer_identify(NULL, NULL, &peer, &unused) == PEER_OK &&
	    peer.source == PEER_FROM_SOCKET) {
		conf_load(&defaults, arena, report, &conf);
		screen_refuse_unscreened(&conf, &peer, arena, report);
	}
	return EX_USAGE;
}

/*
 * Limits on memory, such as those of softlimit(8) before tcpserver, count the
 * arena as if all of it were used. Of a small one it takes a quarter: the
 * rest is for libc, GDBM and the stack.
 */
static size_t arena_size(void)
{
	static const __rlimit_resource_t kinds[] = { RLIMIT_AS, RLIMIT_DATA };
	rlim_t size = ARENA_SIZE;
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (getrlimit(kinds[i], &limit) == 0 &&
		    limit.rlim_cur / 4 < size)
			size = limit.rlim_cur / 4;
	return size;
}

/* Not even the settings can be read: the client must try later. */
static int refuse_without_memory(int error)
{
	int64_t deadline = clock_mono() + CLOCK_SECOND;
	struct peer peer;
	char text[512];
	struct sbuf unused = SBUF(text);

	open_log(NULL, false);
	log_fatal(LOG_OTHER,
		  "no memory for the settings: %s -- clients get 421; raise "
		  "the limit that smtp-screen is started with",
		  strerror(-error));
	if (peer_identify(NULL, NULL, &peer, &unused) == PEER_OK) {
		stream_write(&peer.stream, SPAN(REPLY_NO_MEMORY), deadline);
		stream_finish(&peer.stream, deadline);
	}
	return EX_OSERR;
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct conf conf;
	struct report report;
	struct arena arena;
	struct peer peer;
	char text[256];
	struct sbuf why = SBUF(text);
	enum parsed parsed = parse_options(argc, argv, &o, &why);
	bool go;
	int r;

	if (parsed == PARSED_EXIT)
		return EX_OK;
	/* keys in the names of DNS lists are nobody else's business */
	prctl(PR_SET_DUMPABLE, 0);
	r = arena_open(&arena, arena_size());
	if (r < 0)
		return refuse_without_memory(r);
	report_init(&report, &arena);
	if (parsed == PARSED_GO_ON && o.check_config)
		return check_settings(
			&(struct check_request){ .program = "smtp-screen",
						 .input = &o.conf.input,
						 .command = o.command },
			&arena);
	if (parsed == PARSED_GO_ON && o.explain)
		return explain(&o, &arena, &report);

	signal(SIGPIPE, SIG_IGN); /* launch_exec puts it back */

	if (parsed == PARSED_WRONG)
		return refuse_misstarted(text, &arena, &report);
	r = find_peer(&o, &arena, &report, &peer, &go);
	if (!go)
		return r;
	conf_load(&o.conf.input, &arena, &report, &conf);
	check_at_start(&conf, &report);
	open_log(&conf, peer.source == PEER_FROM_OPTION);
	r = screen_client(&conf, &peer, &o, &arena, &report);
	log_close();
	return r;
}
