/*
 * gdbm_index.h - header and directory of a GDBM file, kept while it is
 * changed.
 *
 * A store that fails for want of space may have named in them new buckets that
 * were never written; the old one is still in its place, and these lead to it
 * again.
 */
#ifndef SCREEN_GDBM_INDEX_H
#define SCREEN_GDBM_INDEX_H

#include <stdint.h>

struct gdbm_index {
	unsigned char *memory; /* is kept for the next one; NULL: none yet */
	uint64_t room;	       /* bytes of it */

	uint64_t header_size; /* 0: the file is empty */
	uint64_t dir;	      /* address */
	uint64_t dir_size;
};

/*
 * Keep the index of the file FD in INDEX, which starts zeroed; nothing remains
 * of the one that was there. Gdbm_index_forget gives its memory back. 0 or
 * negative errno: -EUCLEAN it makes no sense.
 */
int gdbm_index_save(int fd, struct gdbm_index *index);
void gdbm_index_forget(struct gdbm_index *index);

/* Put back what was saved. 0 or negative errno. */
int gdbm_index_restore(const struct gdbm_index *index, int fd);

#endif
