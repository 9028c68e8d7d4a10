/*
 * reputation.h - what the screen in front knows of a client.
 *
 * Its cache tells who passed its tests, how often and since when; its state
 * file (state/recent.h) what the DNS lists and the greeting have found in the
 * last week. Both are read as they are, by the user that owns them; what
 * cannot be read is a warning, once, and is as if nothing good were known.
 */
#ifndef SCREEN_REPUTATION_H
#define SCREEN_REPUTATION_H

#include "cache/cache.h"
#include "state/state.h"
#include "triplet/judge.h"

/* A client that passed long ago: so many rounds of tests, and not only now. */
#define REPUTATION_ROUNDS 3

struct reputation_rules {
	const char *cache, *state; /* files; NULL: not asked for */
	int64_t trust_age;	   /* seconds since the first pass */
	bool only_suspicious;	   /* delay nobody else */
};

/* What is known. */
struct reputation_facts {
	int64_t now;
	bool known; /* to the cache, with */
	struct stamps stamps;
	bool has_record; /* of clients that are not ordinary, and then */
	struct recent recent;
	bool generic; /* its name is that of some line, or it has none */
};

/* Pure: is that a reason not to delay it? */
enum judge_standing reputation_judge(const struct reputation_rules *rules,
				     const struct reputation_facts *facts);

struct reputation_source {
	const char *what; /* of use for words */
	int error;	  /* 0, or negative errno */
	int64_t retry_at; /* monotonic */
};

struct reputation_desk {
	const struct reputation_rules *rules;
	struct cache cache;
	struct state state;
	int64_t renew_at; /* monotonic: the state file is opened again then */
	struct reputation_source from_cache, from_state;
};

void reputation_open(struct reputation_desk *d,
		     const struct reputation_rules *rules);
void reputation_close(struct reputation_desk *d);

/* Look WHO up, which is called NAME. NOW is wall time; MONO is when the batch
 * began, which may wait a moment for the cache's lock in all. */
enum judge_standing reputation_look_up(struct reputation_desk *d,
				       const struct address *who,
				       struct span name, int64_t now,
				       int64_t mono);

#endif
