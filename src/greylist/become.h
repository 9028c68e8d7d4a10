/*
 * become.h - from who started us to who serves: the background, and a user
 * that owns nothing but the store.
 */
#ifndef SCREEN_BECOME_H
#define SCREEN_BECOME_H

#include "base/sbuf.h"
#include "greylist/grey_options.h"

/* Go on in a child in the background, with its number in --pidfile. False with
 * WHY. Comes back in the child only. */
bool become_daemon(const struct grey_options *o, struct sbuf *why);

/* As root, become --user and --group for good. False with WHY. */
bool become_user(const struct grey_options *o, struct sbuf *why);

#endif
