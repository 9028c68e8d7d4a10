/*
 * dnsbl_filter.h - which answers of a DNS list count: 127.0.[0;1].[2..4].
 *
 * Four fields, each an octet or a group [OCTET;FIRST..LAST;...], the whole
 * in brackets or not. The grammar and the words of its errors are
 * postscreen's (postconf(5), postscreen_dnsbl_sites).
 */
#ifndef SCREEN_DNSBL_FILTER_H
#define SCREEN_DNSBL_FILTER_H

#include "base/sbuf.h"

#include <stdint.h>

/* A set of octets, one bit each. */
struct octets {
	uint64_t bits[4];
};

struct dnsbl_filter {
	struct octets all[4];	/* what a field lets through */
	struct octets named[4]; /* without what only a range lets through */
};

/* Parse TEXT. When false, WHY says what is wrong, and where. */
bool dnsbl_filter_parse(struct span text, struct dnsbl_filter *ret,
			struct sbuf *why);

bool dnsbl_filter_matches(const struct dnsbl_filter *f,
			  const unsigned char address[4]);

/* The same, if every octet was written out and none is part of a range. */
bool dnsbl_filter_names(const struct dnsbl_filter *f,
			const unsigned char address[4]);

/* Is there an address that both let through; or that A names and B lets
 * through? */
bool dnsbl_filter_overlaps(const struct dnsbl_filter *a,
			   const struct dnsbl_filter *b);
bool dnsbl_filter_names_any(const struct dnsbl_filter *a,
			    const struct dnsbl_filter *b);

#endif
