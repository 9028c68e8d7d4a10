#include "base/number.h"
#include "report/calendar.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/report_style.h"
#include "report/reports.h"

#include <string.h>

/* So many lists are compared with each other. */
#define COMPARED 10

/* ---- the beginning ---------------------------------------------------------
 */

/* Nothing may be loaded, and nothing but our own style is obeyed, should text
 * of others ever become more than text. */
static void head(FILE *to)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src '" REPORT_STYLE_HASH
	      "'; base-uri 'none'; form-action 'none'\"/>\n"
	      "<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
	      "<meta name=\"robots\" content=\"noindex\"/>\n"
	      "<title>smtp-screen report</title>\n<style>",
	      to);
	fputs(report_style, to);
	fputs("</style>\n</head>\n<body>\n", to);
}

static void tile(FILE *to, const char *name)
{
	fprintf(to, "<div><dt>%s</dt><dd>", name);
}

static void tiles(const struct figures *f, FILE *to)
{
	uint64_t passed = f->verdict[DECISION_PASS];
	uint64_t known =
		f->path[DECISION_BY_CACHE] + f->path[DECISION_BY_SHARED];
	uint64_t refused = figures_outcome(f, OUTCOME_REFUSED);

	fputs("<dl class=\"tiles\">\n", to);
	tile(to, "Connections");
	html_count(to, f->count);
	fputs("</dd><dd>", to);
	html_count(to, passed);
	fputs(" passed</dd></div>\n", to);
	tile(to, "Refused");
	html_share(to, refused, f->count);
	fputs("</dd><dd>", to);
	html_count(to, refused);
	fprintf(to, " %s</dd></div>\n",
		number_words(refused, "connection", "connections"));
	tile(to, "Known clients");
	html_share(to, known, known + f->path[DECISION_BY_TESTS]);
	fputs("</dd><dd>cache hit rate</dd></div>\n", to);
	tile(to, "Passed without delay");
	html_share(to, passed - f->waited.count, passed);
	fputs("</dd><dd>", to);
	if (f->waited.count > 0) {
		fputs("the others: ", to);
		html_period(to, histogram_quantile(&f->waited, 50));
		fputs(" (median)", to);
	}
	fputs("</dd></div>\n</dl>\n", to);
}

static void introduce(const struct summary *s, FILE *to)
{
	char from[64], until[64];
	struct sbuf f = SBUF(from), u = SBUF(until);

	wording_time(s->figures->since, &f);
	wording_time(s->figures->until, &u);
	fprintf(to,
		"<header><h1>smtp-screen report</h1>\n<p class=\"soft\">%s to "
		"%s</p>\n",
		from, until);
	if (s->figures->count > 0)
		tiles(s->figures, to);
	fputs("</header>\n<main>\n", to);
}

static void section(FILE *to, const char *heading)
{
	fprintf(to, "<section><h2>%s</h2>\n", heading);
}

static void section_end(FILE *to)
{
	fputs("</section>\n", to);
}

static void cell_share(FILE *to, const char *heading, uint64_t part,
		       uint64_t whole)
{
	html_cell(to, heading);
	html_share(to, part, whole);
	html_cell_end(to);
}

static void cell_period(FILE *to, const char *heading, int64_t microseconds)
{
	html_cell(to, heading);
	html_period(to, microseconds);
	html_cell_end(to);
}

static void cell_bar(FILE *to, uint64_t part, uint64_t whole)
{
	html_cell(to, "");
	html_bar(to, part, whole);
	html_cell_end(to);
}

/* A row of a table of names, counts, shares and bars. */
static void share_row(FILE *to, const char *name, uint64_t part, uint64_t whole)
{
	html_row(to, name);
	html_cell_count(to, "connections", part);
	cell_share(to, "share", part, whole);
	cell_bar(to, part, whole);
	html_row_end(to);
}

/* ---- sections --------------------------------------------------------------
 */

static void verdicts(const struct figures *f, FILE *to)
{
	uint64_t outcome[OUTCOMES],
		refused = figures_outcome(f, OUTCOME_REFUSED);

	section(to, "What became of the clients");
	for (enum outcome o = 0; o < OUTCOMES; o++)
		outcome[o] = figures_outcome(f, o);
	html_stack(to, outcome);
	html_legend(to);
	html_table(to, "bars", "What became of the clients",
		   " |connections|share| ");
	for (enum decision_verdict v = 0; v < DECISION_VERDICTS; v++)
		if (f->verdict[v] > 0)
			share_row(to, wording_verdict(v), f->verdict[v],
				  f->count);
	html_table_end(to);
	if (refused > 0) {
		fputs("<h3>Why they were refused, by the gravest "
		      "reason</h3>\n",
		      to);
		html_table(to, "bars", "Why clients were refused",
			   " |connections|share| ");
		for (enum failure r = 0; r <= FAILURE_NONE; r++)
			if (f->reason[r] > 0)
				share_row(to, failure_name(r), f->reason[r],
					  refused);
		html_table_end(to);
	}
	section_end(to);
}

static void days(const struct figures *f, FILE *to)
{
	struct chart_column column[CALENDAR_ROWS];
	char title[64], what[128];
	struct sbuf t = SBUF(title), w = SBUF(what);
	struct calendar c;

	calendar_of(f, &c);
	for (int i = 0; i < c.rows; i++)
		column[i] =
			(struct chart_column){ c.row[i].name, c.row[i].brief,
					       c.row[i].count };
	sbuf_addf(&t, "By %s", c.unit);
	sbuf_addf(&w, "a %s, %s to %s", c.unit, c.row[0].name,
		  c.row[c.rows - 1].name);
	section(to, title);
	fprintf(to, "<p>Connections %s</p>\n", what);
	chart_write(to, "days", title, what, column, c.rows);
	section_end(to);
}

static void hours(const struct figures *f, FILE *to)
{
	struct chart_column column[24];
	char name[24][8];

	for (int h = 0; h < 24; h++) {
		struct sbuf b = SBUF(name[h]);

		sbuf_addf(&b, "%d:00", h);
		column[h] =
			(struct chart_column){ name[h], name[h], f->hour[h] };
	}
	section(to, "By hour of the day");
	fputs("<p>Connections an hour of the day, all days together</p>\n", to);
	chart_write(to, "hours", "By hour of the day",
		    "an hour of the day, all days together", column, 24);
	section_end(to);
}

static void networks(const struct figures *f, FILE *to)
{
	struct frequent_item top[REPORT_NETWORKS];
	int n = frequent_top(f->refused, top, REPORT_NETWORKS);
	uint64_t refused = figures_outcome(f, OUTCOME_REFUSED);

	if (n == 0)
		return;
	section(to, "Networks refused most");
	html_table(to, "nets bars", "Networks refused most",
		   "network|refused|share|mostly| ");
	for (int i = 0; i < n; i++) {
		html_row(to, top[i].text);
		html_cell_count(to, "refused", top[i].count);
		cell_share(to, "share", top[i].count, refused);
		html_cell(to, "mostly");
		fputs(failure_name(wording_reason(&top[i])), to);
		html_cell_end(to);
		cell_bar(to, top[i].count, top[0].count);
		html_row_end(to);
	}
	html_table_end(to);
	section_end(to);
}

static void tests(const struct figures *f, FILE *to)
{
	section(to, "Tests");
	html_table(to, "cards", "What each test found",
		   "test|done|failed|ignored|refused|alone");
	for (int i = 0; i < FIGURES_TESTS; i++) {
		const struct test_figure *t = &f->test[i];

		if (t->due == 0 && t->failed == 0)
			continue;
		html_row(to, figures_test_name(i));
		html_cell_count(to, "done", t->passed + t->failed);
		html_cell_count(to, "failed", t->failed);
		html_cell_count(to, "ignored", t->ignored);
		html_cell_count(to, "refused", t->refused);
		html_cell_count(to, "alone", t->alone);
		html_row_end(to);
	}
	html_table_end(to);
	fputs("<p>Ignored: failed, while the test's action was ignore. Alone: "
	      "refused, and nothing else spoke against the client.</p>\n",
	      to);
	section_end(to);
}

/* Its shade: in steps, for a style of its own no cell may have. */
static void heat(FILE *to, const char *heading, uint64_t part, uint64_t whole)
{
	double share = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

	fprintf(to, "<td role=\"cell\" data-of=\"%s\" class=\"h%d\">%.0f</td>",
		heading, (int)(share / 20 > 4 ? 4 : share / 20), share);
}

static void overlap(const struct list_figures *f, FILE *to)
{
	size_t shown = f->lists < COMPARED ? f->lists : COMPARED;
	char headings[4 * COMPARED + 8] = "list";
	struct sbuf h = { headings, sizeof(headings), 4, false };

	for (size_t i = 0; i < shown; i++)
		sbuf_addf(&h, "|%zu", i + 1);
	fputs("<h3>Of what a list hit, how much another hit too, in "
	      "percent</h3>\n",
	      to);
	html_table(to, "heat", "Overlap of lists in percent", headings);
	for (size_t i = 0; i < shown; i++) {
		const struct list_figure *l = &f->list[i];
		char name[300];
		struct sbuf b = SBUF(name);

		sbuf_addf(&b, "%zu %s", i + 1, l->name);
		html_row(to, name);
		for (size_t j = 0; j < shown; j++) {
			sbuf_clear(&b);
			sbuf_addf(&b, "%zu", j + 1);
			if (i == j)
				fputs("<td role=\"cell\">&#8211;</td>", to);
			else if (l->allows != f->list[j].allows)
				fputs("<td role=\"cell\"></td>", to);
			else
				heat(to, name, l->together[j], l->hits);
		}
		html_row_end(to);
	}
	html_table_end(to);
}

static void list_row(const struct list_figure *l, FILE *to)
{
	uint64_t asked = list_figure_asked(l);

	html_row(to, l->name);
	html_cell_count(to, "asked", asked);
	cell_share(to, "listed", l->status[RECORDED_LISTED], asked);
	cell_share(to, "failed", list_figure_errors(l), asked);
	html_cell_count(to, "alone", l->alone);
	html_cell_count(to, "decided", l->decided);
	cell_period(to, "median", histogram_quantile(&l->latency, 50));
	cell_period(to, "95 %", histogram_quantile(&l->latency, 95));
	html_row_end(to);
}

static void lists(const struct list_figures *f, FILE *to)
{
	if (f->lists == 0)
		return;
	section(to, "DNS lists");
	html_table(to, "lists cards", "What each DNS list contributed",
		   "list|asked|listed|failed|alone|decided|median|95 %");
	for (size_t i = 0; i < f->lists; i++)
		list_row(&f->list[i], to);
	html_table_end(to);
	fputs("<p>Alone: clients that no other list hit. Decided: without this "
	      "list's weight their score had been on the other side of the "
	      "threshold. Median and 95 %: how long answers took.</p>\n",
	      to);
	if (f->lists > 1)
		overlap(f, to);
	section_end(to);
}

static void delay_row(FILE *to, const char *name, uint64_t part, uint64_t whole,
		      const struct histogram *h)
{
	html_row(to, name);
	html_cell_count(to, "clients", part);
	cell_share(to, "share", part, whole);
	cell_period(to, "median", h ? histogram_quantile(h, 50) : -1);
	cell_period(to, "95 %", h ? histogram_quantile(h, 95) : -1);
	cell_period(to, "longest", h && h->count > 0 ? h->longest : -1);
	html_row_end(to);
}

static void delay(const struct figures *f, FILE *to)
{
	uint64_t passed = f->verdict[DECISION_PASS];

	section(to, "Delay of clients that passed");
	html_table(to, "cards", "How long clients that passed had to wait",
		   " |clients|share|median|95 %|longest");
	delay_row(to, "not delayed", passed - f->waited.count, passed, NULL);
	delay_row(to, "waited for the tests", f->waited.count, passed,
		  &f->waited);
	if (f->delayed > 0)
		delay_row(to, "recipients greylisted", f->delayed, passed,
			  NULL);
	if (f->returns.told > 0)
		delay_row(to, "told to come back, came, and passed",
			  f->returns.came, f->returns.told, &f->returns.after);
	html_table_end(to);
	if (f->returns.told > 0) {
		fputs("<p>Told to come back: ", to);
		html_count(to, f->returns.told);
		fputs(".</p>\n", to);
	}
	section_end(to);
}

static void cache(const struct figures *f, FILE *to)
{
	uint64_t here = f->path[DECISION_BY_CACHE],
		 there = f->path[DECISION_BY_SHARED],
		 tested = f->path[DECISION_BY_TESTS],
		 all = here + there + tested;

	section(to, "Cache");
	html_table(to, "bars", "How many clients were known",
		   " |connections|share| ");
	share_row(to, "known here", here, all);
	share_row(to, "known by another host", there, all);
	share_row(to, "known, but tests were due", f->expired, all);
	share_row(to, "new", tested - f->expired, all);
	html_table_end(to);
	section_end(to);
}

/* ---- the end ---------------------------------------------------------------
 */

static void notes(const struct summary *s, FILE *to)
{
	char memory[512];
	struct sbuf b = SBUF(memory);

	fputs("</main>\n<footer>\n", to);
	for (int n = 0; wording_note(s, n, &b); n++) {
		fputs("<p>", to);
		html_text(to, memory);
		fputs("</p>\n", to);
	}
	fputs("<p>Made by smtp-screenctl " SCREEN_VERSION " of ", to);
	html_text(to, s->file);
	fputs("</p>\n</footer>\n</body>\n</html>\n", to);
}

void report_html(const struct summary *s, FILE *to)
{
	const struct figures *f = s->figures;

	head(to);
	introduce(s, to);
	if (f->count > 0) {
		verdicts(f, to);
		days(f, to);
		hours(f, to);
		networks(f, to);
		lists(&f->lists, to);
		tests(f, to);
		delay(f, to);
		cache(f, to);
	} else {
		fputs("<section><p>Nothing was recorded in this "
		      "time.</p></section>\n",
		      to);
	}
	notes(s, to);
}
