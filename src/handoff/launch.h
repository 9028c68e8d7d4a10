/*
 * launch.h - give the client to an smtpd by exec.
 *
 * The smtpd inherits what a super-server would have given it: the client's
 * own socket as descriptors 0 and 1, blocking, not a byte taken; a descriptor
 * 2 that is not the client; no other descriptor, timer or blocked signal; no
 * ignored one but for real-time signals that whoever started us ignores; the
 * UCSPI variables.
 */
#ifndef SCREEN_LAUNCH_H
#define SCREEN_LAUNCH_H

#include "handoff/program.h"

/*
 * Become the smtpd. Returns only when that failed, with a negative errno:
 * all descriptors are still open, but 0 and 1 blocking, 2 no longer the
 * client, and SIGPIPE is ignored.
 */
int launch_exec(const struct program *program, const struct peer *peer);

/*
 * The same in a child, with the other end of a socket pair in the client's
 * place: ours, non-blocking, is *RET_FD. 0, or negative errno when it could
 * not be started.
 */
int launch_child(const struct program *program, const struct peer *peer,
		 int *ret_fd);

#endif
