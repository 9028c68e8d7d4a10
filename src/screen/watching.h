/*
 * watching.h - a session with the real smtpd that goes through us line by
 * line, until the tests behind the greeting have judged the client
 * (deep_protocol_tests = inline).
 *
 * What the smtpd says reaches the client reply by reply, what the client says
 * reaches the smtpd line by line, just as it was sent. Whatever makes no sense
 * to us ends the watching, not the session.
 */
#ifndef SCREEN_WATCHING_H
#define SCREEN_WATCHING_H

#include "screen/delaying.h"
#include "screen/session.h"

struct watching {
	struct session *session; /* session_start() has been called */
	int smtpd;		 /* a socket of our own, non-blocking */
	struct span greeting;	 /* what it has said so far */
	int64_t patience; /* longest silence of the smtpd, microseconds */
	struct delaying *delaying; /* NULL: no recipient has to wait */
};

enum watching_end {
	WATCHING_RELAY,	   /* bytes have to be carried, and nothing else */
	WATCHING_REFUSED,  /* the session has been ended, by the engine or us */
	WATCHING_HANGUP,   /* the client has ended it */
	WATCHING_NO_SMTPD, /* it has not said a word */
};

/*
 * Watch. With WATCHING_RELAY the client must still hear what is added to
 * UNSAID; all that it has said so far is with the smtpd.
 */
enum watching_end watching_run(const struct watching *w, struct sbuf *unsaid);

#endif
