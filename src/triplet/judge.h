/*
 * judge.h - delay this recipient, or let it pass? Postgrey's rules.
 *
 * Pure: facts in, what to answer and what to remember out. No clock, no
 * store. Who adds a reason not to delay adds a fact here.
 */
#ifndef SCREEN_JUDGE_H
#define SCREEN_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

/* How long, in seconds, and how often. */
struct judge_rules {
	int64_t delay;	      /* the shortest wait, 0 or more */
	int64_t retry_window; /* the latest first retry */
	uint64_t enough;      /* passes that make a client known; 0: never */
};

/* A triplet of client network, sender and recipient. Wall time in seconds. */
struct judge_triplet {
	bool known;
	int64_t first, last; /* when it was seen */
};

/* A client, by its whole address. */
struct judge_client {
	bool known;
	uint64_t count; /* triplets that passed */
	int64_t last;	/* when that was counted last */
};

/* A client passes for an hour before it is counted again. */
#define JUDGE_CLIENT_PAUSE 3600

/* What speaks for a client, beside the administrator. */
enum judge_standing {
	JUDGE_STANDING_NONE,
	JUDGE_STANDING_TRUSTED,	 /* it passed the screen long ago */
	JUDGE_STANDING_VOUCHED,	 /* a DNS list speaks for it */
	JUDGE_STANDING_ORDINARY, /* nothing speaks against it, and that is
				    enough */
};

struct judge_facts {
	int64_t now;
	bool client_exempt, recipient_exempt; /* by the administrator */
	bool expected; /* the sender, by the administrator, for a while */
	enum judge_standing standing;
	struct judge_client client;
	struct judge_triplet triplet;
	struct judge_triplet pool; /* the same of another address of its pool */
};

enum judge_reason {
	JUDGE_CLIENT_EXEMPT,
	JUDGE_RECIPIENT_EXEMPT,
	JUDGE_EXPECTED,
	JUDGE_CLIENT_TRUSTED,
	JUDGE_CLIENT_VOUCHED,
	JUDGE_CLIENT_ORDINARY,
	JUDGE_CLIENT_KNOWN,
	JUDGE_NEW,
	JUDGE_EARLY,
	JUDGE_FOUND,
	JUDGE_POOL_FOUND,
};

struct judge_verdict {
	enum judge_reason reason;
	bool pass;
	int64_t missing;  /* until it would pass, when not */
	bool first_pass;  /* the triplet's; then */
	int64_t waited;	  /* is how long that took */
	bool from_future; /* the triplet was first seen later than now */
	bool client_became_known;

	/* What to remember, if anything; of the pool the same. */
	bool store_triplet, store_client;
	struct judge_triplet triplet;
	struct judge_client client;
};

/*
 * Does it need the store? When not, CLIENT and TRIPLET of the facts need not
 * be filled in.
 */
bool judge_needs_store(const struct judge_facts *facts);

/* Is ONE of more use at NOW than THAT, when both are known of the same? */
bool judge_counts_more(const struct judge_rules *rules,
		       const struct judge_triplet *one,
		       const struct judge_triplet *that, int64_t now);

/* What two places know of the same client. */
struct judge_client judge_join_clients(const struct judge_client *a,
				       const struct judge_client *b);

/* Would what another place knows change nothing in it, and nothing in what is
 * remembered that matters? Not when it delays or is the first to pass. */
bool judge_is_settled(const struct judge_verdict *v);

void judge(const struct judge_rules *rules, const struct judge_facts *facts,
	   struct judge_verdict *ret);

#endif
