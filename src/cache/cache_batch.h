/*
 * cache_batch.h - change or remove many entries without keeping others out.
 *
 * A batch is done under one lock and should stay small, CACHE_BATCH at most:
 * whoever works on the whole cache lets the connections in between.
 */
#ifndef SCREEN_CACHE_BATCH_H
#define SCREEN_CACHE_BATCH_H

#include "cache/cache.h"

#define CACHE_BATCH 100

/* Room for a key of ours, and its NUL. */
#define CACHE_KEY (ADDRESS_TEXT + 8)

struct cache_entry {
	char key[CACHE_KEY];
	struct stamps stamps;
};

/*
 * Remove those of the COUNT KEYS for which DOOMED says so when it is shown
 * the entry as it is now (NULL: a value that nobody of ours wrote). How many
 * were, or a negative errno as for cache_update.
 */
int cache_remove(struct cache *c, const char *const *keys, size_t count,
		 bool (*doomed)(const struct stamps *s, void *context),
		 void *context, int64_t deadline);

/*
 * Join COUNT ENTRIES with those that are there: of each test the later stamp
 * (a stamp of a test that was off gives way to any), the first `first`, the
 * last `last`, the higher count. How many changed anything, or a negative
 * errno as for cache_update.
 */
int cache_join(struct cache *c, const struct cache_entry *entries, size_t count,
	       int64_t deadline);

/*
 * Write the file anew when more than half of it is of no use: GDBM never
 * gives space back. Writers wait for that, a second for some 300,000 entries;
 * readers only while the new file is copied over the old. 1 when it was
 * done, 0 when there was no need, or a negative errno.
 */
int cache_shrink(struct cache *c, int64_t deadline);

#endif
