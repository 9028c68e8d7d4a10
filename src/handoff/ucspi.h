/*
 * ucspi.h - the environment in which a super-server starts an smtpd:
 * PROTO, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP, TCPLOCALPORT.
 *
 * qmail-smtpd, mailfront and Courier believe these variables and never look
 * at the socket, so they must name the client that was screened.
 */
#ifndef SCREEN_UCSPI_H
#define SCREEN_UCSPI_H

#include "base/arena.h"
#include "net/peer.h"

/*
 * The environment FROM, made to tell the truth about PEER, for execve(2); in
 * ARENA, but the variables that were kept are FROM's own. Those that are right
 * stay, those that are missing are added. When some name another client, or
 * PEER's address came from --client or a PROXY header, all are replaced, and
 * what was said of the other client goes: names, ident, and RELAYCLIENT,
 * which would let this one relay. NULL when ARENA is full.
 */
char *const *ucspi_environment(char *const *from, const struct peer *peer,
			       struct arena *arena);

#endif
