/*
 * helper.h - a process that waits to fetch smtp-screen-tls.
 *
 * It is forked before the engine meets hostile bytes, so that the engine may
 * be locked in without new files, sockets or programs. It keeps nothing of
 * the connection open, sleeps until it is asked, and ends when nobody will.
 *
 * Asked, it connects to the service's socket. Where there is no such socket,
 * it becomes smtp-screen-tls itself: the program beside ours, with our
 * rights.
 */
#ifndef SCREEN_HELPER_H
#define SCREEN_HELPER_H

#include "base/sbuf.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HELPER_PROGRAM "smtp-screen-tls"

struct helper_setup {
	const char *service;		/* path of the socket; empty: never */
	const struct conf_input *input; /* what the program is to read */
	int64_t end; /* it ends then, asked or not (monotonic) */
};

struct helper {
	int fd; /* to it, or negative errno: there is none */
	pid_t pid;
	pid_t asked; /* the same when it was asked: the program by now, or the
		      * one that has fetched the service */
};

/* Start one. What fails is told by helper_ask. SETUP must last till then. */
void helper_open(struct helper *h, const struct helper_setup *setup);

/*
 * A connection to smtp-screen-tls by DEADLINE, close-on-exec, or a negative
 * errno with its reason, and what to do about it, added to WHY. At most once.
 */
int helper_ask(struct helper *h, const struct helper_setup *setup,
	       int64_t deadline, struct sbuf *why);

/*
 * The signal that has ended the program that was asked for; 0: none did, or it
 * is a service. To be asked once, when the program has hung up: what it takes
 * to end is waited for.
 */
int helper_killed(struct helper *h);

/* End one that was not asked, and leave no zombie of it. */
void helper_close(struct helper *h);

#endif
