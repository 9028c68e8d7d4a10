/*
 * policy_door.h - the sockets that policy requests come to.
 */
#ifndef SCREEN_POLICY_DOOR_H
#define SCREEN_POLICY_DOOR_H

#include "base/sbuf.h"
#include "greylist/grey_options.h"

#define POLICY_DOORS 8

struct policy_doors {
	int fd[POLICY_DOORS]; /* listening, not blocking */
	unsigned count;
};

/*
 * Take what a service manager or inetd ("wait") hands over, else listen where
 * the options say; as in Postgrey --inet beats --unix. False with WHY. None
 * at all is no error here.
 */
bool policy_doors_open(struct policy_doors *d, const struct grey_options *o,
		       struct sbuf *why);

#endif
