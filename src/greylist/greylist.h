/*
 * greylist.h - questions in, answers out: greylisting as a whole, but for the
 * connections that it comes over.
 *
 * Never is mail held up by trouble of our own: what cannot be decided is
 * "DUNNO", no opinion, and while the store is of no use one warning says so.
 */
#ifndef SCREEN_GREYLIST_H
#define SCREEN_GREYLIST_H

#include "cache/cache.h"
#include "conf/expected.h"
#include "greylist/grey_options.h"
#include "greylist/instances.h"
#include "greylist/request.h"
#include "triplet/exempt.h"
#include "triplet/ledger.h"
#include "triplet/shared_ledger.h"
#include "triplet/triplet.h"

/* How long a batch waits for the store, in microseconds. */
#define GREYLIST_PATIENCE INT64_C(500000)

/* How long a store that failed is left alone. */
#define GREYLIST_PAUSE_S 10

struct greylist {
	const struct grey_options *options;
	struct exempt exempt;
	struct triplet_rules triplet;
	struct instances instances;
	char path[CACHE_PATH], expected_path[CACHE_PATH];
	struct expected_watch expected;
	struct reputation_desk reputation;
	struct cache store;
	struct shared_ledger shared; /* if the options say so */
	bool key_missing; /* with --privacy: nothing may be remembered yet */

	int64_t began; /* monotonic: the batch at hand */
	bool in_trouble;
	bool damaged;		 /* somebody must call cache_mend */
	bool failure_told;	 /* to mend it */
	int64_t retry_at;	 /* monotonic: when the store is tried again */
	unsigned long undecided; /* questions that were answered without it */
	unsigned long changes;	 /* batches that may have changed it */
};

/* What a question that has no answer yet waits for. */
enum greylist_wait {
	GREYLIST_DONE,

	/* What other hosts remember: call greylist_ask_others, and
	 * greylist_hear_others when they have answered. */
	GREYLIST_FOR_OTHERS,

	/* It would be delayed unless its client is one of the mail servers of
	 * its sender's domain, which nobody knows yet: find that out about WHO
	 * and DOMAIN, and call greylist_decide. */
	GREYLIST_FOR_POOL,
};

struct greylist_question {
	const struct request *request; /* as long as it waits */
	struct sbuf *answer;	       /* empty: none, hang up */

	enum greylist_wait waits;
	struct address who;
	struct span domain; /* as long as REQUEST is */
	struct shared_answer others;
	struct judge_verdict verdict;
	int64_t now; /* of the question */
};

/*
 * Make ready. LIVES_LONG: for a process that answers many and has somebody
 * else mend the store. 0, or negative errno when there is no memory. Trouble
 * with files is logged and ends nothing.
 */
int greylist_open(struct greylist *g, const struct grey_options *o,
		  bool lives_long);
void greylist_close(struct greylist *g);

/* Read the lists of exempt clients and recipients again. */
void greylist_reload(struct greylist *g);

/* Answer COUNT questions, LEDGER_BATCH at most, in this order. */
void greylist_answer(struct greylist *g, struct greylist_question *questions,
		     size_t count);

/* Ask the others about Q, for WHO. False when they cannot be asked. */
bool greylist_ask_others(struct greylist *g, const struct greylist_question *q,
			 unsigned who);

/* Answer Q, or have it wait for its pool, by what the others know; all zero:
 * nothing. */
void greylist_hear_others(struct greylist *g, struct greylist_question *q,
			  const struct shared_answer *answer);

/* Answer a question that waits for its pool: INSIDE, its client is one of
 * these. */
void greylist_decide(struct greylist *g, struct greylist_question *q,
		     bool inside);

/* The store may be tried again: it was mended; or that failed with ERROR. */
void greylist_mended(struct greylist *g);
void greylist_not_mended(struct greylist *g, int error);

#endif
