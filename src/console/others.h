/*
 * others.h - the list that several hosts share, for the commands.
 *
 * Each function says what went wrong. Without such a list nothing does.
 */
#ifndef SCREEN_OTHERS_H
#define SCREEN_OTHERS_H

#include "console/console.h"

/*
 * Connect. As root this goes before console_use_cache: the socket may be open
 * to a group that smtp-screen has and the owner of the cache has not.
 */
void others_open(struct console *c);

/* "redis://192.0.2.7:6379/0", until the next call. */
const char *others_name(const struct console *c);

/* What is known of KEY there: 1 with *RET, 0, or negative errno. */
int others_look_up(struct console *c, const char *key, struct stamps *ret);

/* Add PASS to KEY's entry there, earned at NOW. 0 or negative errno. */
int others_add(struct console *c, const char *key,
	       const struct cache_pass *pass, int64_t now);

/* Remove KEY there: 1, 0 when there was none, or negative errno. */
int others_forget(struct console *c, const char *key);

#endif
