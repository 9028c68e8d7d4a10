#include "ctl/ctl.h"

#include "ctl/commands.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ARENA_SIZE (64 << 20)

/* ---- words ----------------------------------------------------------------
 */

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

/* ---- the command line -----------------------------------------------------
 */

/* What is wrong is told at once; what is doubtful is --check-config's. */
static int load(struct console *c)
{
	struct sbuf file = SBUF(c->cache_file);
	struct origin where;

	conf_load(&c->options.input, &c->arena, &c->report, &c->conf);
	where = conf_origin(&c->conf, "postscreen_cache_map");
	if (cache_map_read(c->conf.cache_map, &c->report, &where, &c->map))
		sbuf_add(&file, c->map.file);
	if (c->map.shared)
		shared_init(&c->shared, &c->map.server,
			    c->conf.cache_password_file);
	if (c->report.errors > 0) {
		say("%s", report_first_error(&c->report));
		if (c->report.errors > 1)
			say("smtp-screen --check-config shows all "
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

static int run(struct console *c, const struct command *command, int argc,
	       char **argv)
{
	int code;

	if (wants_help(argc, argv)) {
		print_help(command);
		return EX_OK;
	}
	if (arena_open(&c->arena, ARENA_SIZE) < 0) {
		say("no memory; see the limit on it, ulimit -v");
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
		say("usage: smtp-screenctl %s %s", command->name,
		    command->arguments);
	if (c->cache.repaired)
		say("cache %s: it was damaged, and is repaired; clients "
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

static enum parsed parse(int argc, char **argv, struct console *c)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *wrong;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:c:o:", longs, NULL)) !=
	       -1) {
		switch (option) {
		case 'c':
		case 'o':
			wrong = conf_options_take(&c->options, option, optarg);
			if (!wrong)
				break;
			say("%s", wrong);
			return PARSED_WRONG;
		case 'h':
			print_usage(stdout);
			return PARSED_DONE;
		case 'v':
			puts("smtp-screenctl " SCREEN_VERSION);
			return PARSED_DONE;
		case ':':
			say("option %s needs a value", argv[optind - 1]);
			return PARSED_WRONG;
		default:
			say("unknown option %s; see smtp-screenctl --help",
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
	say("standard output: %s", strerror(errno));
	return code == EX_OK ? EX_IOERR : code;
}

int ctl_main(int argc, char **argv)
{
	static struct console c;
	const struct command *command;
	int first;

	/* keys in the names of DNS lists are nobody else's business */
	prctl(PR_SET_DUMPABLE, 0);
	/* a limit on files is EFBIG, and what is half done is taken back */
	signal(SIGXFSZ, SIG_IGN);
	conf_options_init(&c.options);
	switch (parse(argc, argv, &c)) {
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
		say("no such command: %s; see smtp-screenctl --help",
		    argv[first]);
		return EX_USAGE;
	}
	return finish(run(&c, command, argc - first, argv + first));
}
