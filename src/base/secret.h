/*
 * secret.h - words that may be somebody's key, and text without them.
 *
 * Operators of DNS lists hand out keys as the first label of a domain. What
 * is known of them stands in dns/dnslists.h; this is the net below it, for
 * text of which nothing is known.
 */
#ifndef SCREEN_SECRET_H
#define SCREEN_SECRET_H

#include "base/sbuf.h"

/* What is shown in the place of a key. */
#define SECRET_SHOWN "KEY"

/* May C stand in a key? Letters, digits, "-" and "_". */
bool secret_is_char(char c);

/* Does WORD look like a key? 20 or more such characters, one a digit. */
bool secret_is_key(struct span word);

/*
 * Add TEXT to TO with "KEY" for each word that is secret: it looks like a key
 * and has no "/" before it (that is part of a path), or IS_KNOWN says so of
 * WORD, which REST follows. IS_KNOWN may be NULL.
 */
void secret_mask(struct sbuf *to, struct span text,
		 bool (*is_known)(const void *context, struct span word,
				  struct span rest),
		 const void *context);

#endif
