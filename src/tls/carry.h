/*
 * carry.h - between a client that speaks TLS and an engine that does not.
 *
 * Two buffers of fixed size; who does not read is not read from. Each side
 * may end its half of the conversation and go on listening. Nothing waits
 * beyond a deadline, and a client that sends without saying anything is
 * given up.
 */
#ifndef SCREEN_CARRY_H
#define SCREEN_CARRY_H

#include "net/stream.h"
#include "tls/crypt.h"

enum carry_end {
	CARRY_DONE,	/* the engine has ended the session */
	CARRY_LEFT,	/* the client went away without a word */
	CARRY_FAILED,	/* it spoke no TLS, or broke it: crypt_problem */
	CARRY_TIMEOUT,	/* the deadline has come */
	CARRY_TALKATIVE /* many bytes, and no plain text in them */
};

/*
 * Shake hands with CLIENT by DEADLINE, as long as ENGINE waits for it.
 * CARRY_DONE: it can begin.
 */
enum carry_end carry_handshake(struct crypt *crypt, const struct stream *client,
			       int engine, int64_t deadline);

/*
 * Carry what CLIENT says to the socket ENGINE, and back, until the engine
 * closes or END has come. Then the client is told so, and the rest of what
 * the engine has said arrives if the client takes it.
 */
enum carry_end carry_run(struct crypt *crypt, const struct stream *client,
			 int engine, int64_t end);

#endif
