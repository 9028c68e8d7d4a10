/*
 * sandbox.h - locking this process in, for the rest of its life.
 *
 * From then on a session has the descriptors that are open, and memory: no
 * file, no new socket, no other program or process, no signal to anybody. Two
 * nets of different make: seccomp filters (make_filters.c has the rules), which
 * forbid system calls, and Landlock, which forbids what they would reach.
 *
 * Nothing of it can be undone. What must be started later is started before,
 * and waits: tls/helper.
 */
#ifndef SCREEN_SANDBOX_H
#define SCREEN_SANDBOX_H

#include "base/sbuf.h"

#include <stdbool.h>

enum sandbox_role {
	SANDBOX_SESSION, /* of smtp-screen: who talks with a client */
	SANDBOX_TLS,	 /* of smtp-screen-tls, which needs less */
	/* smtp-screen-greylist, which opens files again and has children: it
	 * becomes no other program, looks into no other process, signals
	 * nobody, and has no memory that can be written and run */
	SANDBOX_SERVICE,
};

/* What the kernel did, or would not do: 0 or negative errno. */
struct sandbox_state {
	int seccomp, landlock;
};

/*
 * Does it look as if the kernel had both? Costs two system calls, and may be
 * wrong where somebody forbids us to use them.
 */
bool sandbox_offered(void);

/*
 * Lock this process in as far as it goes. True when both nets hold. *RET may
 * be NULL. In a build with AddressSanitizer, whose runtime needs what is
 * forbidden, nothing is done, and that counts as both.
 */
bool sandbox_enter(enum sandbox_role role, struct sandbox_state *ret);

/*
 * Could it be done? Finds out in a child of its own. False with *RET.
 */
bool sandbox_try(enum sandbox_role role, struct sandbox_state *ret);

/* Add what is missing, "no seccomp filters (...), no Landlock (...)". */
void sandbox_describe(const struct sandbox_state *state, struct sbuf *to);

#endif
