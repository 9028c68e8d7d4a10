/*
 * ledger.h - what is remembered of triplets and clients.
 *
 * In a GDBM file as safe as the screen's cache, and by the same means
 * (cache/cache.h): any number of processes share it, and a writer that dies
 * damages nothing. The values are "FIRST,LAST" of a triplet and "COUNT,LAST"
 * of a client, in decimal.
 */
#ifndef SCREEN_LEDGER_H
#define SCREEN_LEDGER_H

#include "cache/cache_edit.h"
#include "triplet/judge.h"

/* How many recipients are judged under one lock. */
#define LEDGER_BATCH 64

/* What other hosts know of a case. */
struct ledger_others {
	struct judge_triplet triplet, pool;
	struct judge_client client;
};

struct ledger_case {
	struct span triplet, client; /* names (triplet.h) */
	struct span pool;	     /* the triplet's with its pool, or empty */
	struct judge_facts facts;    /* but for what is in the ledger */
	struct ledger_others others; /* counts like what is in the ledger */
	bool tentative; /* ask others first, where their word may count */
	struct judge_verdict verdict;
	bool unsettled; /* ask them: nothing is remembered of it yet */
};

/*
 * Judge COUNT CASES by RULES, in this order, and remember what is to be: all
 * under one lock, so that no other process comes between reading and writing.
 * 0, or a negative errno of cache_edit: then no verdict is of any use.
 *
 * Of a case that is TENTATIVE and not settled (judge.h) nothing is remembered:
 * it is to be judged again with what OTHERS know.
 */
int ledger_judge(struct cache *file, const struct judge_rules *rules,
		 struct ledger_case *cases, size_t count, int64_t deadline);

/* What another store knows. */
struct ledger_entry {
	struct span name;
	bool is_client; /* else a triplet */
	struct judge_triplet triplet;
	struct judge_client client;
};

/*
 * Join COUNT ENTRIES, LEDGER_BATCH at most, with those that are there, under
 * one lock. Of a triplet the one stays that was seen over the longer time, of
 * two alike the later; of a client the higher count and the later time. How
 * many changed anything, or a negative errno of cache_edit.
 */
int ledger_join(struct cache *file, const struct ledger_entry *entries,
		size_t count, int64_t deadline);

/* Values. Parse: false for what nobody of ours wrote. */
#define LEDGER_VALUE 64

bool ledger_parse_triplet(struct span value, struct judge_triplet *ret);
bool ledger_parse_client(struct span value, struct judge_client *ret);

/*
 * Put a value, padded so that it is not shorter than the one of OLD_LENGTH
 * bytes that it replaces.
 */
void ledger_format_triplet(const struct judge_triplet *t, size_t old_length,
			   struct sbuf *to);
void ledger_format_client(const struct judge_client *c, size_t old_length,
			  struct sbuf *to);

/* Is NAME that of a client? Else it is a triplet's. */
bool ledger_is_client(struct span name);

#endif
