/*
 * children.h - the processes that we have started, by their number.
 *
 * A table of a fixed size, which is not there in the children themselves.
 */
#ifndef SCREEN_CHILDREN_H
#define SCREEN_CHILDREN_H

#include "net/address.h"

#include <sys/types.h>

struct child {
	pid_t pid;		/* 0: nobody */
	bool in_transit;	/* its client is on the way to the smtpd */
	uint32_t network;	/* where the client is counted (crowd.h) */
	int64_t deadline;	/* of the tests (monotonic) */
	struct endpoint client; /* or the proxy that speaks for it */
};

struct children {
	struct child *slot;
	uint32_t count; /* a power of two */
	uint32_t used;
	int64_t first_deadline; /* nobody's is sooner */
};

/* Room for COUNT children, a power of two; half of it is used at most. 0 or
 * negative errno. */
int children_open(struct children *c, uint32_t count);
void children_close(struct children *c);

/* Is there no room for one more? */
bool children_full(const struct children *c);

/* Remember CHILD, for whom there is room. */
void children_add(struct children *c, const struct child *child);

/* The child with number PID, until the table changes; or NULL. */
struct child *children_find(const struct children *c, pid_t pid);

/* Forget the child that was found. */
void children_remove(struct children *c, struct child *child);

/* Tell the log if its STATUS (waitpid(2)) says that CHILD was killed. */
void child_log_end(const struct child *child, int status);

/* Kill those whose deadline is over at NOW, and tell the log. */
void children_end_hanging(struct children *c, int64_t now);

#endif
