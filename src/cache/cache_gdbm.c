#include "cache/cache_gdbm.h"

#include "cache/gdbm_image.h"

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* A bucket is one block: a page, whatever the file system prefers. */
#define BLOCK_SIZE 4096

/* The name is for GDBM's own messages and for renaming, neither used. */
#define NO_NAME "cache"

/*
 * What the system says of itself is passed on; anything else, a short read or
 * an impossible offset for instance, means that the file is not in order.
 */
static int failure(gdbm_error error, int system_error)
{
	if (error == GDBM_EMPTY_DATABASE)
		return -ENODATA;
	if (error == GDBM_MALLOC_ERROR)
		return -ENOMEM;
	if (!gdbm_check_syserr(error))
		return -EUCLEAN;
	switch (system_error) {
	case EDQUOT:
	case EFBIG:
	case EIO:
	case ENOMEM:
	case ENOSPC:
	case EROFS:
		return -system_error;
	default:
		return -EUCLEAN;
	}
}

static int failure_of(struct gdbm_file_info *db)
{
	return failure(gdbm_last_errno(db), gdbm_last_syserr(db));
}

/*
 * How a change went of which GDBM says R. When it cannot write a bucket it says
 * that all went well, and only notes that the file must be repaired.
 */
static int outcome(struct gdbm_file_info *db, int r)
{
	return r < 0 || gdbm_needs_recovery(db) ? failure_of(db) : 0;
}

static datum datum_of(struct span s)
{
	/* GDBM does not write to it, it only forgets to say so. */
	union {
		const char *in;
		char *out;
	} p = { .in = s.p };

	return (datum){ .dptr = p.out, .dsize = (int)s.len };
}

int cache_gdbm_open(int fd, bool writing, struct gdbm_file_info **ret)
{
	int flags = (writing ? GDBM_WRCREAT : GDBM_READER) | GDBM_NOLOCK |
		    GDBM_NOMMAP | GDBM_CLOEXEC | GDBM_CLOERROR;
	struct gdbm_file_info *db;

	/* GDBM reads on from where the descriptor stands. */
	if (lseek(fd, 0, SEEK_SET) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	errno = 0;
	db = gdbm_fd_open(fd, NO_NAME, BLOCK_SIZE, flags, NULL);
	if (!db)
		return failure(gdbm_errno, errno);
	/* It opens some damaged files for the sake of gdbm_recover. */
	if (gdbm_needs_recovery(db)) {
		gdbm_close(db);
		return -EUCLEAN;
	}
	*ret = db;
	return 0;
}

void cache_gdbm_close(struct gdbm_file_info *db)
{
	gdbm_close(db);
}

void cache_gdbm_leave(struct gdbm_file_info *db)
{
	/* gdbm_close would wait for the disk; nothing of ours is unwritten.
	 * What leads nowhere must be had in a sandbox, too. */
	int nowhere = eventfd(0, EFD_CLOEXEC);

	if (nowhere >= 0) {
		dup3(nowhere, gdbm_fdesc(db), O_CLOEXEC);
		close(nowhere);
	}
	gdbm_close(db);
}

int cache_gdbm_fetch(struct gdbm_file_info *db, struct span key,
		     struct sbuf *to)
{
	datum value = gdbm_fetch(db, datum_of(key));

	if (!value.dptr)
		return gdbm_last_errno(db) == GDBM_ITEM_NOT_FOUND
			       ? 0
			       : failure_of(db);
	if (value.dsize > 0)
		sbuf_add(to, (struct span){ value.dptr, (size_t)value.dsize });
	free(value.dptr);
	return 1;
}

int cache_gdbm_store(struct gdbm_file_info *db, struct span key,
		     struct span value)
{
	return outcome(db, gdbm_store(db, datum_of(key), datum_of(value),
				      GDBM_REPLACE));
}

int cache_gdbm_delete(struct gdbm_file_info *db, struct span key)
{
	int r = gdbm_delete(db, datum_of(key));

	if (r < 0 && gdbm_last_errno(db) == GDBM_ITEM_NOT_FOUND)
		return 0;
	r = outcome(db, r);
	return r < 0 ? r : 1;
}

/* An entry that stands twice, in a half-split bucket: the first is kept. */
static int add(struct gdbm_file_info *db, struct span key, struct span value)
{
	return outcome(db, gdbm_store(db, datum_of(key), datum_of(value),
				      GDBM_INSERT));
}

int cache_gdbm_rebuild(const struct gdbm_image *im, int *ret_fd)
{
	struct gdbm_image_walk walk = { 0 };
	struct gdbm_file_info *db = NULL;
	struct span key, value;
	int fd, copy, r;

	fd = memfd_create(NO_NAME, MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = copy < 0 ? -errno : cache_gdbm_open(copy, true, &db);
	if (r == 0) {
		while (r == 0 && gdbm_image_next(im, &walk, &key, &value))
			r = add(db, key, value);
		cache_gdbm_close(db);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}
