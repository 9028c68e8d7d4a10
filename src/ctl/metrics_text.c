#include "ctl/metrics.h"

#include "base/clock.h"
#include "base/escape.h"
#include "dns/health.h"
#include "screen/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct text {
	FILE *to;
	enum metrics_form form;
	const uint64_t *counter;
};

/*
 * The head of a family. In OpenMetrics a counter's family has no "_total", in
 * the older format it has.
 */
static void head(const struct text *t, const char *name, const char *type,
		 const char *help)
{
	const char *end =
		t->form == METRICS_PROMETHEUS && strcmp(type, "counter") == 0
			? "_total"
			: "";

	fprintf(t->to,
		"# HELP smtp_screen_%s%s %s\n# TYPE smtp_screen_%s%s %s\n",
		name, end, help, name, end, type);
}

static void put_connections(const struct text *t)
{
	head(t, "connections", "counter",
	     "Clients, by what became of them and what decided that.");
	for (int v = 0; v < DECISION_VERDICTS; v++)
		for (int p = 0; p < DECISION_PATHS; p++)
			fprintf(t->to,
				"smtp_screen_connections_total{verdict=\"%s\","
				"path=\"%s\"} %" PRIu64 "\n",
				decision_verdict_name((enum decision_verdict)v),
				decision_path_name((enum decision_path)p),
				t->counter[TALLY_CONNECTIONS + 8 * v + p]);
}

static void put_refusals(const struct text *t)
{
	head(t, "refusals", "counter",
	     "Clients refused or dropped, by the gravest reason.");
	for (int f = 0; f <= FAILURE_NONE; f++)
		fprintf(t->to,
			"smtp_screen_refusals_total{reason=\"%s\"} %" PRIu64
			"\n",
			failure_name((enum failure)f),
			t->counter[TALLY_REFUSALS + f]);
}

static void put_passes(const struct text *t)
{
	static const char *const kind[TALLY_PASSES_END] = {
		[TALLY_PASS_NEW] = "new",
		[TALLY_PASS_OLD] = "old",
		[TALLY_PASS_PART] = "part",
	};

	head(t, "passes", "counter",
	     "Clients that passed all tests, for the first time or again, or a "
	     "part of them.");
	for (int k = 0; k < TALLY_PASSES_END; k++)
		fprintf(t->to,
			"smtp_screen_passes_total{kind=\"%s\"} %" PRIu64 "\n",
			kind[k], t->counter[TALLY_PASSES + k]);
}

static void put_tests(const struct text *t)
{
	static const char *const result[] = {
		[RESULT_NONE] = "unfinished",
		[RESULT_PASSED] = "passed",
		[RESULT_FAILED] = "failed",
	};

	head(t, "tests", "counter", "Tests of clients, by their result.");
	for (int test = 0; test < TESTS; test++)
		for (int r = RESULT_NONE; r <= RESULT_FAILED; r++)
			fprintf(t->to,
				"smtp_screen_tests_total{test=\"%s\",result="
				"\"%s\"} %" PRIu64 "\n",
				stamps_test_name((enum test)test), result[r],
				t->counter[TALLY_TESTS + 4 * test + r]);
}

/* Seconds, exactly: MICROSECONDS need not fit into a double. */
static void put_seconds(FILE *to, uint64_t microseconds)
{
	fprintf(to, "%" PRIu64 ".%06" PRIu64, microseconds / 1000000,
		microseconds % 1000000);
}

static void put_delay(const struct text *t)
{
	uint64_t sum = 0;

	head(t, "delay_seconds", "histogram",
	     "How long clients that passed were kept from the smtpd.");
	for (int b = 0; b < TALLY_BUCKETS; b++) {
		sum += t->counter[TALLY_DELAYS + b];
		fprintf(t->to,
			"smtp_screen_delay_seconds_bucket{le=\"%d.%03d\"} "
			"%" PRIu64 "\n",
			tally_bucket[b] / 1000, tally_bucket[b] % 1000, sum);
	}
	sum += t->counter[TALLY_DELAYS + TALLY_BUCKETS];
	fprintf(t->to,
		"smtp_screen_delay_seconds_bucket{le=\"+Inf\"} %" PRIu64
		"\nsmtp_screen_delay_seconds_count %" PRIu64
		"\nsmtp_screen_delay_seconds_sum ",
		sum, sum);
	put_seconds(t->to, t->counter[TALLY_DELAY_SUM]);
	putc('\n', t->to);
}

static void put_warnings(const struct text *t)
{
	head(t, "warnings", "counter",
	     "Warnings logged, by the event that each names in the journal.");
	for (int w = 0; w < TALLY_WARNING_KINDS; w++)
		fprintf(t->to,
			"smtp_screen_warnings_total{event=\"%s\"} %" PRIu64
			"\n",
			log_event_name(tally_warning[w]),
			t->counter[TALLY_WARNINGS + w]);
}

/* ---- lists -----------------------------------------------------------------
 */

/* A label's value: a name may come from a map of the administrator's. */
static void put_label(FILE *to, const char *name)
{
	char memory[512];
	struct sbuf b = SBUF(memory);

	escape_printable(&b, span_of(name), true);
	for (size_t i = 0; i < b.len; i++) {
		if (memory[i] == '"' || memory[i] == '\\')
			putc('\\', to);
		putc(memory[i], to);
	}
}

/* Two lists may go by one name; then they are one series. */
static bool named_before(struct probing *p, size_t list)
{
	char name[sizeof(p->name)];

	memcpy(name, probing_name(p, list), sizeof(name));
	for (size_t i = 0; i < list; i++)
		if (strcmp(probing_name(p, i), name) == 0)
			return true;
	return false;
}

static void add_list(struct probing *p, size_t list,
		     uint64_t sum[RECORD_COUNTS], bool *muted)
{
	struct lists *l = &p->lists;
	const char *domain = l->sites.list[list].domain;
	int64_t now = clock_wall();
	uint64_t counted[RECORD_COUNTS];
	struct record r;

	state_list_counted(&l->state, domain, counted);
	for (int i = 0; i < RECORD_COUNTS; i++)
		sum[i] += counted[i];
	state_list(&l->state, domain, now, &r);
	*muted = *muted || health_muted(&r, now) != MUTED_NOT;
}

/* All lists that go by the name of LIST, the first of them. */
static void add_lists(struct probing *p, size_t list,
		      uint64_t sum[RECORD_COUNTS], bool *muted)
{
	char name[sizeof(p->name)];

	memcpy(name, probing_name(p, list), sizeof(name));
	memset(sum, 0, RECORD_COUNTS * sizeof(*sum));
	*muted = false;
	for (size_t i = list; i < p->lists.sites.lists; i++)
		if (strcmp(probing_name(p, i), name) == 0)
			add_list(p, i, sum, muted);
}

static void put_answers(const struct text *t, struct probing *p)
{
	uint64_t sum[RECORD_COUNTS];
	bool muted;

	head(t, "list_answers", "counter",
	     "Answers of DNS lists, by what they say of the client.");
	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		if (named_before(p, i))
			continue;
		add_lists(p, i, sum, &muted);
		for (int a = 0; a < LIST_ANSWERS; a++) {
			fputs("smtp_screen_list_answers_total{list=\"", t->to);
			put_label(t->to, probing_name(p, i));
			fprintf(t->to, "\",answer=\"%s\"} %" PRIu64 "\n",
				lists_answer_name((enum list_answer)a), sum[a]);
		}
	}
}

static void put_muted(const struct text *t, struct probing *p)
{
	uint64_t sum[RECORD_COUNTS];
	bool muted;

	head(t, "list_muted", "gauge",
	     "1 when the DNS list counts nothing at present.");
	for (size_t i = 0; i < p->lists.sites.lists; i++) {
		if (named_before(p, i))
			continue;
		add_lists(p, i, sum, &muted);
		fputs("smtp_screen_list_muted{list=\"", t->to);
		put_label(t->to, probing_name(p, i));
		fprintf(t->to, "\"} %d\n", muted);
	}
}

/* ---- all -------------------------------------------------------------------
 */

int metrics_write(struct probing *p, enum metrics_form form, FILE *to,
		  struct sbuf *ret_file)
{
	uint64_t counter[IMAGE_COUNTERS] = { 0 };
	struct text t = { to, form, counter };
	int r = tally_read(p->lists.conf, counter, ret_file);

	if (r < 0)
		return r;
	put_connections(&t);
	put_refusals(&t);
	put_passes(&t);
	put_tests(&t);
	put_delay(&t);
	put_warnings(&t);
	if (p->lists.sites.lists > 0) {
		put_answers(&t, p);
		put_muted(&t, p);
	}
	head(&t, "build_info", "gauge", "The version that told this.");
	fputs("smtp_screen_build_info{version=\"" SCREEN_VERSION "\"} 1\n", to);
	if (form == METRICS_OPEN)
		fputs("# EOF\n", to);
	return 0;
}
