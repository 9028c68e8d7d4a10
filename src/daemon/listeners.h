/*
 * listeners.h - the sockets that clients come to.
 */
#ifndef SCREEN_LISTENERS_H
#define SCREEN_LISTENERS_H

#include "base/sbuf.h"

/* More addresses than anybody has needed. */
#define LISTENERS_MAX 64

/* FileDescriptorName= of a socket behind which a proxy speaks for clients. */
#define LISTENERS_PROXY "proxy"

struct listener {
	int fd; /* does not block */
	bool proxied;
};

struct listeners {
	struct listener one[LISTENERS_MAX];
	unsigned count;
};

/*
 * Take what a service manager has opened (net/handed_over.h). False when it
 * is not what we can listen on; WHY tells.
 */
bool listeners_take(struct listeners *l, struct sbuf *why);

/*
 * Open TEXT: ADDR:PORT, or NAME=ADDR:PORT with a name as above. An IPv6
 * address is for IPv6 alone. False when that cannot be done; WHY tells.
 */
bool listeners_open(struct listeners *l, const char *text, struct sbuf *why);

/* "[ADDR]:PORT" of each, separated by commas. */
void listeners_describe(const struct listeners *l, struct sbuf *to);

#endif
