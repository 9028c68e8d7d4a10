#include "cache/gdbm_examine.h"

#include "cache/gdbm_buckets.h"

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

bool gdbm_contested(const struct gdbm_image *im, uint64_t at, uint64_t length)
{
	return any_set(im->contested, at, length);
}

/* ---- examining --------------------------------------------------- */

static bool examine_slots(struct gdbm_image *im, int64_t at,
			  const struct gdbm_bucket *b)
{
	bool good = true;
	int32_t count = 0;

	for (uint32_t i = 0; i < im->layout.bucket_slots; i++) {
		struct gdbm_slot s;

		gdbm_slot_read(im, at, i, &s);
		if (s.hash == -1)
			continue;
		count++;
		if (!gdbm_slot_good(im, at, &s) ||
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

	for (uint64_t i = 0; i < gdbm_buckets(im); i += run) {
		int64_t at = gdbm_bucket_at(im, i);
		struct gdbm_bucket b;

		run = gdbm_bucket_run(im, i);
		if (!gdbm_bucket_read(im, at, &b)) {
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
	    !gdbm_image_has(im, at, length) || any_set(im->used, at, length))
		return false;
	return claim(im, at, length);
}

static bool examine_table(struct gdbm_image *im, uint64_t at, uint64_t room,
			  struct gdbm_free_table *ret)
{
	if (!gdbm_image_read(im, (int64_t)at, ret, sizeof(*ret)) ||
	    ret->count < 0 || ret->count > ret->slots ||
	    sizeof(*ret) + (uint64_t)ret->count *
				    sizeof(struct gdbm_free_space) >
		    room)
		return false;
	for (int32_t i = 0; i < ret->count; i++) {
		struct gdbm_free_space f;

		if (!gdbm_image_read(im,
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
		if (t.next < 0 || !gdbm_image_has(im, at, room) ||
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

	for (uint64_t i = 0; i < gdbm_buckets(im); i += run) {
		struct gdbm_bucket b;

		run = gdbm_bucket_run(im, i);
		if (!gdbm_bucket_read(im, gdbm_bucket_at(im, i), &b))
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

enum gdbm_image_state gdbm_examine(struct gdbm_image *im)
{
	struct gdbm_header h;

	if (im->size == 0)
		return GDBM_IMAGE_SOUND; /* GDBM will make a new one of it */
	if (!gdbm_image_read(im, 0, &h, sizeof(h)) ||
	    !gdbm_header_good(&h, im->size))
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
