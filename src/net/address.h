/*
 * address.h - an IP address, with or without a port.
 *
 * IPv4 and IPv6 stay apart, as in Postfix; only address_unmap joins
 * ::ffff:a.b.c.d to IPv4, and whoever learns a client's address calls it.
 */
#ifndef SCREEN_ADDRESS_H
#define SCREEN_ADDRESS_H

#include "base/sbuf.h"

#include <stdint.h>

struct sockaddr_storage;

/* Room for an address as text, brackets and NUL not counted. */
#define ADDRESS_TEXT 46

enum address_family {
	ADDRESS_NONE,
	ADDRESS_IPV4,
	ADDRESS_IPV6,
};

struct address {
	enum address_family family;
	unsigned char bytes[16]; /* network order; IPv4 uses the first 4 */
};

struct endpoint {
	struct address address;
	uint16_t port;
};

/* How many bits an address of this family has: 32, 128, or 0 for none. */
unsigned address_bits(const struct address *a);

/* "192.0.2.1" or "2001:db8::1": no brackets, zone, prefix or white space. */
bool address_parse(struct span text, struct address *ret);

/* The canonical text (RFC 5952), lower case and without brackets. */
void address_format(const struct address *a, struct sbuf *to);

/* ::ffff:192.0.2.1 becomes 192.0.2.1; others stay as they are. */
void address_unmap(struct address *a);

/* 127.0.0.0/8 or ::1: the machine itself, whichever that is. */
bool address_is_loopback(const struct address *a);

/* Clear what lies behind the first PREFIX bits. */
void address_mask(struct address *a, unsigned prefix);

bool address_equal(const struct address *a, const struct address *b);

/*
 * What getpeername or getsockname said, unmapped. False when it is neither
 * IPv4 nor IPv6.
 */
bool endpoint_from_sockaddr(const struct sockaddr_storage *from,
			    struct endpoint *ret);

/* What connect(2) wants, for an address of a family; how long it is. */
unsigned endpoint_to_sockaddr(const struct endpoint *e,
			      struct sockaddr_storage *ret);

/*
 * "192.0.2.1", "192.0.2.1:25", "[2001:db8::1]:25", "[2001:db8::1]" or
 * "2001:db8::1", unmapped. *RET_HAS_PORT tells whether a port was written;
 * without one it is 0.
 */
bool endpoint_parse(struct span text, struct endpoint *ret, bool *ret_has_port);

/* "[ADDR]:PORT", as every log line names it. */
void endpoint_format(const struct endpoint *e, struct sbuf *to);

#endif
