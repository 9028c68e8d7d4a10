/*
 * entries.h - the entries of the cache, all of them, in order.
 */
#ifndef SCREEN_ENTRIES_H
#define SCREEN_ENTRIES_H

#include "cache/cache_batch.h"

struct entries {
	struct cache_entry *entry; /* by address, IPv4 first */
	size_t count;
	size_t room;
	size_t foreign; /* passed over: not written by us */
};

/* Read them all; the lock is waited for until DEADLINE, monotonic. 0, or a
 * negative errno. */
int entries_read(struct cache *cache, int64_t deadline, struct entries *ret);

/* Add one at the end; false when there is no memory. */
bool entries_add(struct entries *e, const struct cache_entry *entry);

void entries_free(struct entries *e);

/* What one test of an entry is worth. */
enum entry_state {
	ENTRY_PASSED,
	ENTRY_EXPIRED,
	ENTRY_NEVER, /* not passed yet */
	ENTRY_OFF,   /* not passed, the test was off when it was written */
};

enum entry_state entry_state(const struct stamps *s, enum test test,
			     int64_t now);

/* "passed", "expired", "never", "off". */
const char *entry_state_name(enum entry_state state);

#endif
