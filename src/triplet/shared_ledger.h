/*
 * shared_ledger.h - what several hosts remember of triplets and clients.
 *
 * On a Redis or Valkey server: a string for each name of the ledger, its value
 * the same text. The key is "smtp-screen:grey:" and the name. It expires when
 * the ledger would have deleted it.
 *
 * It is asked over one connection in somebody's poll; nothing here waits, or is
 * asked while the server is in trouble. Nothing that it says is believed to be
 * possible.
 */
#ifndef SCREEN_SHARED_LEDGER_H
#define SCREEN_SHARED_LEDGER_H

#include "cache/cache_redis.h"
#include "triplet/ledger.h"

/* How long an answer may take, in microseconds. */
#define SHARED_LEDGER_PATIENCE INT64_C(250000)

/* How long a server that failed is left alone. */
#define SHARED_LEDGER_PAUSE_S 10

/* Questions and words that are not answered yet, at a time. */
#define SHARED_LEDGER_OPEN 1024

/* Longer names are not shared. */
#define SHARED_LEDGER_NAME 512

/* Names that a triplet has by the pools that its client may be of. */
#define SHARED_LEDGER_POOLS 2

struct shared_question {
	struct span triplet, client;
	struct span pool[SHARED_LEDGER_POOLS]; /* empty: not asked for */
};

struct shared_answer {
	struct judge_triplet triplet, pool[SHARED_LEDGER_POOLS];
	struct judge_client client;
};

/* What is said, in this order, and what is to be heard. */
struct shared_open {
	bool is_question; /* else words to remember */
	bool pool[SHARED_LEDGER_POOLS];
	unsigned who;
	int64_t deadline;
};

struct shared_ledger {
	struct cache_server server;
	const char *password_file;
	int64_t delay, retry_window, max_age;
	struct cache_redis redis;
	struct shared_open open[SHARED_LEDGER_OPEN]; /* a ring */
	unsigned first, count;
	int64_t retry_at; /* monotonic */

	/* A string constant: why it is of no use, or cannot remember. Until a
	 * word was taken again. */
	const char *trouble;
};

/*
 * Be ready to ask SERVER, with the password in PASSWORD_FILE (empty: none);
 * both outlive *L, which stays where it is. Nothing is opened yet. Entries are
 * kept for MAX_AGE seconds.
 */
void shared_ledger_init(struct shared_ledger *l,
			const struct cache_server *server,
			const char *password_file,
			const struct judge_rules *rules, int64_t max_age);
void shared_ledger_close(struct shared_ledger *l);

/*
 * Ask Q, at NOW (monotonic), for WHO. False when it cannot be asked: in
 * trouble, too much is open, or a name is too long.
 */
bool shared_ledger_ask(struct shared_ledger *l, const struct shared_question *q,
		       unsigned who, int64_t now);

/*
 * Go on, at NOW. True with *RET_WHO when one that has asked waits no more;
 * *RET is what the others know, nothing when they could not be asked.
 */
bool shared_ledger_next(struct shared_ledger *l, int64_t now, unsigned *ret_who,
			struct shared_answer *ret);

/* Let others know what was remembered of C, if it is news to them. */
void shared_ledger_tell(struct shared_ledger *l, const struct ledger_case *c,
			int64_t now);

/* What to poll for, and until when. */
struct pollfd shared_ledger_pollfd(const struct shared_ledger *l,
				   int64_t *ret_deadline);

#endif
