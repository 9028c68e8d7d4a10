/*
 * proxy_format.h - the PROXY header by which we tell an smtpd who its client
 * is (the specification: haproxy's proxy-protocol.txt).
 *
 * Only what every reader takes: addresses in the clear and nothing added. Not
 * UNKNOWN and not UNSPEC, which stand for "look at my own address": an smtpd
 * that trusts us would relay for such a client.
 */
#ifndef SCREEN_PROXY_FORMAT_H
#define SCREEN_PROXY_FORMAT_H

#include "base/sbuf.h"
#include "net/address.h"

enum proxy_version {
	PROXY_NONE,
	PROXY_V1,
	PROXY_V2,
};

/* Room for a header of either version. */
#define PROXY_HEADER 128

/*
 * Add the header of VERSION to TO. A SERVER of another family than CLIENT's
 * is named as the unspecified address of that family: both must be of one.
 */
void proxy_format(enum proxy_version version, const struct endpoint *client,
		  const struct endpoint *server, struct sbuf *to);

#endif
