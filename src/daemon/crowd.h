/*
 * crowd.h - how many connections each network has, and how many came from it
 * within a minute.
 *
 * A table of a fixed size, looked up under a secret key (base/siphash.h): who
 * chooses addresses cannot make them meet in one place. Networks that have no
 * connection, and whose minute is over, give way to others. It is not there
 * in the children of a fork, who have no use for it.
 */
#ifndef SCREEN_CROWD_H
#define SCREEN_CROWD_H

#include "base/siphash.h"
#include "net/address.h"

/* Not in the table. */
#define CROWD_NOWHERE UINT32_MAX

struct crowd {
	struct crowd_slot *slot;
	uint32_t count; /* a power of two */
	unsigned char key[SIPHASH_KEY];
};

/* A table for COUNT networks, a power of two. 0 or negative errno. */
int crowd_open(struct crowd *c, uint32_t count);
void crowd_close(struct crowd *c);

/* Whom to count, and what was counted. */
struct crowd_count {
	unsigned now;	      /* connections, this one included */
	unsigned this_minute; /* connections that came, this one included */
};

/*
 * A connection comes from NETWORK (masked), at NOW (monotonic). Where it is
 * counted, for crowd_leave; or CROWD_NOWHERE with counts of 1 when there is
 * no room: nobody is refused for that.
 */
uint32_t crowd_enter(struct crowd *c, const struct address *network,
		     int64_t now, struct crowd_count *ret);

/* It has ended. */
void crowd_leave(struct crowd *c, uint32_t where);

#endif
