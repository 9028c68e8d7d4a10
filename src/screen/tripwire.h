/*
 * tripwire.h - notice that a DNS list has suddenly begun to list good clients.
 *
 * A list that closes by listing everybody can leave its test points alone. So
 * clients that were good for long bear witness: when some of several networks
 * are newly listed at once, and these are half of all such clients, it is the
 * list that has changed.
 */
#ifndef SCREEN_TRIPWIRE_H
#define SCREEN_TRIPWIRE_H

#include "cache/stamps.h"
#include "net/address.h"
#include "state/sightings.h"

struct lists;

/* Is a client with these stamps at NOW a witness: known for more than 30
 * days, tested in that time, never found listed enough to be refused? */
bool tripwire_knows(const struct stamps *s, int64_t now);

/* Is it the list, and not the clients? */
bool tripwire_trips(const struct sightings *seen);

/*
 * The lists were asked about WHO. If it is a witness, count it, and for
 * each list that trips: warn once an hour, have it probed, and with
 * dnsbl_tripwire = mute mute it for an hour, from this client on. NOW is wall
 * time.
 */
void tripwire_watch(struct lists *l, const struct address *who, int64_t now);

#endif
