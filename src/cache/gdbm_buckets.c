#include "cache/gdbm_buckets.h"

#include <stddef.h>
#include <string.h>

/* No entry of ours is longer. */
#define ENTRY_MOST 4096

bool gdbm_image_has(const struct gdbm_image *im, uint64_t at, uint64_t length)
{
	return gdbm_fits(im->size, at, length);
}

/* Nothing in the file need be aligned: copy it out. */
bool gdbm_image_read(const struct gdbm_image *im, int64_t at, void *to,
		     size_t length)
{
	if (at < 0 || !gdbm_image_has(im, (uint64_t)at, length))
		return false;
	memcpy(to, im->bytes + at, length);
	return true;
}

uint64_t gdbm_buckets(const struct gdbm_image *im)
{
	return UINT64_C(1) << im->layout.dir_bits;
}

int64_t gdbm_bucket_at(const struct gdbm_image *im, uint64_t i)
{
	int64_t at;

	memcpy(&at, im->bytes + im->layout.dir + i * sizeof(at), sizeof(at));
	return at;
}

bool gdbm_bucket_read(const struct gdbm_image *im, int64_t at,
		      struct gdbm_bucket *ret)
{
	return at >= (int64_t)im->layout.block_size &&
	       gdbm_image_has(im, (uint64_t)at, im->layout.bucket_size) &&
	       gdbm_image_read(im, at, ret, sizeof(*ret)) && ret->bits >= 0 &&
	       (unsigned)ret->bits <= im->layout.dir_bits && ret->count >= 0 &&
	       (uint32_t)ret->count <= im->layout.bucket_slots;
}

void gdbm_slot_read(const struct gdbm_image *im, int64_t bucket, uint32_t i,
		    struct gdbm_slot *ret)
{
	uint64_t at = (uint64_t)bucket + offsetof(struct gdbm_bucket, slot) +
		      (uint64_t)i * sizeof(*ret);

	memcpy(ret, im->bytes + at, sizeof(*ret));
}

uint64_t gdbm_bucket_run(const struct gdbm_image *im, uint64_t i)
{
	int64_t at = gdbm_bucket_at(im, i);
	uint64_t n = 1;

	while (i + n < gdbm_buckets(im) && gdbm_bucket_at(im, i + n) == at)
		n++;
	return n;
}

/* GDBM's hash of a key of ASCII. It takes bytes for signed or not as the
 * machine does; no key of ours has one over 127. */
static uint32_t hash_of(const unsigned char *key, uint32_t length)
{
	const uint32_t bits = 0x7fffffff;
	uint32_t hash = 0x238f13af * length;

	for (uint32_t i = 0; i < length; i++)
		hash = (hash + ((uint32_t)key[i] << (5 * i % 24))) & bits;
	return (1103515243 * hash + 12345) & bits;
}

bool gdbm_slot_good(const struct gdbm_image *im, int64_t bucket,
		    const struct gdbm_slot *s)
{
	const unsigned char *key;
	size_t start = GDBM_KEY_START;

	if (s->hash < 0 || s->at < 0 || s->key_size <= 0 ||
	    s->key_size > ENTRY_MOST || s->value_size < 0 ||
	    s->value_size > ENTRY_MOST)
		return false;
	if (gdbm_bucket_at(im, (uint64_t)s->hash >> (GDBM_HASH_BITS -
						     im->layout.dir_bits)) !=
	    bucket)
		return false;
	if (!gdbm_image_has(im, (uint64_t)s->at,
			    (uint64_t)s->key_size + (uint64_t)s->value_size))
		return false;
	key = im->bytes + s->at;
	if ((size_t)s->key_size < start)
		start = (size_t)s->key_size;
	/* A key that was overwritten by another's is not that other's entry. */
	return memcmp(key, s->key_start, start) == 0 &&
	       hash_of(key, (uint32_t)s->key_size) == (uint32_t)s->hash;
}
