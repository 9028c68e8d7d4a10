/*
 * become.h - from who started us to who serves: the background, and a user
 * that owns nothing but the store.
 */
#ifndef SCREEN_BECOME_H
#define SCREEN_BECOME_H

#include "base/sbuf.h"
#include "greylist/grey_options.h"

/*
 * With --daemonize, go on in a child, its number in --pidfile: comes back in
 * that only, with the *RET_LINE to its parent, which exits as the child does.
 * False with WHY.
 */
bool become_child(const struct grey_options *o, int *ret_line,
		  struct sbuf *why);

/* As root, become --user and --group for good. False with WHY. */
bool become_user(const struct grey_options *o, struct sbuf *why);

/* All has gone well: leave the terminal, and let the parent exit with 0. Does
 * nothing without a LINE, -1. False with WHY. */
bool become_daemon(int line, struct sbuf *why);

#endif
