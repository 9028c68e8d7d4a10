/*
 * gdbm_image.h - a GDBM file looked at from outside, with suspicion.
 *
 * GDBM trusts its files: it detects some damage, but not space that is in
 * use and listed as free at once, which is what a writer killed between two
 * writes leaves behind; and its own gdbm_recover makes a new file and renames
 * it, which a process that may open no file cannot do, and which would leave
 * others with the old one. This room reads a copy of the whole file in
 * memory, proves that no byte has two uses, and finds the entries that can
 * be trusted in a file that has gone bad.
 */
#ifndef SCREEN_GDBM_IMAGE_H
#define SCREEN_GDBM_IMAGE_H

#include "base/span.h"

#include <stdint.h>

enum gdbm_image_state {
	GDBM_IMAGE_SOUND,
	GDBM_IMAGE_LOOSE,   /* entries good, free space wrong: gdbm_image_mend
			       helps */
	GDBM_IMAGE_DAMAGED, /* entries or their index damaged */
};

/* What the header said, once it was believed. */
struct gdbm_image_layout {
	uint64_t block_size;
	uint64_t dir;	      /* address of the directory */
	unsigned dir_bits;    /* it has 2 to the power of this many buckets */
	uint64_t bucket_size; /* bytes */
	uint32_t bucket_slots;
	uint64_t next_block; /* where the file is said to end */
};

struct gdbm_image {
	unsigned char *bytes;
	uint64_t size;
	enum gdbm_image_state state;
	bool readable; /* header and directory are good */
	struct gdbm_image_layout layout;
	bool forget_free;	  /* when loose: all free space */
	uint64_t end;		  /* when loose: where the file ends */
	unsigned char *used;	  /* a bit for each byte with a use ... */
	unsigned char *contested; /* ... and with more than one */
};

/*
 * Read the file FD and examine it; nobody may write to it meanwhile. 0 with
 * *RET, which gdbm_image_unload gives back, or negative errno.
 */
int gdbm_image_load(int fd, struct gdbm_image *ret);
void gdbm_image_unload(struct gdbm_image *im);

/* Where the walk over the entries is; starts zeroed. */
struct gdbm_image_walk {
	uint64_t bucket; /* in the directory */
	uint32_t slot;
};

/*
 * The next entry that is intact: found where its hash says, within the file,
 * with no byte that something else uses too. False at the end.
 */
bool gdbm_image_next(const struct gdbm_image *im, struct gdbm_image_walk *walk,
		     struct span *ret_key, struct span *ret_value);

/*
 * Make the loose file FD, of which IM is the image, sound: let it end where
 * it ends, and if need be forget its free space, which is lost until the file
 * is rebuilt. A part of it does no harm. 0 or negative errno.
 */
int gdbm_image_mend(const struct gdbm_image *im, int fd);

#endif
