/*
 * tally.h - what one connection adds to the counters, and what each counts.
 *
 * The numbers stand in files, so they are only ever added to. Who is decided on
 * while the cache is open, so each known client, is counted in its lock file;
 * any other, so who was tested, in the state file. What all came to is the sum
 * of both.
 */
#ifndef SCREEN_TALLY_H
#define SCREEN_TALLY_H

#include "log/log.h"
#include "screen/decision.h"
#include "screen/memory.h"
#include "state/counters.h"

enum tally {
	TALLY_CONNECTIONS = 0, /* + 8 * verdict + path */
	TALLY_REFUSALS = 64,   /* + failure */
	TALLY_PASSES = 72,     /* + enum tally_pass */
	TALLY_TESTS = 80,      /* + 4 * test + result */
	TALLY_DELAYS = 104,    /* + number of the bucket */
	TALLY_DELAY_SUM = 124, /* of those who passed, in microseconds */
	TALLY_WARNINGS = 128,  /* + number in tally_warning */
	TALLY_END = 160,
};

_Static_assert((int)TALLY_END <= IMAGE_COUNTERS, "more than fit");

enum tally_pass {
	TALLY_PASS_NEW,
	TALLY_PASS_OLD,
	TALLY_PASS_PART,
	TALLY_PASSES_END,
};

/* Where buckets of the delay end, in milliseconds; behind them is one more. */
#define TALLY_BUCKETS 12
extern const int tally_bucket[TALLY_BUCKETS];

/* Which warnings are counted. */
#define TALLY_WARNING_KINDS 12
extern const enum log_event tally_warning[TALLY_WARNING_KINDS];

/*
 * Open now what is counted in, and make the state file if it is that and not
 * there, so that a sandbox may forbid that later. M is the connection's, also
 * one that was never opened. What cannot be counted costs nobody anything: no
 * word of it.
 */
void tally_open(struct decision *d, const struct conf *conf,
		const struct memory *m);

/*
 * Count what has come of the connection with D (WITH as decision_end has it;
 * NULL: it was counted before), and the warnings logged since the last call. A
 * client that is not known makes the state file if it is counted there and that
 * is not there. Nobody is counted when no state file is wanted.
 */
void tally_up(struct decision *d, const struct conf *conf,
	      const struct memory *m, const struct decision_facts *with);

/* The sums. 0, also when nothing was ever counted; or negative errno with the
 * name of the file that cannot be read in *RET_FILE. */
int tally_read(const struct conf *conf, uint64_t ret[IMAGE_COUNTERS],
	       struct sbuf *ret_file);

#endif
