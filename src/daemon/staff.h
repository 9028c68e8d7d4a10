/*
 * staff.h - the workers of a desk: started, heard, and waited for.
 */
#ifndef SCREEN_STAFF_H
#define SCREEN_STAFF_H

#include "daemon/desk.h"
#include "handoff/give.h"

/*
 * Start the smtpd, by give_beside(), for the client that D looks at, counted at
 * NETWORK. Its number; 0 with *TROUBLE, or negative errno, which is logged,
 * when there is none, and nothing was said to the client.
 */
pid_t staff_launch(struct desk *d, uint32_t network,
		   struct give_trouble *trouble);

/*
 * Start a worker, W begun and end filled in, for the client that D looks at,
 * counted at NETWORK. False when there can be none, and nothing was said to
 * the client.
 */
bool staff_employ(struct desk *d, struct worker *w, uint32_t network,
		  bool in_transit);

/* Some have ended, or have said that their client goes to the smtpd. */
void staff_reap(struct desk *d);
void staff_hear(struct desk *d);

/* Now and then, at NOW: end those that hang. */
void staff_end_hanging(struct desk *d, int64_t now);

#endif
