/*
 * waiting.h - descriptors that wait for something, in the order in which
 * their time is over.
 *
 * All in one queue are given the same time, so that the oldest is the first
 * to run out. One that is done before leaves a gap, which the queue forgets
 * when it has become the oldest. Not there in the children of a fork.
 */
#ifndef SCREEN_WAITING_H
#define SCREEN_WAITING_H

#include "net/peer.h"

struct waiter {
	int fd;		  /* what is waited for; -1: done */
	int64_t deadline; /* monotonic */
	uint32_t network; /* where the client is counted (crowd.h) */
	int client;	  /* the client's descriptor, when FD is another */
	struct peer peer;
};

struct waiting {
	struct waiter *slot;
	uint32_t count;	      /* a power of two */
	uint32_t first, next; /* they only grow */
};

/* A queue for COUNT, a power of two. 0 or negative errno. */
int waiting_open(struct waiting *w, uint32_t count);
void waiting_close(struct waiting *w);

bool waiting_full(const struct waiting *w);

/* Let WAITER wait, for whom there is room. Its number, for waiting_at. */
uint32_t waiting_add(struct waiting *w, const struct waiter *waiter);

struct waiter *waiting_at(const struct waiting *w, uint32_t number);

/* The oldest that is not done; NULL when nobody waits. */
struct waiter *waiting_first(struct waiting *w);

#endif
