/*
 * launch.h - give the client to an smtpd by exec.
 *
 * The smtpd inherits what a super-server would have given it: the client's
 * own socket as descriptors 0 and 1, blocking, not a byte taken; a descriptor
 * 2 that is not the client; no other descriptor, timer, blocked or ignored
 * signal of ours; the UCSPI variables.
 */
#ifndef SCREEN_LAUNCH_H
#define SCREEN_LAUNCH_H

#include "conf/conf.h"
#include "net/peer.h"

struct launch {
	char *const *argv; /* the smtpd; argv[0] is looked up in PATH */
};

/*
 * What to exec: COMMAND (argv behind the options; may be empty), else what
 * CONF's handoff, "exec" or "exec:COMMAND", names. Whether the smtpd would
 * learn the true client address from PEER is checked here, before anything is
 * said to the client: an MTA that cannot see the client takes it for a local
 * one and relays for it. Mistakes go to REPORT; warnings for a trial by hand
 * too. PEER is NULL for
 * --check-config, which knows no client: then no command at all is a note
 * (super-servers give it in argv), and a command that cannot be executed an
 * error. True when there is something to exec and nothing was wrong.
 */
bool launch_prepare(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct launch *ret);

/*
 * Become the smtpd. Returns only when that failed, with a negative errno:
 * all descriptors are still open, but 0 and 1 blocking, 2 no longer the
 * client, and SIGPIPE is ignored.
 */
int launch_exec(const struct launch *launch, const struct peer *peer);

#endif
