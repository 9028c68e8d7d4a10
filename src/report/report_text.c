#include "report/bars.h"
#include "report/calendar.h"
#include "report/reports.h"

#include <inttypes.h>
#include <string.h>

/* Lists that are compared with each other have a letter. */
#define LETTERS 10

struct text {
	const struct summary *summary;
	const struct figures *figures;
	const struct report_look *look;
	FILE *to;
};

/* ---- pieces ----------------------------------------------------------------
 */

static void heading(const struct text *t, const char *words)
{
	putc('\n', t->to);
	bars_paint(t->look, t->to, "1");
	fputs(words, t->to);
	bars_paint(t->look, t->to, "0");
	putc('\n', t->to);
}

static void count(const struct text *t, uint64_t n, int width)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	wording_count(n, &b);
	fprintf(t->to, "%*s", width, memory);
}

static void share(const struct text *t, uint64_t part, uint64_t whole,
		  int width)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	wording_share(part, whole, &b);
	fprintf(t->to, "%*s", width, memory);
}

static void period(const struct text *t, int64_t microseconds, int width)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	wording_period(microseconds, &b);
	fprintf(t->to, "%*s", width, memory);
}

/* A name of others; a longer one is cut. */
static void name(const struct text *t, const char *text, int width)
{
	char memory[256];
	struct sbuf b = SBUF(memory);

	wording_foreign(text, &b);
	fprintf(t->to, "%-*.*s", width, width, memory);
}

/* ---- sections --------------------------------------------------------------
 */

static void verdicts(const struct text *t)
{
	const struct figures *f = t->figures;

	heading(t, "WHAT BECAME OF THE CLIENTS");
	for (enum decision_verdict v = 0; v < DECISION_VERDICTS; v++) {
		if (f->verdict[v] == 0)
			continue;
		fprintf(t->to, "  %-26s", wording_verdict(v));
		count(t, f->verdict[v], 11);
		share(t, f->verdict[v], f->count, 9);
		fputs("  ", t->to);
		bars_one(t->look, t->to, f->verdict[v], f->count,
			 t->look->width - 51);
		putc('\n', t->to);
	}
}

static void reasons(const struct text *t)
{
	const struct figures *f = t->figures;
	uint64_t all = figures_outcome(f, OUTCOME_REFUSED);

	if (all == 0)
		return;
	heading(t, "WHY THEY WERE REFUSED, BY THE GRAVEST REASON");
	for (enum failure r = 0; r <= FAILURE_NONE; r++) {
		if (f->reason[r] == 0)
			continue;
		fprintf(t->to, "  %-26s", failure_name(r));
		count(t, f->reason[r], 11);
		share(t, f->reason[r], all, 9);
		fputs("  ", t->to);
		bars_one(t->look, t->to, f->reason[r], all,
			 t->look->width - 51);
		putc('\n', t->to);
	}
}

static void time_row(const struct text *t, const char *label,
		     const uint64_t value[OUTCOMES], uint64_t most)
{
	fprintf(t->to, "  %-11s", label);
	count(t, value[OUTCOME_PASSED], 10);
	count(t, value[OUTCOME_REFUSED], 10);
	fputs("  ", t->to);
	bars_stack(t->look, t->to, value, most, t->look->width - 36);
}

static void time_heading(const struct text *t, const char *words)
{
	heading(t, words);
	fprintf(t->to, "  %-11s%10s%10s", "", "passed", "refused");
	bars_legend(t->look, t->to);
}

static void days(const struct text *t)
{
	struct calendar c;
	char words[32];
	struct sbuf b = SBUF(words);

	calendar_of(t->figures, &c);
	sbuf_addf(&b, "BY %s",
		  strcmp(c.unit, "day") == 0	 ? "DAY"
		  : strcmp(c.unit, "week") == 0	 ? "WEEK, FROM ITS MONDAY"
		  : strcmp(c.unit, "month") == 0 ? "MONTH"
						 : "YEAR");
	time_heading(t, words);
	for (int i = 0; i < c.rows; i++)
		time_row(t, c.row[i].name, c.row[i].count, c.most);
}

static void hours(const struct text *t)
{
	uint64_t most = 0;

	for (int h = 0; h < 24; h++) {
		uint64_t sum = 0;

		for (int o = 0; o < OUTCOMES; o++)
			sum += t->figures->hour[h][o];
		if (sum > most)
			most = sum;
	}
	time_heading(t, "BY HOUR OF THE DAY");
	for (int h = 0; h < 24; h++) {
		char label[16];
		struct sbuf b = SBUF(label);

		sbuf_addf(&b, "%02d:00", h);
		time_row(t, label, t->figures->hour[h], most);
	}
}

static void networks(const struct text *t)
{
	struct frequent_item top[REPORT_NETWORKS];
	int n = frequent_top(t->figures->refused, top, REPORT_NETWORKS);

	if (n == 0)
		return;
	heading(t, "NETWORKS REFUSED MOST");
	fprintf(t->to, "  %-24s%10s%9s  %s\n", "", "refused", "", "mostly");
	for (int i = 0; i < n; i++) {
		fputs("  ", t->to);
		name(t, top[i].text, 24);
		count(t, top[i].count, 10);
		share(t, top[i].count,
		      figures_outcome(t->figures, OUTCOME_REFUSED), 9);
		fprintf(t->to, "  %-9s ",
			failure_name(wording_reason(&top[i])));
		bars_one(t->look, t->to, top[i].count, top[0].count,
			 t->look->width - 58);
		putc('\n', t->to);
	}
}

static void one_list(const struct text *t, const struct list_figure *l,
		     char letter)
{
	uint64_t asked = list_figure_asked(l);

	fprintf(t->to, "%c ", letter);
	name(t, l->name, t->look->width - 62);
	count(t, asked, 10);
	share(t, l->status[RECORDED_LISTED], asked, 8);
	share(t, list_figure_errors(l), asked, 8);
	count(t, l->alone, 9);
	count(t, l->decided, 9);
	period(t, histogram_quantile(&l->latency, 50), 8);
	period(t, histogram_quantile(&l->latency, 95), 8);
	putc('\n', t->to);
}

static char letter_of(size_t list)
{
	return list < LETTERS ? (char)('A' + list) : ' ';
}

/* Which share of a list's hits another had too. */
static void overlap(const struct text *t)
{
	const struct list_figures *f = &t->figures->lists;
	size_t shown = f->lists < LETTERS ? f->lists : LETTERS;

	if (shown < 2)
		return;
	heading(t, "OF WHAT A LIST HIT, HOW MUCH ANOTHER HIT TOO, IN PERCENT");
	fprintf(t->to, "  %-24s%10s", "", "hits");
	for (size_t j = 0; j < shown; j++)
		fprintf(t->to, "%4c", letter_of(j));
	putc('\n', t->to);
	for (size_t i = 0; i < shown; i++) {
		const struct list_figure *l = &f->list[i];

		fprintf(t->to, "%c ", letter_of(i));
		name(t, l->name, 24);
		count(t, l->hits, 10);
		for (size_t j = 0; j < shown; j++)
			if (i == j || l->hits == 0 ||
			    l->allows != f->list[j].allows)
				fprintf(t->to, "%4s", i == j ? "-" : "");
			else
				fprintf(t->to, "%4.0f",
					100.0 * (double)l->together[j] /
						(double)l->hits);
		putc('\n', t->to);
	}
}

static void lists(const struct text *t)
{
	const struct list_figures *f = &t->figures->lists;

	if (f->lists == 0)
		return;
	heading(t, "DNS LISTS");
	fprintf(t->to, "  %-*s%10s%8s%8s%9s%9s%8s%8s\n", t->look->width - 62,
		"", "asked", "listed", "failed", "alone", "decided", "median",
		"95 %");
	for (size_t i = 0; i < f->lists; i++)
		one_list(t, &f->list[i], letter_of(i));
	fputs("  alone: no other list hit the client; decided: without this "
	      "list's weight the\n  score had been on the other side of the "
	      "threshold\n",
	      t->to);
	overlap(t);
}

static void tests(const struct text *t)
{
	heading(t, "TESTS");
	fprintf(t->to, "  %-14s%11s%11s%11s%11s%11s\n", "", "done", "failed",
		"ignored", "refused", "alone");
	for (int i = 0; i < FIGURES_TESTS; i++) {
		const struct test_figure *test = &t->figures->test[i];

		if (test->due == 0 && test->failed == 0)
			continue;
		fprintf(t->to, "  %-14s", figures_test_name(i));
		count(t, test->passed + test->failed, 11);
		count(t, test->failed, 11);
		count(t, test->ignored, 11);
		count(t, test->refused, 11);
		count(t, test->alone, 11);
		putc('\n', t->to);
	}
	fputs("  ignored: its action was ignore; alone: nothing else spoke "
	      "against the client\n",
	      t->to);
}

static void quantiles(const struct text *t, const struct histogram *h)
{
	if (h->count == 0)
		return;
	fputs("  median ", t->to);
	period(t, histogram_quantile(h, 50), 0);
	fputs(", 95 %: ", t->to);
	period(t, histogram_quantile(h, 95), 0);
}

static void delay(const struct text *t)
{
	const struct figures *f = t->figures;
	uint64_t passed = f->verdict[DECISION_PASS];

	heading(t, "DELAY OF CLIENTS THAT PASSED");
	fprintf(t->to, "  %-26s", "not delayed");
	count(t, passed - f->waited.count, 11);
	share(t, passed - f->waited.count, passed, 9);
	fprintf(t->to, "\n  %-26s", "waited for the tests");
	count(t, f->waited.count, 11);
	share(t, f->waited.count, passed, 9);
	quantiles(t, &f->waited);
	if (f->delayed > 0) {
		fprintf(t->to, "\n  %-26s", "recipients greylisted");
		count(t, f->delayed, 11);
		share(t, f->delayed, passed, 9);
	}
	fprintf(t->to, "\n  %-26s", "told to come back");
	count(t, f->returns.told, 11);
	if (f->returns.told > 0) {
		fprintf(t->to, "\n  %-26s", "  and came, and passed");
		count(t, f->returns.came, 11);
		share(t, f->returns.came, f->returns.told, 9);
		quantiles(t, &f->returns.after);
	}
	putc('\n', t->to);
}

static void cache(const struct text *t)
{
	const struct figures *f = t->figures;
	uint64_t here = f->path[DECISION_BY_CACHE],
		 there = f->path[DECISION_BY_SHARED],
		 tested = f->path[DECISION_BY_TESTS];
	const struct {
		const char *words;
		uint64_t count;
	} row[] = {
		{ "known here", here },
		{ "known by another host", there },
		{ "known, but tests were due", f->expired },
		{ "new", tested - f->expired },
	};

	heading(t, "CACHE");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fprintf(t->to, "  %-26s", row[i].words);
		count(t, row[i].count, 11);
		share(t, row[i].count, here + there + tested, 9);
		fputs("  ", t->to);
		bars_one(t->look, t->to, row[i].count, here + there + tested,
			 t->look->width - 51);
		putc('\n', t->to);
	}
}

/* TEXT in lines that fit, at its spaces. */
static void wrap(const struct text *t, const char *text)
{
	int column = 0;

	while (*text != '\0') {
		int word = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + word > t->look->width - 4)
			column = 0;
		fprintf(t->to, "%s%.*s", column == 0 ? "\n  " : " ", word,
			text);
		column += word + (column > 0);
		text += word;
		text += strspn(text, " ");
	}
}

static void notes(const struct text *t)
{
	char memory[512];
	struct sbuf b = SBUF(memory);

	for (int n = 0; wording_note(t->summary, n, &b); n++)
		wrap(t, memory);
	putc('\n', t->to);
}

static void introduce(const struct text *t)
{
	char from[64], until[64];
	struct sbuf f = SBUF(from), u = SBUF(until);

	bars_paint(t->look, t->to, "1");
	count(t, t->figures->count, 0);
	fputs(t->figures->count == 1 ? " connection" : " connections", t->to);
	bars_paint(t->look, t->to, "0");
	wording_time(t->figures->since, &f);
	wording_time(t->figures->until, &u);
	fprintf(t->to, ", %s to %s\n", from, until);
}

void report_text(const struct summary *s, const struct report_look *look,
		 FILE *to)
{
	const struct text t = { s, s->figures, look, to };

	introduce(&t);
	if (s->figures->count > 0) {
		verdicts(&t);
		reasons(&t);
		days(&t);
		hours(&t);
		networks(&t);
		tests(&t);
		lists(&t);
		delay(&t);
		cache(&t);
	} else {
		fputs("\nNothing was recorded in this time.\n", to);
	}
	notes(&t);
}
