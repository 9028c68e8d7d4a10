/*
 * memory.h - the cache as one session uses it: what is known of this client,
 * here and on the hosts that share a list with this one.
 *
 * A broken cache must not cost anyone mail. Each function says in one log
 * line what is wrong and what to do, and the session goes on without it. Of the
 * shared list the state file remembers what was told: once an hour, and when it
 * is back.
 */
#ifndef SCREEN_MEMORY_H
#define SCREEN_MEMORY_H

#include "cache/shared.h"
#include "conf/conf.h"
#include "state/state.h"

struct memory {
	const struct conf *conf;
	struct cache cache;
	char key[ADDRESS_TEXT + 8];
	struct cache *reader;  /* for looking up; NULL: the own one */
	int64_t lock_patience; /* microseconds; 0: what CONF says */
	struct cache *asked;   /* by memory_recall; NULL: none yet */
	int error;	       /* of memory_recall: 0 or negative errno */
	int unready;	       /* of memory_prepare: the same */
	bool has_shared;
	int64_t patience;   /* monotonic: until when an answer is of use */
	struct state state; /* what was told of the shared list */

	/* pages of it, and mostly none of them needed: they come last */
	char file[CACHE_PATH]; /* empty: there is none, or it is of no use */
	struct shared shared;  /* if has_shared */
};

/* The cache that CONF names, for client WHO. Opens nothing yet; *M stays where
 * it is from now on. */
void memory_open(struct memory *m, const struct conf *conf,
		 const struct address *who);

/*
 * What is known of the client: true with *RET, or false. That LOCK_PATIENCE
 * was not enough is no trouble worth a line, but told by memory_busy.
 */
bool memory_recall(struct memory *m, struct stamps *ret);

/* Is it worth to ask again, with more patience? */
bool memory_busy(const struct memory *m);

/* How long the shared list may keep a client from going on, in microseconds:
 * its answer is good within a millisecond, or it is in trouble. */
#define MEMORY_PAUSE INT64_C(100000)

/*
 * Ask the shared list what it knows. False when there is none to ask. The
 * answer counts when it comes within cache_remote_timeout.
 */
bool memory_ask(struct memory *m);

/* Is the answer still to come? Then this is what to poll for, and until when
 * (monotonic). */
bool memory_awaits(const struct memory *m, struct pollfd *ret_fd,
		   int64_t *ret_deadline);

/*
 * Go on, at NOW (monotonic), without waiting. True with *RET when the shared
 * list has just told that it knows the client, which is remembered here too.
 */
bool memory_hear(struct memory *m, int64_t now, struct stamps *ret);

/* The same, waiting for MEMORY_PAUSE at most. */
bool memory_hear_soon(struct memory *m, struct stamps *ret);

/*
 * Could memory_keep write what CLIENT ("[ADDR]:PORT") may earn? If not, the
 * reason is logged, and the cache is used again only if it is damaged: then
 * memory_keep repairs it, if it can.
 */
bool memory_would_keep(struct memory *m, const char *client);

/*
 * Open now what memory_keep will write to, so that a sandbox may forbid that
 * later. memory_keep tells what fails.
 */
void memory_prepare(struct memory *m);

/*
 * Add PASS, earned at NOW (wall time), here and to the shared list if that has
 * answered. *RET_WAS_NEW, whether a test had never
 * been passed before, is left alone when the cache cannot tell.
 */
void memory_keep(struct memory *m, const struct cache_pass *pass, int64_t now,
		 bool *ret_was_new);

/* The lock file of the cache since memory_recall has looked into it, or -1;
 * also when *M is all zeros. cache_lock_name says what it may be used for. */
int memory_lock_fd(const struct memory *m);

void memory_close(struct memory *m);

#endif
