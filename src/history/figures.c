#include "history/figures.h"

#include "base/clock.h"
#include "cache/cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* What is shown of an address that was refused. */
#define SHOWN_IPV4 24
#define SHOWN_IPV6 64

#define DAY 86400

/* Clocks may differ a little. */
#define AHEAD (DAY * CLOCK_SECOND)

_Static_assert(FAILURE_NONE < FREQUENT_KINDS, "a kind for each reason");

/* ---- words -----------------------------------------------------------------
 */

const char *figures_outcome_name(enum outcome outcome)
{
	static const char *const name[OUTCOMES] = {
		[OUTCOME_PASSED] = "passed",
		[OUTCOME_LATER] = "later",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_OTHER] = "other",
	};

	return name[outcome];
}

const char *figures_test_name(int test)
{
	return test == FIGURES_DENYLIST ? failure_name(FAILURE_DENYLIST)
					: stamps_test_name((enum test)test);
}

/* ---- time ------------------------------------------------------------------
 */

int figures_day(int64_t time, int *ret_hour)
{
	time_t seconds = (time_t)(time / CLOCK_SECOND);
	struct tm tm = { .tm_mday = 1 };

	localtime_r(&seconds, &tm);
	*ret_hour = tm.tm_hour;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return (int)(timegm(&tm) / DAY);
}

static void count_time(struct figures *f, const struct recorded *r,
		       enum outcome outcome)
{
	int hour, day = figures_day(r->time, &hour) - f->first_day;

	f->hour[hour][outcome]++;
	if (day >= 0 && day < FIGURES_DAYS + 2)
		f->day[day][outcome]++;
	if (f->count == 1 || r->time < f->first)
		f->first = r->time;
	if (r->time > f->last)
		f->last = r->time;
}

/* ---- tests -----------------------------------------------------------------
 */

static enum outcome outcome_of(enum decision_verdict verdict)
{
	switch (verdict) {
	case DECISION_PASS:
		return OUTCOME_PASSED;
	case DECISION_RETRY:
		return OUTCOME_LATER;
	case DECISION_REFUSE:
	case DECISION_DROP:
		return OUTCOME_REFUSED;
	case DECISION_HANGUP:
	case DECISION_LIMIT:
	case DECISION_TROUBLE:
	case DECISION_VERDICTS:
		break;
	}
	return OUTCOME_OTHER;
}

static struct recorded_test denylist(const struct recorded *r)
{
	return (struct recorded_test){
		.result = r->access == ACCESS_REJECT ? RESULT_FAILED
						     : RESULT_NONE,
		.action = r->denylist_action,
	};
}

static void count_tests(struct figures *f, const struct recorded *r,
			bool refused)
{
	struct test_figure *last = NULL;
	int against = 0;

	for (int t = 0; t < FIGURES_TESTS; t++) {
		struct recorded_test test =
			t == FIGURES_DENYLIST ? denylist(r) : r->test[t];
		struct test_figure *to = &f->test[t];

		to->due += test.due;
		to->passed += test.result == RESULT_PASSED;
		if (test.result != RESULT_FAILED)
			continue;
		to->failed++;
		if (test.action == ACTION_IGNORE) {
			to->ignored++;
		} else if (refused) {
			to->refused++;
			against++;
			last = to;
		}
	}
	if (against == 1)
		last->alone++;
}

/* ---- clients ---------------------------------------------------------------
 */

static void count_refused(struct figures *f, const struct recorded *r)
{
	char memory[ADDRESS_TEXT + 8];
	struct sbuf network = SBUF(memory);
	struct address address;

	f->reason[r->failure]++;
	if (address_parse(span_of(r->client), &address)) {
		cache_key(&address, SHOWN_IPV4, SHOWN_IPV6, &network);
		frequent_add(f->refused, sbuf_span(&network), (int)r->failure,
			     r->time);
		return;
	}
	/* what is hidden is a network already, or a name that stands for one */
	frequent_add(f->refused,
		     span_of(strcmp(r->privacy, "hmac") == 0 ? r->network
							     : r->client),
		     (int)r->failure, r->time);
}

static void count_rest(struct figures *f, const struct recorded *r)
{
	f->delayed += r->delayed > 0;
	if (r->cache_trouble[0] != '\0')
		f->trouble++;
	if (r->path == DECISION_BY_TESTS && r->known)
		f->expired++;
	if (strcmp(r->privacy, "network") == 0)
		f->hidden[0]++;
	else if (strcmp(r->privacy, "hmac") == 0)
		f->hidden[1]++;
}

void figures_add(struct figures *f, const struct recorded *r)
{
	enum outcome outcome = outcome_of(r->verdict);

	if (r->time > f->until + AHEAD) {
		f->ahead++;
		return;
	}
	f->count++;
	f->verdict[r->verdict]++;
	f->path[r->path]++;
	count_time(f, r, outcome);
	count_tests(f, r, outcome == OUTCOME_REFUSED);
	count_rest(f, r);
	list_figures_add(&f->lists, r);
	switch (outcome) {
	case OUTCOME_PASSED:
		if (r->waited >= 0)
			histogram_add(&f->waited, r->waited);
		returns_passed(&f->returns, span_of(r->network), r->time);
		break;
	case OUTCOME_LATER:
		returns_told(&f->returns, span_of(r->network), r->time);
		break;
	case OUTCOME_REFUSED:
		count_refused(f, r);
		break;
	case OUTCOME_OTHER:
	case OUTCOMES:
		break;
	}
}

/* ---- sums ------------------------------------------------------------------
 */

uint64_t figures_outcome(const struct figures *f, enum outcome outcome)
{
	uint64_t sum = 0;

	for (int v = 0; v < DECISION_VERDICTS; v++)
		if (outcome_of((enum decision_verdict)v) == outcome)
			sum += f->verdict[v];
	return sum;
}

double figures_hit_rate(const struct figures *f)
{
	uint64_t known = f->path[DECISION_BY_CACHE] +
			 f->path[DECISION_BY_SHARED],
		 asked = known + f->path[DECISION_BY_TESTS];

	return asked > 0 ? 100.0 * (double)known / (double)asked : -1;
}

struct figures *figures_new(int64_t since, int64_t until)
{
	struct figures *f = calloc(1, sizeof(*f));
	int hour;

	if (!f)
		return NULL;
	f->refused = frequent_new();
	f->since = since;
	f->until = until;
	f->first_day = figures_day(since, &hour);
	if (f->refused && getrandom(f->returns.key, sizeof(f->returns.key),
				    0) == sizeof(f->returns.key))
		return f;
	figures_free(f);
	return NULL;
}

void figures_free(struct figures *f)
{
	if (f)
		frequent_free(f->refused);
	free(f);
}
