/*
 * transit.h - clients that a desk has given away itself, until an smtpd has
 * taken them.
 *
 * That it has is looked for whenever the desk is awake for something else, and
 * a millisecond later at the latest: to be woken for each costs as much as all
 * else that a known client does. Who needs longer is looked for less often.
 */
#ifndef SCREEN_TRANSIT_H
#define SCREEN_TRANSIT_H

#include "daemon/desk.h"

/*
 * Give the client that D looks at away, where that goes without waiting and
 * without a worker. True when it has gone; it is counted at NETWORK, and D
 * keeps its descriptor until an smtpd has it, or its time is over.
 */
bool transit_begin(struct desk *d, uint32_t network);

/* Let those go that an smtpd has by now, and those whose time is over. */
void transit_look(struct desk *d, int64_t now);

/* When that is due, CLOCK_NEVER when nobody is on the way. */
int64_t transit_deadline(struct desk *d);

#endif
