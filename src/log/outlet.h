/*
 * outlet.h - the ways out of this process for a line: a datagram socket, or
 * standard error.
 *
 * None of them blocks. When a reader is slow, waiting is taken out of
 * *PATIENCE, in microseconds; when that is used up, the line is lost.
 */
#ifndef SCREEN_OUTLET_H
#define SCREEN_OUTLET_H

#include "base/span.h"

#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

enum outlet_result {
	OUTLET_SENT,
	OUTLET_FULL, /* somebody is there, but does not read */
	OUTLET_AWAY, /* nobody is there */
};

/* A datagram socket of a log daemon. */
struct outlet {
	int fd; /* -1 while closed */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* An outlet to PATH, closed. False when PATH is too long or not absolute. */
bool outlet_init(struct outlet *o, struct span path);

/* Connect if it is closed. 0, or negative errno. */
int outlet_open(struct outlet *o);
void outlet_close(struct outlet *o);

/*
 * Send one datagram, connecting first if need be. A daemon that was started
 * anew is found again, with one attempt; that opens no new descriptor.
 */
enum outlet_result outlet_send(struct outlet *o, struct span bytes,
			       int64_t *patience);

/* How many may be sent together. */
#define OUTLET_DATAGRAMS 64

/* Send COUNT of them, in as few calls as it takes. *RET_SENT were sent, the
 * result is that of the one behind these. */
enum outlet_result outlet_send_all(struct outlet *o,
				   const struct span *datagrams, unsigned count,
				   int64_t *patience, unsigned *ret_sent);

/*
 * Write lines, each with its line feed, of at most PIPE_BUF bytes together to
 * descriptor FD, standard error, which is of this TYPE (st_mode). LINES is what
 * was not written then. *TORN says that the line before was cut short, so that
 * these begin with a line feed.
 */
enum outlet_result outlet_write(int fd, mode_t type, struct span *lines,
				bool *torn, int64_t *patience);

#endif
