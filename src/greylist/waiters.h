/*
 * waiters.h - connections whose answer is not known yet, because other hosts
 * (triplet/shared_ledger.h) or name servers (pools.h) must be asked first.
 */
#ifndef SCREEN_WAITERS_H
#define SCREEN_WAITERS_H

#include "greylist/greylist.h"
#include "greylist/policy_conn.h"
#include "greylist/pools.h"

/* What there may be to poll for. */
#define WAITERS_FDS (1 + POOLS)

struct waiters {
	struct greylist *greylist;
	struct pools pools;
	bool pools_on;	       /* else nobody waits for them */
	bool trouble_told;     /* of the others */
	unsigned asker[POOLS]; /* by the number of the case */
	struct {
		struct policy_conn *conn;
		struct greylist_question question;
	} held[POLICY_CONNECTIONS];
};

/* As the options of G want it. False with WHY. */
bool waiters_open(struct waiters *w, struct greylist *g, struct sbuf *why);
void waiters_close(struct waiters *w);

/* Find out what the answer of Q depends on, asked over C, the connection of
 * this NUMBER. False when nobody can be asked: its answer is there. */
bool waiters_add(struct waiters *w, struct policy_conn *c, unsigned number,
		 const struct greylist_question *q, int64_t now);

/* One that waits no more: its answer is there. NULL: none. */
struct policy_conn *waiters_next(struct waiters *w, int64_t now);

/* What to poll for, WAITERS_FDS at most, and until when. */
size_t waiters_poll(const struct waiters *w, struct pollfd *fds,
		    int64_t *ret_deadline);
void waiters_handle(struct waiters *w, const struct pollfd *fds, size_t count,
		    int64_t now);

#endif
