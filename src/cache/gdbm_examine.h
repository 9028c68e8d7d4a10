/*
 * gdbm_examine.h - the proof that no byte of a GDBM file has two uses.
 *
 * Header, directory, buckets, entries and tables of free space claim their
 * bytes one after the other. What is claimed twice is contested, and nothing
 * of it can be trusted.
 */
#ifndef SCREEN_GDBM_EXAMINE_H
#define SCREEN_GDBM_EXAMINE_H

#include "cache/gdbm_image.h"

/*
 * Examine IM, whose bytes are read and whose bitmaps are all zeroes: fills
 * them, and everything from `readable` to `end`.
 */
enum gdbm_image_state gdbm_examine(struct gdbm_image *im);

/* Is any of LENGTH bytes from AT on contested? */
bool gdbm_contested(const struct gdbm_image *im, uint64_t at, uint64_t length);

#endif
