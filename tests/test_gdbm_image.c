#include "cache/cache_gdbm.h"
#include "cache/gdbm_buckets.h"
#include "cache/gdbm_image.h"
#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS 20000

/* How long each key's value is; 0: there is none. */
static unsigned char lengths[KEYS];

static int file;

static void make_file(void)
{
	file = memfd_create("test_gdbm_image", MFD_CLOEXEC);
	ck_assert_int_ge(file, 0);
	memset(lengths, 0, sizeof(lengths));
}

static void remove_file(void)
{
	close(file);
}

static uint32_t next_random(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

static void format_key(uint32_t n, char *key, size_t size)
{
	if (n % 4 == 0)
		snprintf(key, size, "2001:db8::%x/64", n);
	else
		snprintf(key, size, "10.0.%u.%u", n >> 8, n & 255);
}

/* Store, lengthen, shorten and delete: all that makes free space. */
static void change_some(uint32_t keys, uint32_t changes, uint32_t *random)
{
	struct gdbm_file_info *db;

	ck_assert_int_eq(cache_gdbm_open(dup(file), true, &db), 0);
	for (uint32_t i = 0; i < changes; i++) {
		uint32_t n = next_random(random) % keys;
		char key[40], value[256];
		uint32_t length = next_random(random) % 120;

		format_key(n, key, sizeof(key));
		memset(value, '7', sizeof(value));
		if (length < 20) {
			ck_assert_int_eq(cache_gdbm_delete(db, span_of(key)),
					 lengths[n] != 0);
			lengths[n] = 0;
			continue;
		}
		lengths[n] = (unsigned char)length;
		ck_assert_int_eq(
			cache_gdbm_store(db, span_of(key),
					 (struct span){ value, length }),
			0);
	}
	cache_gdbm_close(db);
}

static unsigned count_keys(void)
{
	unsigned n = 0;

	for (int i = 0; i < KEYS; i++)
		n += lengths[i] != 0;
	return n;
}

static unsigned count_entries(const struct gdbm_image *im)
{
	struct gdbm_image_walk walk = { 0 };
	struct span key, value;
	unsigned n = 0;

	while (gdbm_image_next(im, &walk, &key, &value))
		n++;
	ck_assert(!gdbm_image_next(im, &walk, &key, &value));
	return n;
}

/* What GDBM makes is sound, whatever it went through: small and large files,
 * with free space in buckets, in the header and in blocks of its own. */
START_TEST(healthy_files_are_sound)
{
	uint32_t random = (uint32_t)_i + 1;
	uint32_t keys = _i % 2 ? KEYS : 300;

	for (int round = 0; round < 12; round++) {
		struct gdbm_image im;

		change_some(keys, keys / 6, &random);
		ck_assert_int_eq(gdbm_image_load(file, &im), 0);
		ck_assert_int_eq(im.state, GDBM_IMAGE_SOUND);
		ck_assert_uint_eq(count_entries(&im), count_keys());
		gdbm_image_unload(&im);
	}
}
END_TEST

START_TEST(nothing_is_sound)
{
	struct gdbm_image im;

	ck_assert_int_eq(gdbm_image_load(file, &im), 0);
	ck_assert_int_eq(im.state, GDBM_IMAGE_SOUND);
	ck_assert_uint_eq(count_entries(&im), 0);
	gdbm_image_unload(&im);
	gdbm_image_unload(&im);
	ck_assert_int_eq(gdbm_image_load(-1, &im), -EBADF);
}
END_TEST

/* The first slot from *AT on that is in use; *AT is behind it then. */
static uint32_t next_used(const struct gdbm_image *im, int64_t bucket,
			  uint32_t *at, struct gdbm_slot *ret)
{
	do {
		ck_assert_uint_lt(*at, im->layout.bucket_slots);
		gdbm_slot_read(im, bucket, (*at)++, ret);
	} while (ret->hash == -1);
	return *at - 1;
}

/* Two entries that each look good alone, of the same bytes: who wrote them
 * nobody knows. */
START_TEST(bytes_of_two_entries_are_nobodys)
{
	struct gdbm_file_info *db;
	struct gdbm_slot first, second;
	struct gdbm_image im;
	uint32_t at = 0, place;
	int64_t bucket;

	ck_assert_int_eq(cache_gdbm_open(dup(file), true, &db), 0);
	for (uint32_t n = 1; n <= 3; n++) {
		char key[40];

		format_key(n, key, sizeof(key));
		ck_assert_int_eq(cache_gdbm_store(db, span_of(key), SPAN("7")),
				 0);
	}
	cache_gdbm_close(db);
	ck_assert_int_eq(gdbm_image_load(file, &im), 0);
	ck_assert_uint_eq(count_entries(&im), 3);
	bucket = gdbm_bucket_at(&im, 0);
	next_used(&im, bucket, &at, &first);
	place = next_used(&im, bucket, &at, &second);
	gdbm_image_unload(&im);

	ck_assert_int_eq(
		pwrite(file, &first, sizeof(first),
		       bucket + (off_t)offsetof(struct gdbm_bucket, slot) +
			       (off_t)(place * sizeof(first))),
		sizeof(first));
	ck_assert_int_eq(gdbm_image_load(file, &im), 0);
	ck_assert_int_eq(im.state, GDBM_IMAGE_DAMAGED);
	ck_assert_uint_eq(count_entries(&im), 1);
	gdbm_image_unload(&im);
}
END_TEST

START_TEST(rebuilt_files_hold_the_same)
{
	uint32_t random = 5;
	struct gdbm_image im, new;
	int fd;

	change_some(KEYS, KEYS, &random);
	ck_assert_int_eq(gdbm_image_load(file, &im), 0);
	ck_assert_int_eq(cache_gdbm_rebuild(&im, &fd), 0);
	ck_assert_int_eq(gdbm_image_load(fd, &new), 0);
	ck_assert_int_eq(new.state, GDBM_IMAGE_SOUND);
	ck_assert_uint_eq(count_entries(&new), count_keys());
	gdbm_image_unload(&im);
	gdbm_image_unload(&new);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("gdbm_image");

	tcase_add_checked_fixture(tc, make_file, remove_file);
	tcase_add_loop_test(tc, healthy_files_are_sound, 0, 4);
	tcase_add_test(tc, nothing_is_sound);
	tcase_add_test(tc, bytes_of_two_entries_are_nobodys);
	tcase_add_test(tc, rebuilt_files_hold_the_same);
	return unit_run();
}
