#include "ctl/commands.h"
#include "history/records.h"
#include "report/changes_text.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

/* The latest of them, if nothing else is said. */
#define PERIOD "30d"

struct options {
	const char *since;
	bool json;
	const char **setting; /* those of before, and "-o" behind the command */
	size_t settings;
};

static struct changes changes;
static struct retrial retrial;

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "since", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:o:", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->setting[o->settings++] = optarg;
			break;
		case 's':
			o->since = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case ':':
			say("option %s needs a value", argv[optind - 1]);
			return false;
		default:
			say("whatif has no option %s; see smtp-screenctl "
			    "whatif --help",
			    argv[optind - 1]);
			return false;
		}
	}
	if (optind < argc)
		say("whatif takes no argument; a setting is -o NAME=VALUE");
	return optind == argc;
}

/* The settings as they are, with those of the command on top. */
static int load(struct console *c, const struct options *o)
{
	struct conf_input input = c->input;

	input.options = o->setting;
	input.option_count = o->settings;
	conf_load(&input, &c->arena, &c->report, &c->conf);
	return c->report.errors == 0 && retrial_open(&retrial, &c->conf,
						     &c->arena, &c->report)
		       ? EX_OK
		       : console_misconfigured(c);
}

static int read_all(struct records *records)
{
	const struct recorded *line;
	struct address who;

	while ((line = records_next(records))) {
		retrial_run(&retrial, line,
			    recorded_address(line, &who) ? &who : NULL);
		if (!changes_add(&changes, &retrial)) {
			say("no memory for so many clients; try a shorter "
			    "--since");
			return EX_OSERR;
		}
	}
	return EX_OK;
}

static int run(struct console *c, const struct options *o)
{
	struct records_setup setup = { .verb = "deciding again" };
	struct records *records;
	int code;

	if (!records_since(o->since ? o->since : PERIOD, &setup.since))
		return EX_USAGE;
	code = load(c, o);
	if (code != EX_OK)
		return code;
	setup.file = c->conf.decision_log;
	code = records_code(records_open(&setup, &records));
	if (code != EX_OK)
		return code;
	changes_init(&changes);
	code = read_all(records);
	records_close(records);
	if (code == EX_OK && changes.total == 0 && !o->json) {
		say("no connection in the last %s",
		    o->since ? o->since : PERIOD);
		code = COMMAND_NOTHING;
	} else if (code == EX_OK && o->json)
		changes_json(&changes, &retrial);
	else if (code == EX_OK)
		changes_text(&changes, &retrial, c->colour);
	changes_free(&changes);
	return code;
}

int whatif_run(struct console *c, int argc, char **argv)
{
	struct options o = { .json = false };
	int code;

	o.setting = calloc(c->input.option_count + (size_t)argc,
			   sizeof(*o.setting));
	if (!o.setting) {
		say("no memory");
		return EX_OSERR;
	}
	for (size_t i = 0; i < c->input.option_count; i++)
		o.setting[o.settings++] = c->input.options[i];
	code = parse(argc, argv, &o) ? run(c, &o) : EX_USAGE;
	free(o.setting);
	return code;
}
