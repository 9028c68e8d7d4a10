/*
 * conduit.h - a pipe through which bytes go from one socket to another
 * without leaving the kernel, by splice(2).
 *
 * It begins as small as any pipe, and grows for who has much to say: what all
 * pipes of a user may hold is bounded (fs.pipe-user-pages-soft in pipe(7)),
 * and an idle session should take no more of that than it needs.
 */
#ifndef SCREEN_CONDUIT_H
#define SCREEN_CONDUIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conduit {
	int ends[2]; /* -1: closed */
	size_t held; /* bytes in it */
	size_t size, size_limit;
};

/* Open it; where no pipe is to be had it stays closed. */
void conduit_open(struct conduit *c);

bool conduit_is_open(const struct conduit *c);

void conduit_close(struct conduit *c);

/*
 * Take what has arrived at FROM. The number of bytes, 0 at the end, or
 * negative errno: -EAGAIN when it is nothing or there is no room, -EINVAL or
 * -ENOSYS when FROM is of no kind that can be spliced. Only a pipe, or a
 * socket that poll(2) calls readable, waits for nobody.
 */
ssize_t conduit_fill(struct conduit *c, int from);

/* Give up to MOST bytes to TO. The number of bytes, or negative errno. */
ssize_t conduit_drain(struct conduit *c, int to, size_t most);

/*
 * Take all that it holds out, to be looked at; TO has room for it. The number
 * of bytes, or negative errno.
 */
ssize_t conduit_empty(struct conduit *c, char *to, size_t size);

#endif
