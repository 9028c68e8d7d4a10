/*
 * proxy_header.h - the PROXY protocol, versions 1 and 2: whom a proxy names as
 * the client that it speaks for (haproxy's proxy-protocol.txt).
 *
 * Pure: bytes are looked at, none are taken, and what stands behind the header
 * is the client's.
 */
#ifndef SCREEN_PROXY_HEADER_H
#define SCREEN_PROXY_HEADER_H

#include "net/address.h"

/* The longest header that is taken, TLVs included (Postfix: the same). */
#define PROXY_HEADER_MAX 536

enum proxy_header_status {
	PROXY_HEADER_CLIENT, /* client and server are named */
	PROXY_HEADER_NOBODY, /* LOCAL or UNKNOWN: the proxy itself is there */
	PROXY_HEADER_PART,   /* right so far, and more must come */
	PROXY_HEADER_WRONG,
};

struct proxy_header {
	size_t len;		/* where the client's own bytes begin */
	struct endpoint client; /* ::ffff:a.b.c.d is IPv4 here */
	struct endpoint server; /* what the client connected to */
};

/*
 * Read the header at the start of BYTES. *RET is written for
 * PROXY_HEADER_CLIENT, and its len for PROXY_HEADER_NOBODY. *RET_WHY, in
 * postscreen's words, is written for the others: what is wrong, or what is
 * missing if nothing more comes.
 */
enum proxy_header_status proxy_header_parse(struct span bytes,
					    struct proxy_header *ret,
					    const char **ret_why);

#endif
