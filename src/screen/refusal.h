/*
 * refusal.h - what a refused client is told.
 */
#ifndef SCREEN_REFUSAL_H
#define SCREEN_REFUSAL_H

#include "net/address.h"
#include "screen/verdict.h"

/*
 * Add the reply for FAILURE, without CRLF, in postscreen's words. CODE is
 * "521" or "550", or "421" or "450" where another time may end otherwise;
 * FAILURE_NONE has a code of its own, for clients that only have to come back.
 * LIST is the name of the DNS list credited.
 */
void refusal_format(enum failure failure, const char *code,
		    const struct address *client, const char *list,
		    struct sbuf *to);

#endif
