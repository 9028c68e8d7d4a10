/*
 * others.h - the list that several hosts share, for the commands.
 *
 * Each function says what went wrong. Without such a list nothing does.
 */
#ifndef SCREEN_OTHERS_H
#define SCREEN_OTHERS_H

#include "console/console.h"

/*
 * Connect, and be ready to use the cache as well, as console_use_cache. EX_OK,
 * or the exit code after saying why not.
 */
int others_use_caches(struct console *c);

/*
 * That for a command whose one argument, behind no options, is a client: its
 * key is added to KEY.
 */
int others_use_client(struct console *c, int argc, char **argv,
		      struct sbuf *key);

/* Until when (monotonic) an answer is waited for. */
int64_t others_deadline(const struct console *c);

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
