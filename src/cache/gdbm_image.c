#include "cache/gdbm_image.h"

#include "cache/gdbm_format.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* No entry of ours is longer. */
#define ENTRY_MOST 4096

/* ---- reading ----------------------------------------------------- */

static bool inside(const struct gdbm_image *im, uint64_t at, uint64_t length)
{
	return gdbm_fits(im->size, at, length);
}

/* Nothing in the file need be aligned: copy it out. */
static bool read_at(const struct gdbm_image *im, int64_t at, void *to,
		    size_t length)
{
	if (at < 0 || !inside(im, (uint64_t)at, length))
		return false;
	memcpy(to, im->bytes + at, length);
	return true;
}

static uint64_t buckets(const struct gdbm_image *im)
{
	return UINT64_C(1) << im->layout.dir_bits;
}

/* The address of the bucket that entry I of the directory names. */
static int64_t bucket_at(const struct gdbm_image *im, uint64_t i)
{
	int64_t at;

	memcpy(&at, im->bytes + im->layout.dir + i * sizeof(at), sizeof(at));
	return at;
}

/* False when the bucket cannot be one. */
static bool bucket_read(const struct gdbm_image *im, int64_t at,
			struct gdbm_bucket *ret)
{
	return at >= (int64_t)im->layout.block_size &&
	       inside(im, (uint64_t)at, im->layout.bucket_size) &&
	       read_at(im, at, ret, sizeof(*ret)) && ret->bits >= 0 &&
	       (unsigned)ret->bits <= im->layout.dir_bits && ret->count >= 0 &&
	       (uint32_t)ret->count <= im->layout.bucket_slots;
}

static void slot_read(const struct gdbm_image *im, int64_t bucket, uint32_t i,
		      struct gdbm_slot *ret)
{
	uint64_t at = (uint64_t)bucket + offsetof(struct gdbm_bucket, slot) +
		      (uint64_t)i * sizeof(*ret);

	memcpy(ret, im->bytes + at, sizeof(*ret));
}

/* How many directory entries in a row, from I on, name the same bucket. */
static uint64_t run_length(const struct gdbm_image *im, uint64_t i)
{
	int64_t at = bucket_at(im, i);
	uint64_t n = 1;

	while (i + n < buckets(im) && bucket_at(im, i + n) == at)
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

/* Is this the entry of a key that a lookup would find here? */
static bool slot_good(const struct gdbm_image *im, int64_t bucket,
		      const struct gdbm_slot *s)
{
	const unsigned char *key;
	size_t start = GDBM_KEY_START;

	if (s->hash < 0 || s->at < 0 || s->key_size <= 0 ||
	    s->key_size > ENTRY_MOST || s->value_size < 0 ||
	    s->value_size > ENTRY_MOST)
		return false;
	if (bucket_at(im, (uint64_t)s->hash >> (GDBM_HASH_BITS -
						im->layout.dir_bits)) != bucket)
		return false;
	if (!inside(im, (uint64_t)s->at,
		    (uint64_t)s->key_size + (uint64_t)s->value_size))
		return false;
	key = im->bytes + s->at;
	if ((size_t)s->key_size < start)
		start = (size_t)s->key_size;
	/* A key that was overwritten by another's is not that other's entry. */
	return memcmp(key, s->key_start, start) == 0 &&
	       hash_of(key, (uint32_t)s->key_size) == (uint32_t)s->hash;
}

/* ---- who uses which byte ----------------------------------------- */

/* The bits of the bitmap's byte I that stand for bytes from AT to END. */
static unsigned char bits_of(uint64_t i, uint64_t at, uint64_t end)
{
	unsigned mask = 0xff;

	if (i == at / 8)
		mask &= 0xffu << at % 8;
	if (i == end / 8)
		mask &= 0xffu >> (8 - end % 8);
	return (unsigned char)mask;
}

static bool any_set(const unsigned char *bitmap, uint64_t at, uint64_t length)
{
	uint64_t end = at + length;

	for (uint64_t i = at / 8; i * 8 < end; i++)
		if ((bitmap[i] & bits_of(i, at, end)) != 0)
			return true;
	return false;
}

/* False when somebody uses a part of it already; then that is contested. */
static bool claim(struct gdbm_image *im, uint64_t at, uint64_t length)
{
	uint64_t end = at + length;
	bool alone = true;

	for (uint64_t i = at / 8; i * 8 < end; i++) {
		unsigned char mine = bits_of(i, at, end);
		unsigned char taken = im->used[i] & mine;

		if (taken != 0) {
			im->contested[i] |= taken;
			alone = false;
		}
		im->used[i] |= mine;
	}
	return alone;
}

/* ---- examining --------------------------------------------------- */

static bool examine_slots(struct gdbm_image *im, int64_t at,
			  const struct gdbm_bucket *b)
{
	bool good = true;
	int32_t count = 0;

	for (uint32_t i = 0; i < im->layout.bucket_slots; i++) {
		struct gdbm_slot s;

		slot_read(im, at, i, &s);
		if (s.hash == -1)
			continue;
		count++;
		if (!slot_good(im, at, &s) ||
		    !claim(im, (uint64_t)s.at,
			   (uint64_t)s.key_size + (uint64_t)s.value_size))
			good = false;
	}
	return good && count == b->count;
}

/* Every bucket once, and all entries in them. */
static bool examine_buckets(struct gdbm_image *im)
{
	bool good = true;
	uint64_t run;

	for (uint64_t i = 0; i < buckets(im); i += run) {
		int64_t at = bucket_at(im, i);
		struct gdbm_bucket b;

		run = run_length(im, i);
		if (!bucket_read(im, at, &b)) {
			good = false;
			continue;
		}
		if (run != UINT64_C(1) << (im->layout.dir_bits -
					   (unsigned)b.bits) ||
		    i % run != 0)
			good = false;
		if (!claim(im, (uint64_t)at, im->layout.bucket_size) ||
		    !examine_slots(im, at, &b))
			good = false;
	}
	return good;
}

/* Free space in use would be given away while it is. */
static bool free_good(struct gdbm_image *im, const struct gdbm_free_space *f)
{
	uint64_t at = (uint64_t)f->at, length = (uint64_t)f->size;

	if (f->size <= 0 || f->at < (int64_t)im->layout.block_size ||
	    !inside(im, at, length) || any_set(im->used, at, length))
		return false;
	return claim(im, at, length);
}

static bool examine_table(struct gdbm_image *im, uint64_t at, uint64_t room,
			  struct gdbm_free_table *ret)
{
	if (!read_at(im, (int64_t)at, ret, sizeof(*ret)) || ret->count < 0 ||
	    ret->count > ret->slots ||
	    sizeof(*ret) + (uint64_t)ret->count *
				    sizeof(struct gdbm_free_space) >
		    room)
		return false;
	for (int32_t i = 0; i < ret->count; i++) {
		struct gdbm_free_space f;

		if (!read_at(im,
			     (int64_t)(at + sizeof(*ret) +
				       (uint64_t)i * sizeof(f)),
			     &f, sizeof(f)) ||
		    !free_good(im, &f))
			return false;
	}
	return true;
}

/*
 * The header's table and those it continues in, each of which holds up to
 * half a table: GDBM moves every other element out of a full one.
 */
static bool examine_header_tables(struct gdbm_image *im)
{
	uint64_t at = offsetof(struct gdbm_header, free);
	uint64_t room = im->layout.block_size - at;
	struct gdbm_free_table t;

	if (!examine_table(im, at, room, &t))
		return false;
	room = (uint64_t)t.slots * sizeof(struct gdbm_free_space) / 2 +
	       sizeof(struct gdbm_free_table) + sizeof(struct gdbm_free_space);
	while (t.next != 0) { /* ends: no table is claimed twice */
		at = (uint64_t)t.next;
		if (t.next < 0 || !inside(im, at, room) ||
		    any_set(im->used, at, room))
			return false;
		claim(im, at, room);
		if (!examine_table(im, at, room, &t))
			return false;
	}
	return true;
}

static bool examine_free(struct gdbm_image *im)
{
	uint64_t run;

	for (uint64_t i = 0; i < buckets(im); i += run) {
		struct gdbm_bucket b;

		run = run_length(im, i);
		if (!bucket_read(im, bucket_at(im, i), &b))
			continue;
		if (b.free_count < 0 || b.free_count > GDBM_BUCKET_FREE)
			return false;
		for (int32_t f = 0; f < b.free_count; f++)
			if (!free_good(im, &b.free[f]))
				return false;
	}
	return examine_header_tables(im);
}

/* Where the last thing in use ends, in whole blocks. */
static uint64_t used_end(const struct gdbm_image *im)
{
	uint64_t block = im->layout.block_size;
	uint64_t i = im->size;

	while (i > 0 && im->used[(i - 1) / 8] == 0)
		i = (i - 1) / 8 * 8;
	return (i + block - 1) / block * block;
}

/* What to make of the space that no entry uses. */
static enum gdbm_image_state examine_space(struct gdbm_image *im)
{
	uint64_t end = used_end(im);

	/* What is used behind the end that the header knows would be given
	 * out once more. What is not used there is easily cut off. */
	if (im->layout.next_block < end || im->layout.next_block > im->size ||
	    !examine_free(im)) {
		im->end = end;
		im->forget_free = true;
		return GDBM_IMAGE_LOOSE;
	}
	im->end = im->layout.next_block;
	return im->end == im->size ? GDBM_IMAGE_SOUND : GDBM_IMAGE_LOOSE;
}

static enum gdbm_image_state examine(struct gdbm_image *im)
{
	struct gdbm_header h;

	if (im->size == 0)
		return GDBM_IMAGE_SOUND; /* GDBM will make a new one of it */
	if (!read_at(im, 0, &h, sizeof(h)) || !gdbm_header_good(&h, im->size))
		return GDBM_IMAGE_DAMAGED;
	im->layout = (struct gdbm_image_layout){
		.block_size = (uint64_t)h.block_size,
		.dir = (uint64_t)h.dir,
		.dir_bits = (unsigned)h.dir_bits,
		.bucket_size = (uint64_t)h.bucket_size,
		.bucket_slots = (uint32_t)h.bucket_slots,
		.next_block = (uint64_t)h.next_block,
	};
	im->readable = true;
	claim(im, 0, im->layout.block_size);
	if (!claim(im, im->layout.dir, (uint64_t)h.dir_size) ||
	    !examine_buckets(im))
		return GDBM_IMAGE_DAMAGED;
	return examine_space(im);
}

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
	im.state = examine(&im);
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

	slot_read(im, bucket, i, &s);
	if (s.hash == -1 || !slot_good(im, bucket, &s) ||
	    any_set(im->contested, (uint64_t)s.at,
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
	while (walk->bucket < buckets(im)) {
		int64_t at = bucket_at(im, walk->bucket);
		struct gdbm_bucket b;

		if (bucket_read(im, at, &b))
			while (walk->slot < im->layout.bucket_slots)
				if (entry_at(im, at, walk->slot++, ret_key,
					     ret_value))
					return true;
		walk->bucket += run_length(im, walk->bucket);
		walk->slot = 0;
	}
	return false;
}

static int mend_bucket(const struct gdbm_image *im, int fd, int64_t at)
{
	const int32_t none = 0;
	struct gdbm_bucket b;

	if (!bucket_read(im, at, &b) || b.free_count == none)
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

	for (uint64_t i = 0; i < buckets(im); i += run) {
		run = run_length(im, i);
		r = mend_bucket(im, fd, bucket_at(im, i));
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
