#include "ctl/ctl.h"

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/owner.h"
#include "net/cidr.h"

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

static const struct command {
	const char *name, *arguments, *brief, *help;
	int (*run)(struct ctl *c, int argc, char **argv);
} commands[] = {
	{ "list", "[--json]", "all entries of the cache",
	  "Show every client network that passed, with what is left of each\n"
	  "pass (or expired; never: not passed yet; off: the test was off).\n"
	  "--json: an array of objects, times in seconds since 1970.\n",
	  list_run },
	{ "show", "ADDR", "the entry of one client",
	  "Show what the cache knows of the client ADDR, an address or a\n"
	  "network. Exit code 1 when it knows nothing.\n",
	  show_run },
	{ "pass", "ADDR [DURATION]", "let a client pass all tests",
	  "Note that ADDR has passed every test that is switched on, for\n"
	  "DURATION: a number and one of s, m, h, d, w, such as 12h; a number\n"
	  "alone is days; 30d when it is left out. A longer pass is kept. "
	  "ADDR\n"
	  "may be a network only if it is one that shares an entry\n"
	  "(cache_ipv4_prefix, cache_ipv6_prefix). The access list still\n"
	  "comes first.\n",
	  pass_run },
	{ "forget", "ADDR", "remove the entry of one client",
	  "Remove what the cache knows of ADDR, an address or a network: it\n"
	  "will be tested again. Exit code 1 when nothing is known.\n",
	  forget_run },
	{ "expire", "", "remove entries that are of no use",
	  "Remove entries whose last pass ended longer than\n"
	  "cache_retention_time ago, and write the file anew when more than\n"
	  "half of it is free. For a timer.\n",
	  expire_run },
	{ "export", "", "write all entries as text",
	  "Write the cache to standard output: a first line\n"
	  "\"smtp-screen-cache 1\", then one entry a line.\n",
	  export_run },
	{ "import", "[FILE]", "read entries that export wrote",
	  "Read FILE, or standard input, and join it with the cache: of each\n"
	  "test the later pass counts. A file with any mistake is not "
	  "imported\n"
	  "at all.\n",
	  import_run },
	{ "check", "ADDR...", "what would happen to a client, and why",
	  "Ask the access list, the cache and every DNS list about each ADDR,\n"
	  "and show the answers, the score, and what smtp-screen would do. "
	  "Nothing\nis written.\n",
	  check_run },
	{ "explain", "[NAME...]", "the settings in force",
	  "Show every setting (or those named), and where it comes from; a *\n"
	  "marks those that differ from the default. DNS lists are shown by\n"
	  "the names of dnsbl_reply_map.\n",
	  explain_run },
	{ "lists", "[--json]", "how the DNS lists are",
	  "Show every DNS list in dnsbl_sites: its weights, how the last "
	  "probe\n"
	  "found it, and whether it is muted, which means that it counts\n"
	  "nothing. Nothing is asked.\n",
	  lists_run },
	{ "probe", "[--due] [--json]", "ask the DNS lists' test points",
	  "Ask every DNS list about an address that it must list and about "
	  "one\n"
	  "that it must not, show the answers, keep what they prove, and mute\n"
	  "or unmute lists. --due: only those that it is time for, which may\n"
	  "be none. For a timer.\n",
	  probe_run },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

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
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-7s %-16s %s\n", commands[i].name,
			commands[i].arguments, commands[i].brief);
	fputs("\n"
	      "  -c FILE         settings, instead of " CONF_DEFAULT_FILE "\n"
	      "  -o NAME=VALUE   a setting on top of the file; may be "
	      "repeated\n"
	      "  --help          this, or behind a COMMAND what it does\n"
	      "  --version\n"
	      "\n"
	      "Exit codes: 0 done, 1 not found or nothing to do, 64 wrong "
	      "usage,\n"
	      "65 mistakes in an imported file, 66 it cannot be opened, 69 not "
	      "possible\n"
	      "now, 77 no permission, 78 mistakes in the settings.\n",
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
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 'j' && json) {
			*json = true;
			continue;
		}
		ctl_say("%s has no option %s; see smtp-screenctl %s --help",
			argv[0], argv[optind - 1], argv[0]);
		return -1;
	}
	return optind;
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
	case -EFBIG:
		ctl_say("cache %s: %s -- make room; what was there is kept",
			c->cache_file, strerror(-error));
		break;
	default:
		ctl_say("cache %s: %s", c->cache_file, strerror(-error));
		break;
	}
	return EX_UNAVAILABLE;
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
	struct span path;
	bool foreign;

	conf_load(&c->input, &c->arena, &c->report, &c->conf);
	if (!cache_map_parse(c->conf.cache_map, &path, &foreign)) {
		struct origin where =
			conf_origin(&c->conf, "postscreen_cache_map");

		report_add(&c->report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected none or "
			   "gdbm:/absolute/path",
			   c->conf.cache_map);
	} else {
		sbuf_add(&file, path);
	}
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

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
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
		ctl_say("no memory");
		return EX_OSERR;
	}
	report_init(&c->report, &c->arena);
	c->colour = wants_colour();
	code = load(c);
	if (code == EX_OK)
		code = command->run(c, argc, argv);
	if (code == EX_USAGE)
		ctl_say("usage: smtp-screenctl %s %s", command->name,
			command->arguments);
	cache_close(&c->cache);
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
	command = find(argv[first]);
	if (!command) {
		ctl_say("no such command: %s; see smtp-screenctl --help",
			argv[first]);
		return EX_USAGE;
	}
	return finish(run(&c, command, argc - first, argv + first));
}
