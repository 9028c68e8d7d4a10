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

/*
 * Write one line, with its line feed, of at most PIPE_BUF bytes to descriptor
 * FD, standard error. *TORN says that the line before was cut short, so that
 * this one begins with a line feed.
 */
enum outlet_result outlet_write(int fd, struct span line, bool *torn,
				int64_t *patience);

#endif
