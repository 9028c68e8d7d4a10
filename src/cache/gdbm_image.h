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
 *
 * The format, in the machine's byte order and in blocks: a header (with a
 * table of free space, which continues in blocks elsewhere), a directory of
 * bucket addresses indexed by the first bits of an entry's hash, buckets (a
 * small table of free space and a hash table of addresses), and key and
 * value of each entry in one piece.
 */
#ifndef SCREEN_GDBM_IMAGE_H
#define SCREEN_GDBM_IMAGE_H

#include "base/span.h"

#include <stdint.h>

enum image_state {
	IMAGE_SOUND,
	IMAGE_LOOSE,   /* entries good, free space wrong: image_mend helps */
	IMAGE_DAMAGED, /* entries or their index damaged */
};

/* What the header said, once it was believed. */
struct image_layout {
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
	enum image_state state;
	bool readable; /* header and directory are good */
	struct image_layout layout;
	bool forget_free;	  /* when loose: all free space */
	uint64_t end;		  /* when loose: where the file ends */
	unsigned char *used;	  /* a bit for each byte with a use ... */
	unsigned char *contested; /* ... and with more than one */
};

/*
 * Read the file FD and examine it; nobody may write to it meanwhile. 0 with
 * *RET, which image_unload gives back, or negative errno.
 */
int image_load(int fd, struct gdbm_image *ret);
void image_unload(struct gdbm_image *im);

/* Where the walk over the entries is; starts zeroed. */
struct image_walk {
	uint64_t bucket; /* in the directory */
	uint32_t slot;
};

/*
 * The next entry that is intact: found where its hash says, within the file,
 * with no byte that something else uses too. False at the end.
 */
bool image_next(const struct gdbm_image *im, struct image_walk *walk,
		struct span *ret_key, struct span *ret_value);

/*
 * Make the loose file FD, of which IM is the image, sound: let it end where
 * it ends, and if need be forget its free space, which is lost until the file
 * is rebuilt. A part of it does no harm. 0 or negative errno.
 */
int image_mend(const struct gdbm_image *im, int fd);

/*
 * Header and directory as they are. A store that fails for want of space may
 * have named in them new buckets that were never written; the old one is
 * still in its place, and these lead to it again.
 */
struct image_index {
	unsigned char *bytes; /* NULL: the file is empty */
	uint64_t header_size;
	uint64_t dir; /* address */
	uint64_t dir_size;
};

/*
 * Keep the index of the file FD. 0 with *RET, which image_index_forget gives
 * back, or negative errno: -EUCLEAN it makes no sense.
 */
int image_index_save(int fd, struct image_index *ret);
void image_index_forget(struct image_index *index);

/* Put it back. 0 or negative errno. */
int image_index_restore(const struct image_index *index, int fd);

#endif
