#include "ctl/commands.h"
#include "history/records.h"
#include "report/changes_text.h"

/* The latest of them, if nothing else is said. */
#define PERIOD "30d"

struct options {
	const char *since;
	bool json;
};

static struct changes changes;
static struct retrial retrial;

static const char *take_setting(void *context, const char *value)
{
	return conf_options_take(context, 'o', value);
}

static bool parse(struct console *c, int argc, char **argv, struct options *o)
{
	const struct option_row rows[] = {
		{ .name = "o", .take = take_setting, .context = &c->options },
		{ .name = "since", .value = &o->since },
		{ .name = "json", .flag = &o->json },
	};

	return options_only(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}

/* The settings as they are, with those of the command on top. */
static int load(struct console *c)
{
	conf_load(&c->options.input, &c->arena, &c->report, &c->conf);
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

int whatif_run(struct console *c, int argc, char **argv)
{
	struct options o = { .since = PERIOD };
	struct records_setup setup = { .verb = "deciding again" };
	struct records *records;
	int code;

	if (!parse(c, argc, argv, &o) || !records_since(o.since, &setup.since))
		return EX_USAGE;
	code = load(c);
	if (code != EX_OK)
		return code;
	setup.file = c->conf.decision_log;
	code = records_code(records_open(&setup, &records));
	if (code != EX_OK)
		return code;
	changes_init(&changes);
	code = read_all(records);
	records_close(records);
	if (code == EX_OK && changes.total == 0 && !o.json) {
		say("no connection in the last %s", o.since);
		code = COMMAND_NOTHING;
	} else if (code == EX_OK && o.json)
		changes_json(&changes, &retrial);
	else if (code == EX_OK)
		changes_text(&changes, &retrial, c->colour);
	changes_free(&changes);
	return code;
}
