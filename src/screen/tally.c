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

/* Who is known has the lock file to be counted in, and makes no other. */
static bool may_make(const struct decision *d)
{
	return d->path != DECISION_BY_CACHE;
}

static void open_state(struct decision *d, const char *state_file)
{
	if (d->counters >= 0)
		return;
	d->counters = counters_open(state_file);
	if (d->counters == -ENOENT && may_make(d) &&
	    make_state(state_file) == 0)
		d->counters = counters_open(state_file);
}

void tally_open(struct decision *d, const struct conf *conf,
		const struct memory *m)
{
	if (memory_lock_fd(m) < 0)
		open_state(d, conf->state_file);
}

static void add_to_state(struct decision *d, const char *state_file,
			 const struct counts *counts)
{
	open_state(d, state_file);
	if (d->counters < 0)
		return;
	/* -ENOENT: it is there, and was never whole */
	if (counters_add(d->counters, COUNTERS_IN_STATE, counts) == -ENOENT &&
	    may_make(d) && make_state(state_file) == 0)
		counters_add(d->counters, COUNTERS_IN_STATE, counts);
	close(d->counters);
	d->counters = -1;
}

void tally_up(struct decision *d, const struct conf *conf,
	      const struct memory *m, const struct decision_facts *with)
{
	struct counts counts;
	int lock;

	counts.used = 0; /* the rest need not be cleared */
	if (with)
		count_decision(&counts, d, with);
	count_warnings(&counts);
	if (counts.used == 0 || conf->state_file[0] == '\0')
		return;
	lock = memory_lock_fd(m);
	if (lock < 0 || counters_add(lock, COUNTERS_IN_OTHER, &counts) < 0)
		add_to_state(d, conf->state_file, &counts);
}

static int sum_up(const char *file, enum counters_file kind,
		  uint64_t sum[IMAGE_COUNTERS], struct sbuf *ret_file)
{
	int r = counters_sum(file, kind, sum);

	if (r == 0 || r == -ENOENT)
		return 0;
	sbuf_add_text(ret_file, file);
	return r;
}

int tally_read(const struct conf *conf, uint64_t ret[IMAGE_COUNTERS],
	       struct sbuf *ret_file)
{
	char file[CACHE_PATH], lock[CACHE_PATH + sizeof(".lock")];
	uint64_t sum[IMAGE_COUNTERS] = { 0 };
	struct sbuf f = SBUF(file), l = SBUF(lock);
	struct cache_map map = { .shared = false };
	int r = sum_up(conf->state_file, COUNTERS_IN_STATE, sum, ret_file);

	cache_map_parse(conf->cache_map, &map);
	sbuf_add(&f, map.file);
	if (r == 0 && f.len > 0) {
		cache_lock_name(file, &l);
		r = sum_up(lock, COUNTERS_IN_OTHER, sum, ret_file);
	}
	if (r == 0)
		memcpy(ret, sum, sizeof(sum));
	return r;
}
