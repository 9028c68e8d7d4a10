/*
 * ctl.h - what all commands of smtp-screenctl share.
 *
 * Each command is a file of its own and returns an exit code of sysexits.h,
 * or CTL_NOTHING. Results go to standard output, everything else to standard
 * error; colours only to a terminal, and never when NO_COLOR is set.
 */
#ifndef SCREEN_CTL_H
#define SCREEN_CTL_H

#include "base/arena.h"
#include "cache/shared.h"
#include "conf/conf.h"

#include <sysexits.h>

/* Not found, or nothing to do, where a script may want to know. */
#define CTL_NOTHING 1

struct ctl {
	struct conf_input input;
	struct conf conf;
	struct arena arena;
	struct report report;
	struct cache cache;
	struct cache_map map;
	struct shared shared; /* when MAP has it */
	char cache_file[CACHE_PATH];
	bool colour; /* on standard output */
};

/* Run the command line; what main returns. */
int ctl_main(int argc, char **argv);

/* "smtp-screenctl: ..." on standard error. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Be ready to use the cache: as root, become the owner of its directory, now
 * and for good. EX_OK, or the exit code after saying why not.
 */
int ctl_use_cache(struct ctl *c);

/* Say why the cache failed with the negative errno ERROR and what to do; the
 * exit code. */
int ctl_cache_failed(const struct ctl *c, int error);

/* Say what is wrong in the settings, the first that REPORT has; the exit code.
 */
int ctl_misconfigured(const struct ctl *c);

/* Until when (monotonic) a lock is waited for: operators have patience. */
int64_t ctl_deadline(const struct ctl *c);

/*
 * The key for TEXT: an address, or a network. STRICT: the network must be one
 * that cache_ipv4_prefix or cache_ipv6_prefix makes. False after saying what
 * is wrong.
 */
bool ctl_key(const struct ctl *c, const char *text, bool strict,
	     struct sbuf *to);

/*
 * Parse the options of a command: "--json" sets *JSON when that is not NULL.
 * The index of the first argument, or -1 after saying what is wrong.
 */
int ctl_options(int argc, char **argv, bool *json);

/*
 * Between two batches: pause for as long as the one that BEGAN then took. A
 * lock that is taken again at once is not fair: whoever waits for it hardly
 * ever gets it.
 */
void ctl_let_others_in(int64_t began);

/*
 * From now on the keys and signals that end a program are only noticed: a
 * batch that has begun is completed. Has one come?
 */
void ctl_hold_signals(void);
bool ctl_interrupted(void);

#endif
