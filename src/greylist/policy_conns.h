/*
 * policy_conns.h - the connections of a policy service: who is let in through
 * its doors, and who has to go.
 *
 * Postfix keeps connections open and idle. Where there is no place left, or no
 * descriptor, the one that has been idle the longest makes room; one that is in
 * the midst of a request does not.
 */
#ifndef SCREEN_POLICY_CONNS_H
#define SCREEN_POLICY_CONNS_H

#include "greylist/policy_conn.h"

/* Large, and most of it is never touched. */
struct policy_conns {
	struct policy_conn conn[POLICY_CONNECTIONS];
	unsigned used; /* places that ever were; those behind are untouched */
	unsigned most; /* that there may be */
	bool verbose;  /* log who comes and goes */
	int64_t shut_until;   /* monotonic: nobody is let in before */
	int64_t silent_until; /* it was said that nobody is let in */
};

/*
 * *ALL is zero. As many as the limit on descriptors lets there be beside OWN;
 * it is raised if it may be.
 */
void policy_conns_open(struct policy_conns *all, unsigned own, bool verbose);

/* A free place, or that of who has been idle the longest and was hung up on;
 * NULL: all are busy. */
struct policy_conn *policy_conns_place(struct policy_conns *all);

/* Let in whoever waits at DOOR, a socket that listens and does not block. */
void policy_conns_let_in(struct policy_conns *all, int door, int64_t now);

void policy_conns_hang_up(const struct policy_conns *all,
			  struct policy_conn *c);

#endif
