/*
 * peer.h - who is calling, and how we know.
 *
 * A TCP socket tells itself (systemd StandardInput=socket or LISTEN_FDS,
 * inetd, xinetd, tcpserver, tcpsvd). Anything else needs --client, or the
 * environment of a super-server: TCPREMOTEIP or REMOTE_ADDR.
 */
#ifndef SCREEN_PEER_H
#define SCREEN_PEER_H

#include "base/sbuf.h"
#include "net/address.h"
#include "net/stream.h"

enum peer_source {
	PEER_FROM_SOCKET,
	PEER_FROM_OPTION,      /* --client */
	PEER_FROM_ENVIRONMENT, /* TCPREMOTEIP, REMOTE_ADDR */
	PEER_FROM_PROXY,       /* a PROXY header */
};

struct peer {
	struct stream stream; /* always descriptors 0 and 1 */
	struct endpoint client;
	struct endpoint server;
	enum peer_source source;
};

enum peer_status {
	PEER_OK,
	PEER_GONE,   /* the client hung up before we could ask: no fault */
	PEER_USAGE,  /* started in a way that cannot work */
	PEER_FAILED, /* the system would not tell */
};

/*
 * Find out who is calling. CLIENT and SERVER are the options' texts, or NULL.
 * When LISTEN_FDS hands us a connection it becomes descriptors 0 and 1, and
 * LISTEN_* leave the environment. Unless PEER_OK, WHY says what is wrong and
 * what to do, and *RET is not written. ::ffff:a.b.c.d becomes IPv4.
 */
enum peer_status peer_identify(const char *client, const char *server,
			       struct peer *ret, struct sbuf *why);

#endif
