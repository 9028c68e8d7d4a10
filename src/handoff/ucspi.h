/*
 * ucspi.h - the environment in which a super-server starts an smtpd:
 * PROTO, TCPREMOTEIP, TCPREMOTEPORT, TCPLOCALIP, TCPLOCALPORT.
 *
 * qmail-smtpd, mailfront and Courier believe these variables and never look
 * at the socket, so they must name the client that was screened.
 */
#ifndef SCREEN_UCSPI_H
#define SCREEN_UCSPI_H

#include "net/peer.h"

/*
 * Make the environment tell the truth about PEER. Variables that are right
 * stay, those that are missing are added. When some name another client, or
 * PEER's address came from --client or a PROXY header, all are replaced, and
 * what was said of the other client goes: names, ident, and RELAYCLIENT,
 * which would let this one relay. 0, or negative errno.
 */
int ucspi_export(const struct peer *peer);

#endif
