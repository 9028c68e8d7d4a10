/*
 * figures.h - what a report says, summed up from the decision log.
 *
 * Pure but for localtime_r(3): the same lines give the same sums, in memory of
 * a fixed size, however many there are. Days and hours are those of the local
 * time zone.
 */
#ifndef SCREEN_FIGURES_H
#define SCREEN_FIGURES_H

#include "history/frequent.h"
#include "history/list_figures.h"
#include "history/returns.h"

/* The longest report, in days. */
#define FIGURES_DAYS 3660

/* What becomes of clients, in fewer words than the log has. */
enum outcome {
	OUTCOME_PASSED,
	OUTCOME_LATER,	 /* told to come back */
	OUTCOME_REFUSED, /* or dropped */
	OUTCOME_OTHER,	 /* left, too many, trouble of ours */
	OUTCOMES,
};

/* The access list refuses like a test. */
#define FIGURES_DENYLIST TESTS
#define FIGURES_TESTS	 (TESTS + 1)

struct test_figure {
	uint64_t due, passed, failed;
	uint64_t ignored; /* failed, and its action was ignore */
	uint64_t refused; /* failed, and the client was refused */
	uint64_t alone;	  /* of these: it failed nothing else that counts */
};

struct figures {
	/* all times in microseconds, wall time */
	int64_t since, until; /* a line a day later is not believed */
	int64_t first, last;  /* of what was counted */
	uint64_t count, ahead;

	uint64_t verdict[DECISION_VERDICTS];
	uint64_t path[DECISION_PATHS];
	uint64_t reason[FAILURE_NONE + 1]; /* of those refused */
	uint64_t hidden[2];		   /* privacy: network, hmac */

	int first_day; /* since 1970, of DAY[0] */
	uint64_t day[FIGURES_DAYS + 2][OUTCOMES];
	uint64_t hour[24][OUTCOMES];

	struct test_figure test[FIGURES_TESTS];
	struct histogram waited; /* of those that passed and had to */
	struct returns returns;
	uint64_t delayed; /* connections in which greylisting said so */
	uint64_t expired; /* tested though the cache knew them */
	uint64_t trouble; /* the cache could not be asked */

	struct list_figures lists;
	struct frequent *refused; /* networks; kinds are enum failure */
};

/*
 * Empty, for what is between SINCE and UNTIL (microseconds, wall time), which
 * are FIGURES_DAYS apart at most. NULL when there is no memory.
 */
struct figures *figures_new(int64_t since, int64_t until);
void figures_free(struct figures *f);

/* Count one connection. */
void figures_add(struct figures *f, const struct recorded *r);

/* The local day of TIME (microseconds), since 1970; *RET_HOUR of it. */
int figures_day(int64_t time, int *ret_hour);

/* Sums over verdicts. */
uint64_t figures_outcome(const struct figures *f, enum outcome outcome);

/* Of 100 clients that are neither refused by the access list nor too many, how
 * many were known, here or elsewhere? -1: there were none. */
double figures_hit_rate(const struct figures *f);

/* "passed" and so on. */
const char *figures_outcome_name(enum outcome outcome);
/* "pregreet" and so on, and "denylist". */
const char *figures_test_name(int test);

#endif
