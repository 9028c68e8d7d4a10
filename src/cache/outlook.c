#include "cache/outlook.h"

#include "base/filelock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/*
 * What a bucket that is split, with a directory that doubles, and a journal
 * for the repair take in a cache of usual size. A disk with less is as good as
 * full: the next client or the one after it would find it so.
 */
#define ROOM (UINT64_C(256) << 10)

static int check_room(int fd)
{
	struct statvfs fs;
	uint64_t blocks;

	if (fstatvfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_flag & ST_RDONLY)
		return -EROFS;
	if (fs.f_blocks == 0 || fs.f_frsize == 0) /* it does not count them */
		return 0;
	blocks = geteuid() == 0 ? fs.f_bfree : fs.f_bavail;
	return blocks < ROOM / fs.f_frsize ? -ENOSPC : 0;
}

/* A limit of whoever started us, such as ulimit -f. */
static int check_limit(int fd)
{
	struct rlimit limit;
	struct stat st;

	if (fstat(fd, &st) < 0 || getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur == RLIM_INFINITY ||
	    limit.rlim_cur > (uint64_t)st.st_size + ROOM)
		return 0;
	return -EFBIG;
}

/* GDBM works on a descriptor of its own. */
static int check_descriptor(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	close(copy);
	return 0;
}

int outlook_update(struct cache *c, int64_t deadline)
{
	int r = cache_open_for_update(c);

	if (r < 0 || c->file[0] == '\0')
		return r;
	r = check_room(c->data);
	if (r == 0)
		r = check_limit(c->data);
	if (r == 0)
		r = check_descriptor(c->data);
	if (r < 0)
		return r;
	r = filelock_take_whole(c->data, deadline);
	if (r < 0)
		return r;
	r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	if (r == 0)
		filelock_drop(c->lock);
	filelock_drop_whole(c->data);
	return r;
}
