/*
 * upstream.h - a proxy in front of us, which says in a PROXY header whom it
 * speaks for (upstream_proxy_protocol).
 *
 * A port with a proxy in front serves no direct clients. Nobody outside
 * upstream_proxy_networks is listened to, and a header that names nobody
 * leads to no smtpd: that would take the proxy for its client, and the proxy
 * is often one of its own networks.
 */
#ifndef SCREEN_UPSTREAM_H
#define SCREEN_UPSTREAM_H

#include "conf/conf.h"
#include "net/peer.h"

/* Must a PROXY header come first? Not in a trial by hand. */
bool upstream_expected(const struct conf *conf, const struct peer *peer);

enum upstream {
	UPSTREAM_CLIENT,	/* PEER is the client that the header names */
	UPSTREAM_CHECK,		/* the proxy asks whether we are there */
	UPSTREAM_REFUSED,	/* told, and logged */
	UPSTREAM_MISCONFIGURED, /* REPORT says why; nothing was said */
};

/*
 * Take the header, and not a byte more, off the stream of PEER, who is the
 * proxy so far. For UPSTREAM_CLIENT the client and server endpoints become
 * those of the header.
 */
enum upstream upstream_meet(const struct conf *conf, struct arena *arena,
			    struct report *report, struct peer *peer);

#endif
