/*
 * goodbyes.h - clients that have been refused and are to hear it.
 *
 * Closing over what a client says would reset the connection and lose the
 * reply; so it is told that we are done, and its socket waits until it has
 * closed, for a while, while others are served.
 */
#ifndef SCREEN_GOODBYES_H
#define SCREEN_GOODBYES_H

#include "base/span.h"
#include "daemon/waiting.h"

struct goodbyes {
	struct waiting queue;
};

/* 0 or negative errno. */
int goodbyes_open(struct goodbyes *g);

/*
 * Say REPLY to the client on descriptor FD, without waiting. True when FD is
 * ours from now on and is to be watched for *RET_NUMBER; false when there is
 * nothing to wait for, and it may be closed.
 */
bool goodbyes_say(struct goodbyes *g, int fd, struct span reply,
		  uint32_t *ret_number);

/* The client with that number has said something, or left. */
void goodbyes_hear(struct goodbyes *g, uint32_t number);

/* Leave those whose time is over at NOW; when it is the next one's. */
void goodbyes_expire(struct goodbyes *g, int64_t now);
int64_t goodbyes_deadline(struct goodbyes *g);

#endif
