/*
 * redis_trouble.h - what is wrong with a Redis or Valkey server, and what to
 * do, for whoever reads the log. All are string constants.
 */
#ifndef SCREEN_REDIS_TROUBLE_H
#define SCREEN_REDIS_TROUBLE_H

#include "base/span.h"

/* What the negative errno ERROR of a connection means. */
const char *redis_trouble_of(int error);

/*
 * What a server means that answered with the error TEXT. Its own words are
 * never repeated: it may be an old one that repeats a password, or no friend.
 */
const char *redis_trouble_said(struct span text);

#endif
