#include "cache/gdbm_image.h"

#include "cache/gdbm_buckets.h"
#include "cache/gdbm_examine.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the memory -------------------------------------------------- */

static void *zeroes(uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static uint64_t bitmap_size(const struct gdbm_image *im)
{
	return im->size / 8 + 1;
}

static int read_file(int fd, const struct gdbm_image *im)
{
	int64_t n = gdbm_bytes_read(fd, im->bytes, im->size, 0);

	return n < 0 ? (int)n : 0;
}

int gdbm_image_load(int fd, struct gdbm_image *ret)
{
	struct gdbm_image im = { .state = GDBM_IMAGE_SOUND };
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	im.size = (uint64_t)st.st_size;
	if (im.size > 0)
		im.bytes = zeroes(im.size);
	im.used = zeroes(bitmap_size(&im));
	im.contested = zeroes(bitmap_size(&im));
	if ((im.size > 0 && !im.bytes) || !im.used || !im.contested)
		r = -ENOMEM;
	if (r == 0)
		r = read_file(fd, &im);
	if (r < 0) {
		gdbm_image_unload(&im);
		return r;
	}
	im.state = gdbm_examine(&im);
	*ret = im;
	return 0;
}

void gdbm_image_unload(struct gdbm_image *im)
{
	if (im->bytes)
		munmap(im->bytes, im->size);
	if (im->used)
		munmap(im->used, bitmap_size(im));
	if (im->contested)
		munmap(im->contested, bitmap_size(im));
	*im = (struct gdbm_image){ .state = GDBM_IMAGE_SOUND };
}

/* ---- using it ---------------------------------------------------- */

static bool entry_at(const struct gdbm_image *im, int64_t bucket, uint32_t i,
		     struct span *ret_key, struct span *ret_value)
{
	const char *text = (const char *)im->bytes;
	struct gdbm_slot s;

	gdbm_slot_read(im, bucket, i, &s);
	if (s.hash == -1 || !gdbm_slot_good(im, bucket, &s) ||
	    gdbm_contested(im, (uint64_t)s.at,
			   (uint64_t)s.key_size + (uint64_t)s.value_size))
		return false;
	*ret_key = (struct span){ text + s.at, (size_t)s.key_size };
	*ret_value =
		(struct span){ text + s.at + s.key_size, (size_t)s.value_size };
	return true;
}

bool gdbm_image_next(const struct gdbm_image *im, struct gdbm_image_walk *walk,
		     struct span *ret_key, struct span *ret_value)
{
	if (!im->readable)
		return false;
	while (walk->bucket < gdbm_buckets(im)) {
		int64_t at = gdbm_bucket_at(im, walk->bucket);
		struct gdbm_bucket b;

		if (gdbm_bucket_read(im, at, &b))
			while (walk->slot < im->layout.bucket_slots)
				if (entry_at(im, at, walk->slot++, ret_key,
					     ret_value))
					return true;
		walk->bucket += gdbm_bucket_run(im, walk->bucket);
		walk->slot = 0;
	}
	return false;
}

static int mend_bucket(const struct gdbm_image *im, int fd, int64_t at)
{
	const int32_t none = 0;
	struct gdbm_bucket b;

	if (!gdbm_bucket_read(im, at, &b) || b.free_count == none)
		return 0;
	return gdbm_bytes_write(fd, &none, sizeof(none),
				(uint64_t)at + offsetof(struct gdbm_bucket,
							free_count));
}

static int forget_free(const struct gdbm_image *im, int fd)
{
	struct gdbm_header h;
	uint64_t run;
	int r;

	for (uint64_t i = 0; i < gdbm_buckets(im); i += run) {
		run = gdbm_bucket_run(im, i);
		r = mend_bucket(im, fd, gdbm_bucket_at(im, i));
		if (r < 0)
			return r;
	}
	memcpy(&h, im->bytes, sizeof(h));
	h.next_block = (int64_t)im->end;
	h.free.count = 0;
	h.free.next = 0;
	return gdbm_bytes_write(fd, &h, sizeof(h), 0);
}

int gdbm_image_mend(const struct gdbm_image *im, int fd)
{
	assert(im->state == GDBM_IMAGE_LOOSE);
	if (ftruncate(fd, (off_t)im->end) < 0)
		return -errno;
	return im->forget_free ? forget_free(im, fd) : 0;
}
