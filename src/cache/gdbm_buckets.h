/*
 * gdbm_buckets.h - directory, buckets and slots in the image of a GDBM file,
 * none of which is believed.
 */
#ifndef SCREEN_GDBM_BUCKETS_H
#define SCREEN_GDBM_BUCKETS_H

#include "cache/gdbm_format.h"
#include "cache/gdbm_image.h"

#include <stddef.h>

/* Are there LENGTH bytes from AT on? */
bool gdbm_image_has(const struct gdbm_image *im, uint64_t at, uint64_t length);

/* Copy LENGTH bytes from AT on; false when they are not there. */
bool gdbm_image_read(const struct gdbm_image *im, int64_t at, void *to,
		     size_t length);

/*
 * What follows is for an image that is readable: its directory is within it.
 * How many entries the directory has, and the address of the bucket that entry
 * I of them names.
 */
uint64_t gdbm_buckets(const struct gdbm_image *im);
int64_t gdbm_bucket_at(const struct gdbm_image *im, uint64_t i);

/* How many directory entries in a row, from I on, name the same bucket. */
uint64_t gdbm_bucket_run(const struct gdbm_image *im, uint64_t i);

/* The bucket at AT, without its slots; false when it cannot be one. */
bool gdbm_bucket_read(const struct gdbm_image *im, int64_t at,
		      struct gdbm_bucket *ret);

/* Slot I, below layout.bucket_slots, of the bucket at BUCKET, which was read
 * as one. */
void gdbm_slot_read(const struct gdbm_image *im, int64_t bucket, uint32_t i,
		    struct gdbm_slot *ret);

/* Is that the entry of a key that a lookup would find there? */
bool gdbm_slot_good(const struct gdbm_image *im, int64_t bucket,
		    const struct gdbm_slot *s);

#endif
