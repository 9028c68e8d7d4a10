#include "screen/tally.h"

#include "base/clock.h"
#include "state/state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const int tally_bucket[TALLY_BUCKETS] = {
	1, 10, 100, 500, 1000, 2000, 4000, 6000, 8000, 10000, 30000, 60000
};

const enum log_event tally_warning[TALLY_WARNING_KINDS] = {
	LOG_DNS_TROUBLE,     LOG_PROXY_TROUBLE, LOG_CACHE_TROUBLE,
	LOG_STATE_TROUBLE,   LOG_TABLE_TROUBLE, LOG_CONFIG_TROUBLE,
	LOG_HANDOFF_TROUBLE, LOG_TLS_TROUBLE,	LOG_DAEMON,
	LOG_LIMIT,	     LOG_TRIPWIRE,	LOG_OTHER,
};

static void count(struct counts *c, enum tally first, int number)
{
	counts_add(c, (unsigned)first + (unsigned)number, 1);
}

static void count_delay(struct counts *c, int64_t took)
{
	int bucket = 0;

	while (bucket < TALLY_BUCKETS && took > tally_bucket[bucket] * CLOCK_MS)
		bucket++;
	count(c, TALLY_DELAYS, bucket);
	counts_add(c, TALLY_DELAY_SUM, took > 0 ? (uint64_t)took : 0);
}

static void count_pass(struct counts *c, const char *pass)
{
	if (pass)
		count(c, TALLY_PASSES,
		      strcmp(pass, "new") == 0	 ? TALLY_PASS_NEW
		      : strcmp(pass, "old") == 0 ? TALLY_PASS_OLD
						 : TALLY_PASS_PART);
}

static void count_decision(struct counts *c, const struct decision *d,
			   const struct decision_facts *with)
{
	const struct facts *f = with->facts;

	count(c, TALLY_CONNECTIONS, 8 * (int)d->verdict + (int)d->path);
	count_pass(c, d->pass);
	if (d->verdict == DECISION_REFUSE || d->verdict == DECISION_DROP)
		count(c, TALLY_REFUSALS, (int)with->failure);
	if (d->verdict == DECISION_PASS)
		count_delay(c, clock_mono() - d->began);
	if (d->path != DECISION_BY_TESTS && d->path != DECISION_BY_SHARED)
		return;
	for (enum test t = 0; t < TESTS; t++)
		if (f->due[t] || f->result[t] != RESULT_NONE)
			count(c, TALLY_TESTS, 4 * (int)t + (int)f->result[t]);
}

static void count_warnings(struct counts *c)
{
	for (int i = 0; i < TALLY_WARNING_KINDS; i++)
		counts_add(c, (unsigned)TALLY_WARNINGS + (unsigned)i,
			   log_take_warned(tally_warning[i]));
}

static int make_state(const char *file)
{
	struct state state;
	int r;

	state_init(&state, file);
	r = state_open(&state);
	state_close(&state);
	return r;
}

void tally_open(struct decision *d, const char *state_file)
{
	if (d->counters >= 0)
		return;
	d->counters = counters_open(state_file);
	if (d->counters == -ENOENT && d->path == DECISION_BY_TESTS &&
	    make_state(state_file) == 0)
		d->counters = counters_open(state_file);
}

void tally_up(const char *state_file, struct decision *d,
	      const struct decision_facts *with)
{
	struct counts counts;

	counts.used = 0; /* the rest need not be cleared */
	if (with)
		count_decision(&counts, d, with);
	count_warnings(&counts);
	if (counts.used == 0)
		return;
	tally_open(d, state_file);
	if (d->counters < 0)
		return;
	/* -ENOENT: it is there, and was never whole */
	if (counters_add(d->counters, &counts) == -ENOENT &&
	    d->path == DECISION_BY_TESTS && make_state(state_file) == 0)
		counters_add(d->counters, &counts);
	close(d->counters);
	d->counters = -1;
}
