/*
 * pass.h - give the client to a Postfix smtpd: its descriptor and who it is,
 * through the UNIX socket of a service of type "pass" (master(5)).
 *
 * That smtpd believes what it is told and never asks the descriptor. Told
 * nothing, it asks, and takes whoever has no IP address for itself: so all
 * four attributes are always sent.
 */
#ifndef SCREEN_PASS_H
#define SCREEN_PASS_H

#include "base/sbuf.h"
#include "net/peer.h"

#include <sys/un.h>

/* Room for the attributes of one client. */
#define PASS_ATTRIBUTES 256

/* Where the service listens. */
struct pass {
	struct sockaddr_un socket;
};

/*
 * PATH, in FOLDER unless it is absolute. False when it is empty or longer
 * than a socket's name can be.
 */
bool pass_parse(struct span path, struct span folder, struct pass *ret);

/* What Postfix's attr_scan0(3) reads, all but the last NUL, which ends it. */
void pass_attributes(const struct peer *peer, struct sbuf *to);

enum pass_result {
	PASS_TAKEN,    /* an smtpd has it */
	PASS_QUEUED,   /* sent, but no smtpd has taken it by the deadline */
	PASS_NOT_OPEN, /* nobody to give it to; *RET_ERROR tells */
	PASS_NOT_SENT, /* it was lost on the way; *RET_ERROR tells */
};

/*
 * Give FD, a stream socket with PEER at the other end, and wait until an
 * smtpd has taken it. A full backlog (-EAGAIN) is waited for, all until
 * DEADLINE. FD stays open here. *RET_ERROR is a negative errno.
 */
enum pass_result pass_give(const struct pass *pass, int fd,
			   const struct peer *peer, int64_t deadline,
			   int *ret_error);

/*
 * Without waiting: give FD away now. A descriptor that becomes readable, or
 * ends, when pass_heard() has something to say; or negative errno, -EAGAIN
 * when the backlog is full.
 */
int pass_start(const struct pass *pass, int fd, const struct peer *peer);

/*
 * What became of it: PASS_TAKEN, or PASS_NOT_SENT with *RET_ERROR, or
 * PASS_QUEUED as long as there is nothing to say. SERVICE stays open.
 */
enum pass_result pass_heard(int service, int *ret_error);

#endif
