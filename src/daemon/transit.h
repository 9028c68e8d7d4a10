/*
 * transit.h - clients that a desk has given away itself, until an smtpd has
 * taken them.
 */
#ifndef SCREEN_TRANSIT_H
#define SCREEN_TRANSIT_H

#include "daemon/desk.h"

/*
 * Give the client that D looks at away, where that goes without waiting and
 * without a worker. True when it has gone; it is counted at NETWORK, and D
 * keeps its descriptor until transit_hear() or transit_expire().
 */
bool transit_begin(struct desk *d, uint32_t network);

/* The smtpd that was offered client NUMBER has something to say. */
void transit_hear(struct desk *d, uint32_t number);

/* When transit_expire has something to do, and do it. */
int64_t transit_deadline(struct desk *d);
void transit_expire(struct desk *d, int64_t now);

#endif
