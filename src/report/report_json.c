#include "base/clock.h"
#include "console/json.h"
#include "report/calendar.h"
#include "report/reports.h"

#include <inttypes.h>

/* ---- members ---------------------------------------------------------------
 */

/* A comma, unless *FIRST, and "NAME":. */
static void member(FILE *to, bool *first, const char *name)
{
	fprintf(to, "%s\"%s\":", *first ? "" : ",", name);
	*first = false;
}

static void number(FILE *to, bool *first, const char *name, uint64_t value)
{
	member(to, first, name);
	fprintf(to, "%" PRIu64, value);
}

static void text(FILE *to, bool *first, const char *name, const char *value)
{
	member(to, first, name);
	json_print(to, span_of(value));
}

/* Seconds; null below 0. */
static void period(FILE *to, bool *first, const char *name,
		   int64_t microseconds)
{
	member(to, first, name);
	if (microseconds < 0)
		fputs("null", to);
	else
		fprintf(to, "%" PRId64 ".%06" PRId64,
			microseconds / CLOCK_SECOND,
			microseconds % CLOCK_SECOND);
}

static void quantiles(FILE *to, bool *first, const struct histogram *h)
{
	period(to, first, "median", histogram_quantile(h, 50));
	period(to, first, "p95", histogram_quantile(h, 95));
	period(to, first, "longest", h->count > 0 ? h->longest : -1);
}

static void outcomes(FILE *to, bool *first, const uint64_t count[OUTCOMES])
{
	for (enum outcome o = 0; o < OUTCOMES; o++)
		number(to, first, figures_outcome_name(o), count[o]);
}

/* ---- parts -----------------------------------------------------------------
 */

static void print_read(const struct summary *s, FILE *to)
{
	const struct figures *f = s->figures;
	bool first = true;

	fputs(",\n\"left_out\":{", to);
	number(to, &first, "older", s->read.old);
	number(to, &first, "future", f->ahead);
	number(to, &first, "torn", s->read.torn);
	number(to, &first, "other_form", s->read.other);
	number(to, &first, "files", s->read.failed);
	number(to, &first, "list_answers", f->lists.others);
	first = true;
	fputs("},\n\"hidden\":{", to);
	number(to, &first, "network", f->hidden[0]);
	number(to, &first, "hmac", f->hidden[1]);
	putc('}', to);
}

static void print_sums(const struct figures *f, FILE *to)
{
	bool first = true;

	fputs(",\n\"verdicts\":{", to);
	for (enum decision_verdict v = 0; v < DECISION_VERDICTS; v++)
		number(to, &first, decision_verdict_name(v), f->verdict[v]);
	first = true;
	fputs("},\n\"reasons\":{", to);
	for (enum failure r = 0; r <= FAILURE_NONE; r++)
		number(to, &first, failure_name(r), f->reason[r]);
	first = true;
	fputs("},\n\"paths\":{", to);
	for (enum decision_path p = 0; p < DECISION_PATHS; p++)
		number(to, &first, decision_path_name(p), f->path[p]);
	putc('}', to);
}

static void print_days(const struct figures *f, FILE *to)
{
	int hour, from = figures_day(f->first, &hour);
	int until = figures_day(f->last, &hour);

	fputs(",\n\"days\":[", to);
	for (int day = from; f->count > 0 && day <= until; day++) {
		int at = day - f->first_day;
		char date[16];
		struct sbuf b = SBUF(date);
		bool first = true;

		if (at < 0 || at >= FIGURES_DAYS + 2)
			continue;
		calendar_date(day, &b);
		fputs(day > from ? ",\n{" : "\n{", to);
		text(to, &first, "day", date);
		outcomes(to, &first, f->day[at]);
		putc('}', to);
	}
	putc(']', to);
}

static void print_hours(const struct figures *f, FILE *to)
{
	fputs(",\n\"hours\":[", to);
	for (unsigned h = 0; h < 24; h++) {
		bool first = true;

		fputs(h > 0 ? ",\n{" : "\n{", to);
		number(to, &first, "hour", h);
		outcomes(to, &first, f->hour[h]);
		putc('}', to);
	}
	putc(']', to);
}

static void print_networks(const struct figures *f, FILE *to)
{
	struct frequent_item top[REPORT_NETWORKS];
	int n = frequent_top(f->refused, top, REPORT_NETWORKS);

	fputs(",\n\"networks\":[", to);
	for (int i = 0; i < n; i++) {
		bool first = true;

		fputs(i > 0 ? ",\n{" : "\n{", to);
		text(to, &first, "network", top[i].text);
		number(to, &first, "refused", top[i].count);
		text(to, &first, "mostly",
		     failure_name(wording_reason(&top[i])));
		period(to, &first, "last", top[i].last);
		putc('}', to);
	}
	fprintf(to, "],\n\"networks_short_by\":%" PRIu64,
		frequent_short_by(f->refused));
}

static void print_tests(const struct figures *f, FILE *to)
{
	fputs(",\n\"tests\":[", to);
	for (int i = 0; i < FIGURES_TESTS; i++) {
		const struct test_figure *t = &f->test[i];
		bool first = true;

		fputs(i > 0 ? ",\n{" : "\n{", to);
		text(to, &first, "test", figures_test_name(i));
		number(to, &first, "due", t->due);
		number(to, &first, "passed", t->passed);
		number(to, &first, "failed", t->failed);
		number(to, &first, "ignored", t->ignored);
		number(to, &first, "refused", t->refused);
		number(to, &first, "alone", t->alone);
		putc('}', to);
	}
	putc(']', to);
}

static void print_list(const struct list_figures *f,
		       const struct list_figure *l, FILE *to)
{
	bool first = true;

	text(to, &first, "list", l->name);
	number(to, &first, "asked", list_figure_asked(l));
	for (enum recorded_status s = 0; s < RECORDED_STATUSES; s++)
		number(to, &first, recorded_status_name(s), l->status[s]);
	number(to, &first, "hits", l->hits);
	number(to, &first, "alone", l->alone);
	number(to, &first, "decided", l->decided);
	member(to, &first, "allows");
	fputs(l->allows ? "true" : "false", to);
	quantiles(to, &first, &l->latency);
	member(to, &first, "together");
	putc('{', to);
	first = true;
	for (size_t i = 0; i < f->lists; i++) {
		if (l->together[i] == 0)
			continue;
		fputs(first ? "" : ",", to);
		first = false;
		json_print(to, span_of(f->list[i].name));
		fprintf(to, ":%" PRIu64, l->together[i]);
	}
	putc('}', to);
}

static void print_lists(const struct list_figures *f, FILE *to)
{
	fputs(",\n\"lists\":[", to);
	for (size_t i = 0; i < f->lists; i++) {
		fputs(i > 0 ? ",\n{" : "\n{", to);
		print_list(f, &f->list[i], to);
		putc('}', to);
	}
	putc(']', to);
}

static void print_delay(const struct figures *f, FILE *to)
{
	bool first = true;

	fputs(",\n\"delay\":{", to);
	number(to, &first, "passed", f->verdict[DECISION_PASS]);
	number(to, &first, "waited", f->waited.count);
	number(to, &first, "greylisted", f->delayed);
	quantiles(to, &first, &f->waited);
	first = true;
	fputs("},\n\"returns\":{", to);
	number(to, &first, "told", f->returns.told);
	number(to, &first, "came", f->returns.came);
	number(to, &first, "given_up", f->returns.given_up);
	quantiles(to, &first, &f->returns.after);
	putc('}', to);
}

static void print_cache(const struct figures *f, FILE *to)
{
	double rate = figures_hit_rate(f);
	bool first = true;

	fputs(",\n\"cache\":{", to);
	number(to, &first, "here", f->path[DECISION_BY_CACHE]);
	number(to, &first, "elsewhere", f->path[DECISION_BY_SHARED]);
	number(to, &first, "due", f->expired);
	number(to, &first, "new", f->path[DECISION_BY_TESTS] - f->expired);
	number(to, &first, "trouble", f->trouble);
	member(to, &first, "hit_rate");
	if (rate < 0)
		fputs("null", to);
	else
		fprintf(to, "%.4f", rate / 100);
	putc('}', to);
}

void report_json(const struct summary *s, FILE *to)
{
	const struct figures *f = s->figures;
	char zone[64];
	struct sbuf b = SBUF(zone);
	bool first = true;

	wording_zone(f->until, &b);
	putc('{', to);
	text(to, &first, "version", SCREEN_VERSION);
	text(to, &first, "file", s->file);
	text(to, &first, "zone", zone);
	period(to, &first, "since", f->since);
	period(to, &first, "until", f->until);
	period(to, &first, "first", f->count > 0 ? f->first : -1);
	period(to, &first, "last", f->count > 0 ? f->last : -1);
	number(to, &first, "connections", f->count);
	print_read(s, to);
	print_sums(f, to);
	print_days(f, to);
	print_hours(f, to);
	print_networks(f, to);
	print_tests(f, to);
	print_lists(&f->lists, to);
	print_delay(f, to);
	print_cache(f, to);
	fputs("}\n", to);
}
