/*
 * smtp-screen-tls - speak TLS with clients of smtp-screen.
 *
 * A service that systemd starts with a listening socket (LISTEN_FDS); or for
 * one client, when smtp-screen starts it with a socket as standard input. See
 * smtp-screen-tls(8).
 */
#include "base/arena.h"
#include "base/fdio.h"
#include "conf/conf_options.h"
#include "net/stream.h"
#include "tls/confine.h"
#include "tls/door.h"
#include "tls/service.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* For settings alone: no table is read here. */
#define ARENA_SIZE (8 << 20)

static const char usage_text[] =
	"usage: smtp-screen-tls [-c FILE] [-o NAME=VALUE]... [--check-config]\n"
	"                       [--version] [--help]\n"
	"\n"
	"Speak TLS with clients of smtp-screen, which starts this program or\n"
	"reaches it through smtp-screen-tls.socket.\n"
	"\n"
	"  -c FILE          settings, instead of " CONF_DEFAULT_FILE "\n"
	"  -o NAME=VALUE    a setting on top of the file; may be repeated\n"
	"  --check-config   read settings, certificates and keys, tell what "
	"is\n"
	"                   wrong, and exit\n";

struct options {
	struct conf_options conf;
	bool check_config;
};

static int wrong(const char *what)
{
	struct stream in;

	/* standard error may be anybody's when smtp-screen has started us */
	if (stream_open(&in, STDIN_FILENO, STDIN_FILENO) < 0 ||
	    in.kind != STREAM_LOCAL)
		fprintf(stderr, "smtp-screen-tls: %s\n", what);
	return EX_USAGE;
}

/* What main returns, or -1: go on. */
static int parse_options(int argc, char **argv, struct options *o)
{
	enum { CHECK = 256, VERSION, HELP };
	static const struct option longs[] = {
		{ "check-config", no_argument, NULL, CHECK },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	const char *why;
	int c;

	conf_options_init(&o->conf);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:o:", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
		case 'o':
			why = conf_options_take(&o->conf, c, optarg);
			if (why)
				return wrong(why);
			break;
		case CHECK:
			o->check_config = true;
			break;
		case VERSION:
			puts("smtp-screen-tls " SCREEN_VERSION);
			return EX_OK;
		case HELP:
			fputs(usage_text, stdout);
			return EX_OK;
		default:
			return wrong("wrong option; see smtp-screen-tls "
				     "--help");
		}
	}
	return optind < argc ? wrong("no arguments are taken, only options")
			     : -1;
}

static bool is_started_rightly(void)
{
	struct stream in;

	return stream_open(&in, STDIN_FILENO, STDIN_FILENO) == 0 &&
	       in.kind == STREAM_LOCAL;
}

int main(int argc, char **argv)
{
	static struct options o;
	struct arena arena;
	int listener, r;

	confine_at_start();
	signal(SIGPIPE, SIG_IGN);
	if (fdio_fill_standard() < 0)
		return EX_OSERR;
	r = parse_options(argc, argv, &o);
	if (r >= 0)
		return r;
	if (arena_open(&arena, ARENA_SIZE) < 0)
		return EX_OSERR;
	if (o.check_config)
		return service_check(&o.conf.input, &arena);
	listener = door_listener();
	if (listener >= 0)
		return door_run(listener, &o.conf.input, &arena, &door_times);
	if (!is_started_rightly())
		return wrong("standard input is no socket of smtp-screen, "
			     "which starts this program; to try the settings: "
			     "smtp-screen-tls --check-config");
	return service_run(&o.conf.input, &arena, STDIN_FILENO);
}
