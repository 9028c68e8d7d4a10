/*
 * console.h - one run of smtp-screenctl: what the settings say, and the cache
 * as its commands use it.
 *
 * Exit codes are those of sysexits.h. Results go to standard output, everything
 * else to standard error (say.h); colours only to a terminal, and never when
 * NO_COLOR is set.
 */
#ifndef SCREEN_CONSOLE_H
#define SCREEN_CONSOLE_H

#include "base/arena.h"
#include "cache/entries.h"
#include "cache/shared.h"
#include "conf/conf.h"
#include "conf/conf_options.h"

struct console {
	struct conf_options options; /* -c and -o */
	struct conf conf;
	struct arena arena;
	struct report report;
	struct cache cache;
	struct cache_map map;
	struct shared shared; /* when MAP has it */
	char cache_file[CACHE_PATH];
	bool colour; /* on standard output */
};

/* The name of the settings file. */
const char *console_settings(const struct console *c);

/*
 * Be ready to use the cache: as root, become the owner of its directory, now
 * and for good. EX_OK, or the exit code after saying why not.
 */
int console_use_cache(struct console *c);

/* Say why the cache failed with the negative errno ERROR and what to do; the
 * exit code. */
int console_cache_failed(const struct console *c, int error);

/* console_use_cache, and all its entries. EX_OK, or the exit code after saying
 * why not. */
int console_entries(struct console *c, struct entries *ret);

/* Say what is wrong in the settings, the first that REPORT has; the exit code.
 */
int console_misconfigured(const struct console *c);

/* Until when (monotonic) a lock is waited for: operators have patience. */
int64_t console_deadline(const struct console *c);

/*
 * The key for TEXT: an address, or a network. STRICT: the network must be one
 * that cache_ipv4_prefix or cache_ipv6_prefix makes. False after saying what
 * is wrong.
 */
bool console_key(const struct console *c, const char *text, bool strict,
		 struct sbuf *to);

/*
 * Between two batches: pause for as long as the one that BEGAN then took. A
 * lock that is taken again at once is not fair: whoever waits for it hardly
 * ever gets it.
 */
void console_let_others_in(int64_t began);

/*
 * From now on the keys and signals that end a program are only noticed: a
 * batch that has begun is completed. Has one come?
 */
void console_hold_signals(void);
bool console_interrupted(void);

#endif
