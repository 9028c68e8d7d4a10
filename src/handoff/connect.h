/*
 * connect.h - reach an smtpd over TCP, and tell it who the client is.
 *
 * An smtpd that does not read PROXY headers takes ours for a command of a
 * client at our own address, refuses it, and then relays for whoever comes
 * behind it, if it trusts that address. So the client gets to it only when
 * the smtpd has proved that it has understood: after its greeting we say NOOP
 * ourselves, and the one reply to that must be the next thing heard.
 */
#ifndef SCREEN_CONNECT_H
#define SCREEN_CONNECT_H

#include "net/peer.h"
#include "net/proxy_format.h"

/* The longest greeting; longer than any reply that RFC 5321 allows a line. */
#define CONNECT_GREETING 2048

struct connect {
	struct endpoint server;
	enum proxy_version proxy;
};

/*
 * "HOST:PORT proxy=v1|v2|none". HOST is an address, or "localhost" for
 * 127.0.0.1: names are not looked up, for that may take longer than anybody
 * waits for. False with what was expected in *RET_WANTED.
 */
bool connect_parse(struct span text, struct connect *ret,
		   const char **ret_wanted);

/* Does SERVER mean this very host, as far as its routes tell? */
bool connect_is_here(const struct endpoint *server);

enum connect_result {
	CONNECT_READY,	  /* *RET is an smtpd that waits for the client */
	CONNECT_GONE,	  /* the client has left meanwhile */
	CONNECT_NO_ROOM,  /* we have no descriptor or memory for it */
	CONNECT_NOT_OPEN, /* nobody answered */
	CONNECT_NO_SMTPD, /* who answered did not greet, or in no way of SMTP */
	CONNECT_DEAF,	  /* it does not understand the PROXY header */
};

struct connected {
	int fd; /* non-blocking; the caller closes it */
	/* what the smtpd said, unaltered: a whole reply of any code */
	char greeting[CONNECT_GREETING];
	size_t greeting_len;
};

struct connect_limits {
	int64_t open;  /* by when there must be a connection (monotonic) */
	int64_t greet; /* by when the smtpd must have greeted */
};

/*
 * Connect for PEER. Of its bytes none is taken: clients that talk early have
 * to wait until the smtpd is ready. Unless CONNECT_READY or CONNECT_GONE, WHY
 * says what went wrong.
 */
enum connect_result connect_reach(const struct connect *to,
				  const struct peer *peer,
				  const struct connect_limits *limits,
				  struct connected *ret, struct sbuf *why);

/*
 * Would the smtpd take a client? As one from this very host, who says QUIT.
 * SAID has its greeting, or what went wrong.
 */
enum connect_result connect_probe(const struct connect *to,
				  const struct connect_limits *limits,
				  struct sbuf *said);

#endif
