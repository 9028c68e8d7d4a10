#include "base/clock.h"
#include "base/replace_file.h"
#include "ctl/commands.h"
#include "report/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOUR (3600 * CLOCK_SECOND)
#define DAY  (24 * HOUR)

#define PERIOD "7d" /* when none is asked for */

/* A table is read by no eye that is wider. */
#define WIDTH_LEAST 80
#define WIDTH_MOST  140

/* Of a page that is new: it names clients. */
#define MODE 0640

struct options {
	int64_t since;
	const char *html;
	bool json;
};

static bool parse_options(int argc, char **argv, struct options *o)
{
	const char *since = PERIOD;
	const struct option_row rows[] = {
		{ .name = "since", .value = &since },
		{ .name = "html", .value = &o->html },
		{ .name = "json", .flag = &o->json },
	};

	int64_t oldest;

	if (!options_only(argc, argv, rows, sizeof(rows) / sizeof(rows[0])) ||
	    !records_since(since, &o->since))
		return false;
	/* it was a little earlier when SINCE was reckoned */
	oldest = clock_wall() * CLOCK_SECOND - FIGURES_DAYS * DAY - HOUR;
	if (o->since >= oldest)
		return true;
	say("--since %s: a report covers %d days at most", since, FIGURES_DAYS);
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

/* ---- the page --------------------------------------------------------------
 */

/* A page that is ours already keeps its group and who may read it. */
static struct replace_as owner_of(const char *file)
{
	struct stat st;

	if (lstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		return (struct replace_as){ st.st_uid, st.st_gid,
					    st.st_mode & 0644 };
	return (struct replace_as){ geteuid(), getegid(), MODE };
}

static int write_page(const struct summary *s, const char *file)
{
	struct replace_as as = owner_of(file);
	size_t size = 0;
	char *page = NULL;
	FILE *to = open_memstream(&page, &size);
	int r = -ENOMEM;

	if (to) {
		report_html(s, to);
		if (fclose(to) == 0)
			r = replace_file(file, (struct span){ page, size },
					 &as);
	}
	free(page);
	if (r == 0)
		return EX_OK;
	say("%s: %s -- nothing was written", file, strerror(-r));
	return r == -EACCES || r == -EPERM ? EX_NOPERM : EX_UNAVAILABLE;
}

/* ---- the report ------------------------------------------------------------
 */

static int show(const struct console *c, const struct options *o,
		const struct summary *s)
{
	const struct report_look look = { width(), is_utf8(), c->colour };

	if (o->json)
		report_json(s, stdout);
	else if (!o->html)
		report_text(s, &look, stdout);
	else if (strcmp(o->html, "-") == 0)
		report_html(s, stdout);
	if (o->html && strcmp(o->html, "-") != 0)
		return write_page(s, o->html);
	return EX_OK;
}

static int read_log(const struct console *c, const struct options *o,
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

int report_run(struct console *c, int argc, char **argv)
{
	struct options o = { .since = 0 };
	struct figures *figures;
	struct summary s;
	int code;

	if (!parse_options(argc, argv, &o))
		return EX_USAGE;
	figures = figures_new(o.since, clock_wall() * CLOCK_SECOND);
	if (!figures) {
		say("no memory");
		return EX_OSERR;
	}
	code = read_log(c, &o, &s, figures);
	if (code == EX_OK)
		code = show(c, &o, &s);
	figures_free(figures);
	return code;
}
