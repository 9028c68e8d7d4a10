/*
 * relay.h - carry bytes between a client and an smtpd, unaltered, until both
 * are done.
 *
 * From the client, where the mail comes from, by splice(2), which leaves the
 * bytes in the kernel. To the client, where only replies go, by reading and
 * writing: its descriptor blocks, for O_NONBLOCK is never set on one that we
 * were given, and nothing bounds a splice into that. What one side does not
 * take is not read from the other. The end of what one side says is passed
 * on, and the other may still speak. Only the end of a mail goes nowhere when
 * the client has hung up behind it: it did not wait to hear that it arrived.
 */
#ifndef SCREEN_RELAY_H
#define SCREEN_RELAY_H

#include "net/stream.h"

/* What the smtpd said that is not yet with the client. */
#define RELAY_BUFFER 16384

struct relay {
	struct stream client;
	int smtpd;	    /* a stream socket of our own, non-blocking */
	struct span unsaid; /* what the client hears before all else */
	int64_t idle_limit; /* longest time without a byte, microseconds */
};

enum relay_end {
	RELAY_DONE,	   /* both had their say */
	RELAY_CLIENT_LOST, /* the client's connection broke */
	RELAY_SMTPD_LOST,  /* the smtpd ended in the midst of a session */
	RELAY_IDLE,	   /* neither spoke for too long */
};

/*
 * A socket pair for a relay and an smtpd: PAIR[0] is ours and does not block,
 * PAIR[1] is the smtpd's. 0, or negative errno.
 */
int relay_pair(int pair[2]);

/*
 * Carry on until the end. The client is told that there will be no more, and
 * what was said to it arrives; the descriptors stay open. UNSAID is at most
 * RELAY_BUFFER long.
 */
enum relay_end relay_run(const struct relay *relay);

#endif
