/*
 * resolvers.h - which DNS servers are asked, and how patiently.
 *
 * From dns_servers ("192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353",
 * tried in turn), or from the nameserver lines and the timeout and attempts
 * options of resolv.conf(5); without either 127.0.0.1, as resolv.conf(5) says.
 *
 * The next server is tried after 1.5 seconds (sooner when resolv.conf says
 * timeout:1), so that within the default greet_wait of 6 seconds a dead one
 * costs a quarter. In all we are as patient as the resolver of libc with the
 * same settings: a slow server is only asked more often.
 */
#ifndef SCREEN_RESOLVERS_H
#define SCREEN_RESOLVERS_H

#include "conf/report.h"
#include "net/address.h"

#define RESOLVERS_MAX 8

/* The port of a server when none is written. */
#define RESOLVERS_PORT 53

struct resolvers {
	struct endpoint server[RESOLVERS_MAX];
	size_t count;
	int64_t retry;	 /* microseconds before the next server is tried */
	unsigned rounds; /* how often each server is tried */
};

/* Parse the text of dns_servers; mistakes go to REPORT at WHERE. False when
 * there was one. An empty TEXT is no mistake and leaves *RET alone. */
bool resolvers_parse(const char *text, struct report *report,
		     const struct origin *where, struct resolvers *ret);

/* Read FILE ("/etc/resolv.conf"). It cannot fail: what cannot be read or
 * understood is as if it were not there. The first three nameservers count,
 * as in libc; a link-local address with its zone is passed over. */
void resolvers_read(const char *file, struct resolvers *ret);

#endif
