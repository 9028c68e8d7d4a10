#include "cache/cache_copy.h"

#include "cache/cache_edit.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of FROM, into memory. */
static int copy_file(int from, int to)
{
	off_t at = 0;
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	while (at < st.st_size) {
		ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
	}
	return 0;
}

/* Only the copying is done under the lock; examining takes far longer. */
static int copy_locked(struct cache *c, int64_t deadline, int to)
{
	int r = cache_edit_begin_alone(c, deadline);

	if (r < 0)
		return r;
	r = copy_file(c->data, to);
	cache_edit_end_alone(c);
	return r;
}

int cache_copy_take(struct cache *c, int64_t deadline, struct cache_copy *ret)
{
	struct cache_copy copy = { .empty = false };
	struct stat st;
	int fd, r;

	fd = memfd_create("cache", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = copy_locked(c, deadline, fd);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	copy.empty = r == -ENOENT || (r == 0 && st.st_size == 0);
	if (copy.empty)
		r = 0;
	else if (r == 0)
		r = gdbm_image_load(fd, &copy.image);
	close(fd);
	if (r == 0)
		*ret = copy;
	return r;
}

void cache_copy_drop(struct cache_copy *copy)
{
	if (!copy->empty)
		gdbm_image_unload(&copy->image);
}

bool cache_copy_next(struct cache_copy *copy, struct cache_copied *ret)
{
	if (copy->empty || !copy->image.readable ||
	    !gdbm_image_next(&copy->image, &copy->walk, &ret->key, &ret->value))
		return false;
	ret->readable =
		ret->value.len <= STAMPS_TEXT && stamps_written(ret->value);
	if (ret->readable)
		stamps_parse(ret->value, &ret->stamps);
	return true;
}
