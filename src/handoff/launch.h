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

#include <sys/resource.h>

/*
 * Become the smtpd. Returns only when that failed, with a negative errno:
 * all descriptors are still open, but 0 and 1 blocking, 2 no longer the
 * client, and SIGPIPE is ignored.
 */
int launch_exec(const struct program *program, const struct peer *peer);

/*
 * Start the smtpd beside us, with FD in the place of 0 and 1 and, unless FILES
 * is NULL, that limit on open files. Its number; 0 when it did not start, with
 * a negative errno in *RET_ERROR; or a negative errno when there can be no more
 * processes. What is FD's stays open here.
 *
 * The child has our memory until its exec, and we wait for that: nothing is
 * copied, and we hear how it ended. Only for who has no other thread.
 */
pid_t launch_beside(const struct program *program, const struct peer *peer,
		    int fd, const struct rlimit *files, int *ret_error);

/*
 * The same, with the other end of a socket pair in the client's place: ours,
 * non-blocking, is *RET_FD. 0, or negative errno when it could not be started.
 */
int launch_child(const struct program *program, const struct peer *peer,
		 int *ret_fd);

#endif
