/*
 * cidr.h - a network: an address and how many of its bits count.
 *
 * IPv4 and IPv6 never match each other (Postfix cidr_table(5) does the same).
 */
#ifndef SCREEN_CIDR_H
#define SCREEN_CIDR_H

#include "net/address.h"

struct cidr {
	struct address net; /* nothing set behind the prefix */
	unsigned prefix;
};

enum cidr_error {
	CIDR_OK,
	CIDR_BAD_ADDRESS,
	CIDR_BAD_PREFIX, /* no number, or longer than the address */
	CIDR_HOST_BITS,	 /* bits set behind the prefix; RET is masked */
};

/*
 * ADDR or ADDR/PREFIX, where "[ADDR]", "[ADDR/PREFIX]" and "[ADDR]/PREFIX"
 * are the same. With CIDR_HOST_BITS *RET is the network that was probably
 * meant; with other errors it is left alone.
 */
enum cidr_error cidr_parse(struct span text, struct cidr *ret);

bool cidr_contains(const struct cidr *net, const struct address *who);

/* "192.0.2.0/24"; the prefix of a single address is written too. */
void cidr_format(const struct cidr *net, struct sbuf *to);

#endif
