/*
 * waiters.h - connections whose answer is not known yet, because name servers
 * must be asked first (pools.h).
 */
#ifndef SCREEN_WAITERS_H
#define SCREEN_WAITERS_H

#include "greylist/greylist.h"
#include "greylist/policy_conn.h"
#include "greylist/pools.h"

struct waiters {
	struct greylist *greylist;
	struct pools pools;
	bool on; /* else nobody ever waits */
	struct {
		struct policy_conn *conn;
		struct greylist_question question;
	} held[POOLS]; /* by the number of the case */
};

/* As the options of G want it. False with WHY. */
bool waiters_open(struct waiters *w, struct greylist *g, struct sbuf *why);
void waiters_close(struct waiters *w);

/* Find out what the answer of Q, which is held, depends on. False when there is
 * no place for that: then Q is answered as if nothing had been found. */
bool waiters_add(struct waiters *w, struct policy_conn *c,
		 struct greylist_question *q, int64_t now);

/* One that waits no more: its answer is there. NULL: none. */
struct policy_conn *waiters_next(struct waiters *w);

/* What to poll for, POOLS at most, and until when. */
size_t waiters_poll(const struct waiters *w, struct pollfd *fds,
		    int64_t *ret_deadline);
void waiters_handle(struct waiters *w, const struct pollfd *fds, size_t count,
		    int64_t now);

#endif
