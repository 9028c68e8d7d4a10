/*
 * relay.h - between a client that speaks TLS and an engine that does not.
 *
 * Two buffers of fixed size; who does not read is not read from. Each side
 * may end its half of the conversation and go on listening. Nothing waits
 * beyond a deadline, and a client that sends without saying anything is
 * given up.
 */
#ifndef SCREEN_RELAY_H
#define SCREEN_RELAY_H

#include "net/stream.h"
#include "tls/crypt.h"

enum relay_end {
	RELAY_DONE,	/* the engine has ended the session */
	RELAY_LEFT,	/* the client went away without a word */
	RELAY_FAILED,	/* it spoke no TLS, or broke it: crypt_problem */
	RELAY_TIMEOUT,	/* the deadline has come */
	RELAY_TALKATIVE /* many bytes, and no plain text in them */
};

/*
 * Shake hands with CLIENT by DEADLINE, as long as ENGINE waits for it.
 * RELAY_DONE: it can begin.
 */
enum relay_end relay_handshake(struct crypt *crypt, const struct stream *client,
			       int engine, int64_t deadline);

/*
 * Carry what CLIENT says to the socket ENGINE, and back, until the engine
 * closes or END has come. Then the client is told so, and the rest of what
 * the engine has said arrives if the client takes it.
 */
enum relay_end relay_run(struct crypt *crypt, const struct stream *client,
			 int engine, int64_t end);

#endif
