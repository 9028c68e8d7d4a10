/*
 * refusal.h - what a refused client is told.
 */
#ifndef SCREEN_REFUSAL_H
#define SCREEN_REFUSAL_H

#include "net/address.h"
#include "screen/verdict.h"

enum refusal {
	REFUSAL_AT_ONCE, /* 521: the session ends with it */
	REFUSAL_AT_RCPT, /* 550 */
};

/*
 * Add the reply for FAILURE, without CRLF, in postscreen's words. A failure
 * in doubt, for a list that might have spoken for the client could not be
 * asked, is our trouble and not the last word: 421 or 450. FAILURE_NONE is
 * for clients that only have to come back. LIST is the name of the DNS list
 * credited.
 */
void refusal_format(enum failure failure, enum refusal when,
		    const struct facts *facts, const struct address *client,
		    const char *list, struct sbuf *to);

#endif
