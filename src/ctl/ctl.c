#include "ctl/ctl.h"

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "ctl/owner.h"
#include "net/cidr.h"
#include "screen/cure.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ARENA_SIZE (64 << 20)

#define OPTIONS_MAX 256

/* How long an operator waits for a lock: writers hold it for milliseconds,
 * repairing a large file takes seconds. */
#define PATIENCE (10 * CLOCK_SECOND)

/* ---- words ----------------------------------------------------------------
 */

void ctl_say(const char *format, ...)
{
	va_list args;

	fputs("smtp-screenctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
}

static void print_usage(FILE *to)
{
	fputs("usage: smtp-screenctl [-c FILE] [-o NAME=VALUE]... COMMAND "
	      "[ARG...]\n"
	      "\n"
	      "Look after the cache of smtp-screen, and ask what it would "
	      "do.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < commands_count; i++) {
		const char *arguments = commands[i].arguments;

		fprintf(to, "  %-14s %-25s", commands[i].name, arguments);
		if (strlen(arguments) > 25)
			fprintf(to, "\n%42s", "");
		fprintf(to, " %s\n", commands[i].brief);
	}
	fputs("\n"
	      "  -c FILE         settings, instead of " CONF_DEFAULT_FILE "\n"
	      "  -o NAME=VALUE   a setting on top of the file; may be "
	      "repeated\n"
	      "  --help          this, or behind a COMMAND what it does\n"
	      "  --version\n"
	      "\n"
	      "Exit codes: 0 done, 1 not found or nothing to do (doctor: "
	      "warnings),\n"
	      "2 broken (doctor), 64 wrong usage,\n"
	      "65 mistakes in an imported file, 66 it or a table cannot be "
	      "opened,\n"
	      "69 not possible now, 73 the file to write is there already,\n"
	      "77 no permission, 78 mistakes in the settings.\n",
	      to);
}

static void print_help(const struct command *command)
{
	printf("usage: smtp-screenctl %s %s\n\n%s", command->name,
	       command->arguments, command->help);
}

/* ---- for the commands -----------------------------------------------------
 */

int ctl_options(int argc, char **argv, bool *json)
{
	const struct option_row row = { .name = "json", .flag = json };

	return options_parse(argc, argv, &row, json ? 1 : 0);
}

bool ctl_key(const struct ctl *c, const char *text, bool strict,
	     struct sbuf *to)
{
	struct cidr net;
	unsigned prefix;

	if (cidr_parse(span_of(text), &net) != CIDR_OK) {
		ctl_say("\"%s\" is no address; expected one such as 192.0.2.1 "
			"or 2001:db8::1, or a network without bits behind its "
			"prefix",
			text);
		return false;
	}
	if (net.prefix == 128)
		address_unmap(&net.net);
	if (net.net.family == ADDRESS_IPV4 && net.prefix == 128)
		net.prefix = 32;
	prefix = (unsigned)(net.net.family == ADDRESS_IPV4
				    ? c->conf.cache_ipv4_prefix
				    : c->conf.cache_ipv6_prefix);
	if (net.prefix == address_bits(&net.net) || net.prefix == prefix) {
		cache_key(&net.net, (unsigned)c->conf.cache_ipv4_prefix,
			  (unsigned)c->conf.cache_ipv6_prefix, to);
		return true;
	}
	if (!strict) { /* an entry of other settings */
		cidr_format(&net, to);
		return true;
	}
	ctl_say("%s: entries here are for /%u networks (%s); give an address, "
		"or put the network into access_list",
		text, prefix,
		net.net.family == ADDRESS_IPV4 ? "cache_ipv4_prefix"
					       : "cache_ipv6_prefix");
	return false;
}

int64_t ctl_deadline(const struct ctl *c)
{
	int64_t patience = c->conf.cache_lock_timeout * CLOCK_SECOND;

	return clock_mono() + (patience > PATIENCE ? patience : PATIENCE);
}

int ctl_use_cache(struct ctl *c)
{
	char memory[CACHE_PATH + 512];
	struct sbuf why = SBUF(memory);
	enum owner owner;

	if (c->cache_file[0] == '\0') {
		ctl_say("there is no cache: cache_map = none");
		return EX_UNAVAILABLE;
	}
	owner = owner_become(c->cache_file, &why);
	if (owner == OWNER_OK)
		return EX_OK;
	ctl_say("%s", memory);
	return owner == OWNER_DENIED ? EX_NOPERM : EX_UNAVAILABLE;
}

int ctl_cache_failed(const struct ctl *c, int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
	case -ELOOP:
		ctl_say("cache %s: %s -- it and its lock must be plain files "
			"of the owner of their folder, writable by nobody "
			"else; see ls -l",
			c->cache_file, strerror(-error));
		return EX_NOPERM;
	case -ETIMEDOUT:
		ctl_say("cache %s: another process holds its lock; see fuser "
			"-v %s",
			c->cache_file, c->cache_file);
		break;
	case -EUCLEAN:
		ctl_say("cache %s: damaged by a writer that died; "
			"smtp-screenctl expire repairs it",
			c->cache_file);
		break;
	case -ENOSPC:
	case -EDQUOT:
		ctl_say("cache %s: %s -- make room; what was there is kept",
			c->cache_file, strerror(-error));
		break;
	default:
		ctl_say("cache %s: %s%s", c->cache_file, strerror(-error),
			cure_of(error));
		break;
	}
	return EX_UNAVAILABLE;
}

int ctl_misconfigured(const struct ctl *c)
{
	const char *error = report_first_error(&c->report);

	ctl_say("%s", error ? error : "the settings do not fit into memory");
	return EX_CONFIG;
}

void ctl_let_others_in(int64_t began)
{
	int64_t took = clock_mono() - began;
	struct timespec pause = {
		.tv_sec = took / CLOCK_SECOND,
		.tv_nsec = took % CLOCK_SECOND * 1000,
	};

	nanosleep(&pause, NULL);
}

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	(void)number;
	interrupted = 1;
}

void ctl_hold_signals(void)
{
	struct sigaction action = { .sa_handler = note };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool ctl_interrupted(void)
{
	return interrupted;
}

/* ---- the command line -----------------------------------------------------
 */

/* What is wrong is told at once; what is doubtful is --check-config's. */
static int load(struct ctl *c)
{
	struct sbuf file = SBUF(c->cache_file);
	struct origin where;

	conf_load(&c->input, &c->arena, &c->report, &c->conf);
	where = conf_origin(&c->conf, "postscreen_cache_map");
	if (cache_map_read(c->conf.cache_map, &c->report, &where, &c->map))
		sbuf_add(&file, c->map.file);
	if (c->map.shared)
		shared_init(&c->shared, &c->map.server,
			    c->conf.cache_password_file);
	if (c->report.errors > 0) {
		ctl_say("%s", report_first_error(&c->report));
		if (c->report.errors > 1)
			ctl_say("smtp-screen --check-config shows all "
				"mistakes");
		return EX_CONFIG;
	}
	cache_init(&c->cache, c->cache_file);
	return EX_OK;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!no || no[0] == '\0') && term &&
	       strcmp(term, "dumb") != 0;
}

static int run(struct ctl *c, const struct command *command, int argc,
	       char **argv)
{
	int code;

	if (wants_help(argc, argv)) {
		print_help(command);
		return EX_OK;
	}
	if (arena_open(&c->arena, ARENA_SIZE) < 0) {
		ctl_say("no memory; see the limit on it, ulimit -v");
		return EX_OSERR;
	}
	report_init(&c->report, &c->arena);
	c->colour = wants_colour();
	cache_init(&c->cache, "");
	code = command->own_settings ? EX_OK : load(c);
	if (code == EX_OK)
		code = command->run(c, argc, argv);
	else if (code == EX_CONFIG && command->misconfigured != 0)
		code = command->misconfigured;
	if (code == EX_USAGE)
		ctl_say("usage: smtp-screenctl %s %s", command->name,
			command->arguments);
	if (c->cache.repaired)
		ctl_say("cache %s: it was damaged, and is repaired; clients "
			"that were lost are tested again",
			c->cache_file);
	cache_close(&c->cache);
	if (c->map.shared)
		shared_close(&c->shared);
	return code;
}

enum parsed {
	PARSED_COMMAND,
	PARSED_DONE,
	PARSED_WRONG,
};

static enum parsed parse(int argc, char **argv, const char **override,
			 struct ctl *c)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:c:o:", longs, NULL)) !=
	       -1) {
		switch (option) {
		case 'c':
			c->input.file = optarg;
			break;
		case 'o':
			if (c->input.option_count == OPTIONS_MAX) {
				ctl_say("more than %d -o options", OPTIONS_MAX);
				return PARSED_WRONG;
			}
			override[c->input.option_count++] = optarg;
			break;
		case 'h':
			print_usage(stdout);
			return PARSED_DONE;
		case 'v':
			puts("smtp-screenctl " SCREEN_VERSION);
			return PARSED_DONE;
		case ':':
			ctl_say("option %s needs a value", argv[optind - 1]);
			return PARSED_WRONG;
		default:
			ctl_say("unknown option %s; see smtp-screenctl --help",
				argv[optind - 1]);
			return PARSED_WRONG;
		}
	}
	return PARSED_COMMAND;
}

/* A result that could not be written is none. */
static int finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	ctl_say("standard output: %s", strerror(errno));
	return code == EX_OK ? EX_IOERR : code;
}

int ctl_main(int argc, char **argv)
{
	static const char *override[OPTIONS_MAX];
	static struct ctl c = { .input = { .stress = "" } };
	const struct command *command;
	int first;

	/* keys in the names of DNS lists are nobody else's business */
	prctl(PR_SET_DUMPABLE, 0);
	/* a limit on files is EFBIG, and what is half done is taken back */
	signal(SIGXFSZ, SIG_IGN);
	c.input.options = override;
	switch (parse(argc, argv, override, &c)) {
	case PARSED_DONE:
		return finish(EX_OK);
	case PARSED_WRONG:
		return EX_USAGE;
	case PARSED_COMMAND:
		break;
	}
	first = optind;
	if (first == argc) {
		print_usage(stderr);
		return EX_USAGE;
	}
	command = commands_find(argv[first]);
	if (!command) {
		ctl_say("no such command: %s; see smtp-screenctl --help",
			argv[first]);
		return EX_USAGE;
	}
	return finish(run(&c, command, argc - first, argv + first));
}
