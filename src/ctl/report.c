#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/reports.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DAY (86400 * CLOCK_SECOND)

#define PERIOD "7d" /* when none is asked for */

/* A table is read by no eye that is wider. */
#define WIDTH_LEAST 80
#define WIDTH_MOST  140

struct options {
	int64_t since;
	bool json;
};

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "since", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	const char *since = PERIOD;
	int c;

	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 's')
			since = optarg;
		else if (c == 'j')
			o->json = true;
		else
			break;
	}
	if (c != -1 || optind < argc) {
		ctl_say("report takes --since DURATION, --html FILE and "
			"--json; "
			"see smtp-screenctl report --help");
		return false;
	}
	if (!records_since(since, &o->since))
		return false;
	if (o->since >= (clock_wall() * CLOCK_SECOND) - FIGURES_DAYS * DAY)
		return true;
	ctl_say("--since %s: a report covers %d days at most", since,
		FIGURES_DAYS);
	return false;
}

/* ---- the terminal ----------------------------------------------------------
 */

static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (!value || value[0] == '\0'); i++)
		value = getenv(names[i]);
	return value &&
	       (strcasestr(value, "UTF-8") || strcasestr(value, "UTF8"));
}

static int width(void)
{
	struct winsize size;
	int columns = WIDTH_LEAST;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	return columns < WIDTH_LEAST  ? WIDTH_LEAST
	       : columns > WIDTH_MOST ? WIDTH_MOST
				      : columns;
}

/* ---- the report ------------------------------------------------------------
 */

static void show(const struct ctl *c, const struct options *o,
		 const struct summary *s)
{
	const struct report_look look = { width(), is_utf8(), c->colour };

	if (o->json)
		report_json(s, stdout);
	else
		report_text(s, &look, stdout);
}

static int read_log(const struct ctl *c, const struct options *o,
		    struct summary *s, struct figures *figures)
{
	const struct records_setup setup = {
		.file = c->conf.decision_log,
		.since = o->since,
		.verb = "reading KiB",
	};
	const struct recorded *line;
	struct records *records;
	int r = records_open(&setup, &records);

	if (r < 0)
		return records_code(r);
	while ((line = records_next(records)))
		figures_add(figures, line);
	*s = (struct summary){ figures, *records_count(records), setup.file };
	records_close(records);
	return EX_OK;
}

int report_run(struct ctl *c, int argc, char **argv)
{
	struct options o = { .since = 0 };
	struct figures *figures;
	struct summary s;
	int code;

	if (!parse_options(argc, argv, &o))
		return EX_USAGE;
	figures = figures_new(o.since, clock_wall() * CLOCK_SECOND);
	if (!figures) {
		ctl_say("no memory");
		return EX_OSERR;
	}
	code = read_log(c, &o, &s, figures);
	if (code == EX_OK)
		show(c, &o, &s);
	figures_free(figures);
	return code;
}
