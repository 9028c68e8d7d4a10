/*
 * cache_copy.h - all entries at once, from a copy of the file.
 *
 * While the copy is made other writers wait, and readers do not; the entries
 * are then looked at in peace. A million of them are some 130 MB.
 */
#ifndef SCREEN_CACHE_COPY_H
#define SCREEN_CACHE_COPY_H

#include "cache/cache.h"
#include "cache/gdbm_image.h"

struct cache_copy {
	struct gdbm_image image;
	struct gdbm_image_walk walk;
	bool empty; /* no file yet: no entries, and no image */
};

/*
 * Copy the file, waiting for its lock until DEADLINE. A file that a writer
 * left damaged is mended first. 0 with *RET, which cache_copy_drop gives
 * back, or a negative errno as for cache_update.
 */
int cache_copy_take(struct cache *c, int64_t deadline, struct cache_copy *ret);
void cache_copy_drop(struct cache_copy *copy);

struct cache_copied {
	struct span key, value; /* in the copy; any bytes, if others wrote */
	bool readable;		/* VALUE as STAMPS; else no cache's of ours */
	struct stamps stamps;
};

/* The next entry, in no order. False at the end. */
bool cache_copy_next(struct cache_copy *copy, struct cache_copied *ret);

#endif
