/*
 * smtp-screend - screen the clients of a busy host: one parent that listens,
 * and a process for each client that must be tested.
 */
#include "base/fdio.h"
#include "base/signals.h"
#include "conf/conf_options.h"
#include "connection/check_settings.h"
#include "daemon/server.h"
#include "log/log.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

/* Address space for --check-config; the server has its own. */
#define ARENA_SIZE (256 << 20)

static const char usage_text[] =
	"usage: smtp-screend [-c FILE] [-o NAME=VALUE]... [--listen "
	"ADDR:PORT]...\n"
	"                    [--check-config] [--version] [--help] [--]\n"
	"                    [SMTPD [ARG...]]\n"
	"\n"
	"Screen all SMTP clients of this host; let the good ones talk to "
	"SMTPD,\n"
	"refuse the others.\n"
	"\n"
	"  -c FILE             settings, instead of " CONF_DEFAULT_FILE "\n"
	"  -o NAME=VALUE       a setting on top of the file; may be repeated\n"
	"  --listen ADDR:PORT  where clients come to, when systemd does not "
	"listen;\n"
	"                      may be repeated; proxy=ADDR:PORT for a proxy\n"
	"  --check-config      report every mistake in the settings, and "
	"exit\n";

struct options {
	struct conf_options conf;
	const char *listen[LISTENERS_MAX];
	unsigned listen_count;
	bool check_config;
	char *const *command;
};

static int wrong(const char *what)
{
	fprintf(stderr, "smtp-screend: %s\n", what);
	return EX_USAGE;
}

static int unknown(const char *option)
{
	fprintf(stderr,
		"smtp-screend: wrong option %s; see smtp-screend "
		"--help\n",
		option);
	return EX_USAGE;
}

/* What main returns, or -1: go on. */
static int parse_options(int argc, char **argv, struct options *o)
{
	enum { LISTEN = 256, CHECK, VERSION, HELP };
	static const struct option longs[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "check-config", no_argument, NULL, CHECK },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	const char *why;
	int c;

	conf_options_init(&o->conf);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+c:o:", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
		case 'o':
			why = conf_options_take(&o->conf, c, optarg);
			if (why)
				return wrong(why);
			break;
		case LISTEN:
			if (o->listen_count == LISTENERS_MAX)
				return wrong("too many --listen options");
			o->listen[o->listen_count++] = optarg;
			break;
		case CHECK:
			o->check_config = true;
			break;
		case VERSION:
			puts("smtp-screend " SCREEN_VERSION);
			return EX_OK;
		case HELP:
			fputs(usage_text, stdout);
			return EX_OK;
		default:
			return unknown(argv[optind - 1]);
		}
	}
	o->command = argv + optind;
	return -1;
}

static int check_config(const struct options *o)
{
	struct check_request request = { .program = "smtp-screend",
					 .input = &o->conf.input,
					 .command = o->command,
					 .must_read = true };
	struct arena arena;

	if (arena_open(&arena, ARENA_SIZE) < 0)
		return EX_OSERR;
	for (unsigned i = 0; i < o->listen_count; i++)
		if (span_starts_with(span_of(o->listen[i]),
				     SPAN(LISTENERS_PROXY "=")))
			request.proxied = true;
	return check_settings(&request, &arena);
}

static bool open_listeners(const struct options *o, struct listeners *l,
			   struct sbuf *why)
{
	if (!listeners_take(l, why))
		return false;
	for (unsigned i = 0; i < o->listen_count; i++)
		if (!listeners_open(l, o->listen[i], why))
			return false;
	if (l->count > 0)
		return true;
	sbuf_add_text(why, "there is nothing to listen on: start it by "
			   "smtp-screend.socket, or give --listen ADDR:PORT");
	return false;
}

/* Clients wait in the queue of the socket until it is mended. */
static int refuse_settings(struct settings *s)
{
	settings_open_log(s);
	settings_log_doubts(s);
	log_fatal(LOG_CONFIG_TROUBLE,
		  "smtp-screend does not start with these settings; "
		  "smtp-screend --check-config shows all mistakes");
	log_close();
	return EX_CONFIG;
}

static int run(const struct options *o, const struct listeners *l)
{
	static struct settings settings;
	struct settings_input input = { .conf = o->conf.input,
					.command = o->command };
	struct notify notify;
	int r;

	notify_init(&notify);
	for (unsigned i = 0; i < l->count; i++)
		*(l->one[i].proxied ? &input.proxied : &input.direct) = true;
	r = settings_read(&input, false, &settings);
	if (r < 0) {
		log_fatal(LOG_DAEMON,
			  "smtp-screend ends: no memory for the settings");
		log_close();
		return EX_OSERR;
	}
	if (settings.report.errors > 0)
		return refuse_settings(&settings);
	r = server_run(&(struct server_setup){
		.input = &input,
		.settings = &settings,
		.listeners = l,
		.notify = &notify,
	});
	log_close();
	return r;
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct listeners listeners;
	char text[256];
	struct sbuf why = SBUF(text);
	int r;

	if (fdio_fill_standard() < 0)
		return EX_OSERR;
	r = parse_options(argc, argv, &o);
	if (r >= 0)
		return r;
	if (o.check_config)
		return check_config(&o);
	/* no client of ours is there: so standard error is none either, when it
	 * is the same pipe, and lines may go to it */
	if (fdio_empty_standard(STDIN_FILENO, STDOUT_FILENO) < 0)
		return EX_OSERR;
	/* keys in the names of DNS lists are nobody else's business */
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN); /* launch_exec puts it back */
	signals_hold();
	if (!open_listeners(&o, &listeners, &why)) {
		log_fatal(LOG_CONFIG_TROUBLE, "%s", text);
		log_close();
		return EX_USAGE;
	}
	return run(&o, &listeners);
}
