/*
 * cache_gdbm.h - keys and values in a GDBM file; the only file that knows it.
 *
 * GDBM does no locking here: whoever opens holds the locks (filelock.h),
 * including GDBM's own, the flock(2) of the file, when it writes. It reads
 * and writes with read(2) and write(2) instead of a mapping, so that a store
 * that has returned is seen by the next process that opens the file; only
 * closing syncs to the disk. No fault in a file ends the process or prints:
 * given no function for fatal errors, GDBM returns them all.
 */
#ifndef SCREEN_CACHE_GDBM_H
#define SCREEN_CACHE_GDBM_H

#include "base/sbuf.h"

struct gdbm_file_info; /* GDBM's */
struct gdbm_image;

/*
 * Open the file FD, which is closed in any case: now when that fails, else by
 * cache_gdbm_close. An empty file becomes a database when WRITING. 0 or
 * negative errno: -ENODATA the file is empty, -EUCLEAN it is damaged.
 */
int cache_gdbm_open(int fd, bool writing, struct gdbm_file_info **ret);
void cache_gdbm_close(struct gdbm_file_info *db);

/*
 * Close without waiting until the disk has it: everything is with the kernel
 * once it is stored, and outlives our process. What a power failure does to
 * it is found when the machine is up again (mark_watched).
 */
void cache_gdbm_leave(struct gdbm_file_info *db);

/*
 * Add the value of KEY to TO, which is told by sbuf_fitted when there is no
 * room. 1, 0 when there is none, or negative errno.
 */
int cache_gdbm_fetch(struct gdbm_file_info *db, struct span key,
		     struct sbuf *to);

/* 0 or negative errno; then the file may be damaged. */
int cache_gdbm_store(struct gdbm_file_info *db, struct span key,
		     struct span value);

/* 1, 0 when there was none, or negative errno as for storing. */
int cache_gdbm_delete(struct gdbm_file_info *db, struct span key);

/*
 * Make a new database of the intact entries of IM, in memory. 0 with
 * *RET_FD, a file descriptor, or negative errno.
 */
int cache_gdbm_rebuild(const struct gdbm_image *im, int *ret_fd);

#endif
