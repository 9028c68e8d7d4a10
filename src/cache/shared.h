/*
 * shared.h - the list of who passed that several hosts share.
 *
 * A hash for each client network on a Redis or Valkey server: the key is
 * "smtp-screen:pass:" and the key of the local cache, a field for each test
 * that was passed (stamps_test_name) has its stamp, and "first", "last" and
 * "rounds" are those of struct stamps. It expires when none of its stamps has
 * counted for the retention time.
 *
 * It is asked in somebody's poll, and never believed: what is no number, or
 * cannot be, is as if it were not there.
 */
#ifndef SCREEN_SHARED_H
#define SCREEN_SHARED_H

#include "cache/cache.h"
#include "cache/cache_redis.h"

struct shared {
	struct cache_server server;
	const char *password_file; /* empty: there is no password */
	struct cache_redis redis;
	const char *key;
	bool asked;    /* a question is open */
	bool answered; /* the last question was; STAMPS and STALE are good */
	bool stale;    /* written by a clock ahead of ours: to be replaced */
	struct stamps stamps; /* all 0 when nothing counts */
	const char *trouble;  /* a string constant: why the last call failed */
};

/*
 * Be ready to ask SERVER, with the password in PASSWORD_FILE; both must
 * outlive *S, which stays where it is. Nothing is opened yet.
 */
void shared_init(struct shared *s, const struct cache_server *server,
		 const char *password_file);

/* Connect, or begin to. 0 or negative errno with S->trouble. */
int shared_open(struct shared *s);

/* Ask for KEY, which must outlive the answer. 0 or negative errno. */
int shared_ask(struct shared *s, const char *key);

/* What to poll for while a question is open. */
struct pollfd shared_pollfd(const struct shared *s);

/*
 * Go on without waiting, at NOW (wall time): 1 known, S->stamps are good; 0 not
 * known; -EAGAIN not answered yet; or another negative errno with S->trouble.
 */
int shared_hear(struct shared *s, int64_t now);

/* The same, waiting until DEADLINE (monotonic); then -ETIMEDOUT. */
int shared_wait(struct shared *s, int64_t now, int64_t deadline);

/*
 * Write what PASS added to the entry that was asked for last, at NOW (wall
 * time), to be kept for RETENTION seconds longer than it counts. Tests that
 * were not passed are left as they are; a stamp that was later stays. An old
 * connection that is gone is made anew. 0 when the server has confirmed by
 * DEADLINE (monotonic), or negative errno with S->trouble: -ETIMEDOUT the
 * words are sent, and may still be heard.
 */
int shared_tell(struct shared *s, const struct cache_pass *pass, int64_t now,
		int64_t retention, int64_t deadline);

/* Remove KEY by DEADLINE (monotonic): 1, 0 when there was none, or negative
 * errno with S->trouble. */
int shared_forget(struct shared *s, const char *key, int64_t deadline);

/*
 * Would the server take what shared_tell says? It is told, and told to forget
 * it again. 0 when it confirms by DEADLINE (monotonic), or negative errno with
 * S->trouble.
 */
int shared_rehearse(struct shared *s, int64_t deadline);

void shared_close(struct shared *s);

/*
 * Read the answer of a server at NOW: false when nothing in it counts.
 * *RET_STALE tells that it was written more than a day ahead of NOW.
 */
bool shared_read(const struct cache_redis_reply *reply, int64_t now,
		 struct stamps *ret, bool *ret_stale);

#endif
