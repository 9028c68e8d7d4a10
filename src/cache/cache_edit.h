/*
 * cache_edit.h - change the cache file, under all locks.
 *
 * What every writer does around its own work: take GDBM's lock and then ours,
 * mend the file when a writer died, mark it while writing, put its index back
 * when a store failed half-way, and let readers in again before the disk has
 * everything. For cache.c and cache_batch.c.
 */
#ifndef SCREEN_CACHE_EDIT_H
#define SCREEN_CACHE_EDIT_H

#include "cache/cache.h"

struct gdbm_file_info;

struct cache_edit {
	struct cache *cache;
	struct gdbm_file_info *db;
	bool marked;	   /* that we are writing */
	bool changing;	   /* a change has begun, and has not ended well */
	size_t old_length; /* of the value that was got last */
};

/*
 * Do WORK with the locks, waiting for them until DEADLINE. What WORK returns,
 * or another negative errno; a cache without file is -ENOENT. WORK may be
 * called again when the file turned out to be damaged and was mended.
 */
int cache_edit(struct cache *c,
	       int (*work)(struct cache_edit *e, void *context), void *context,
	       int64_t deadline);

/*
 * For WORK; after a negative errno it must end. Add KEY's value to TO: 1, 0
 * when there is none, or negative errno. Store another in its place, the old
 * one being of OLD_LENGTH bytes (0: none). It must not be shorter: GDBM could
 * put it into the space of the old, and a writer killed in between leave the
 * new value with the tail of the old. One as long is always put there. 0 or
 * negative errno. Delete: 1, or 0 when there was nothing.
 */
int cache_edit_fetch(struct cache_edit *e, struct span key, struct sbuf *to);
int cache_edit_store(struct cache_edit *e, struct span key, size_t old_length,
		     struct span value);
int cache_edit_delete(struct cache_edit *e, struct span key);

/*
 * The same for stamps. Get: 0 also for a value that nobody wrote. Put them
 * back, right after getting them.
 */
int cache_edit_get(struct cache_edit *e, const char *key, struct stamps *ret);
int cache_edit_put(struct cache_edit *e, const char *key,
		   const struct stamps *s);

/* Close what a change has left open (cache.h, keep_open). */
void cache_let_go(struct cache *c);

/* Has a writer died, or failed half-way? 1, 0, or negative errno. */
int cache_edit_marked(const struct cache *c);

/*
 * GDBM's lock alone, which keeps all other writers away and no reader: for
 * whoever reads the whole file. The first opens the file (-ENOENT when there
 * is none yet) and mends it when that is needed.
 */
int cache_edit_begin_alone(struct cache *c, int64_t deadline);
void cache_edit_end_alone(struct cache *c);

#endif
