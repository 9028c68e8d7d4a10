#include "cache/gdbm_format.h"

#include <errno.h>
#include <unistd.h>

#define MAGIC 0x13579acf /* 64-bit addresses, no extensions */

/* A bucket is a page in our files. */
#define BLOCK_LEAST 512
#define BLOCK_MOST  (1 << 20)

_Static_assert(sizeof(off_t) == 8, "GDBM files have 64-bit addresses");

bool gdbm_fits(uint64_t size, uint64_t at, uint64_t length)
{
	return at <= size && length <= size - at;
}

bool gdbm_header_good(const struct gdbm_header *h, uint64_t size)
{
	if (h->magic != MAGIC || h->block_size < BLOCK_LEAST ||
	    h->block_size > BLOCK_MOST ||
	    !gdbm_fits(size, 0, (uint64_t)h->block_size))
		return false;
	if (h->dir_bits < 0 || h->dir_bits > GDBM_HASH_BITS - 3 ||
	    h->dir_size != (int64_t)sizeof(int64_t) << h->dir_bits ||
	    h->dir < h->block_size ||
	    !gdbm_fits(size, (uint64_t)h->dir, (uint64_t)h->dir_size))
		return false;
	return h->bucket_size == h->block_size && h->bucket_slots > 0 &&
	       sizeof(struct gdbm_bucket) + (uint64_t)h->bucket_slots *
						    sizeof(struct gdbm_slot) <=
		       (uint64_t)h->bucket_size &&
	       h->next_block > 0;
}

/* Read, not mapped: a bad sector under a mapping would kill us. */
int64_t gdbm_bytes_read(int fd, unsigned char *to, uint64_t length, uint64_t at)
{
	uint64_t done = 0;

	while (done < length) {
		ssize_t n =
			pread(fd, to + done, length - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

int gdbm_bytes_write(int fd, const void *bytes, uint64_t length, uint64_t at)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = pwrite(fd, from, length, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		at += (uint64_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}
