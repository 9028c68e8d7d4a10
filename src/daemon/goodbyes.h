/*
 * goodbyes.h - clients that have been refused and are to hear it.
 *
 * Closing over what a client says would reset the connection and lose the
 * reply; so it is told that we are done, and its socket waits until it has
 * closed, for a while, while others are served.
 *
 * Nearly all have closed soon, and nothing is to be done then but to close
 * too. So each is looked at once, after a moment, and only who is still there
 * is watched.
 */
#ifndef SCREEN_GOODBYES_H
#define SCREEN_GOODBYES_H

#include "base/span.h"
#include "daemon/waiting.h"

struct goodbyes {
	struct waiting fresh;	/* to be looked at once */
	struct waiting watched; /* for these we are told when they say more */
	bool (*watch)(void *context, int fd, uint32_t number);
	void *context;
};

/* WATCH is to call goodbyes_hear with that number whenever the descriptor has
 * something to say; false when it cannot. 0 or negative errno. */
int goodbyes_open(struct goodbyes *g,
		  bool (*watch)(void *context, int fd, uint32_t number),
		  void *context);

/*
 * Say REPLY to the client on descriptor FD, without waiting. True when FD is
 * ours from now on; false when there is nothing to wait for, and it may be
 * closed.
 */
bool goodbyes_say(struct goodbyes *g, int fd, struct span reply);

/* The client with that number has said something, or left. */
void goodbyes_hear(struct goodbyes *g, uint32_t number);

/* Look at all now that have not been looked at: descriptors are scarce. */
void goodbyes_hurry(struct goodbyes *g);

/* Look at those whose moment is over at NOW, leave those whose time is; when
 * it is the next one's. */
void goodbyes_expire(struct goodbyes *g, int64_t now);
int64_t goodbyes_deadline(struct goodbyes *g);

#endif
