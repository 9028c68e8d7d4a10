#include "cache/cache_batch.h"

#include "base/clock.h"
#include "base/filelock.h"
#include "cache/cache_copy.h"
#include "cache/cache_edit.h"
#include "cache/mark.h"
#include "cache_dir.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOON INT64_C(1790000000)

#define LONG  (clock_mono() + 30 * CLOCK_SECOND)
#define SHORT (clock_mono() + 50 * CLOCK_MS)

/* Entry number N: its fifth stamp tells which one it is. */
static struct cache_entry entry(int n)
{
	struct cache_entry e = {
		.stamps = { .until = { NOON, NOON, NOON, NOON, NOON + n },
			    .first = NOON,
			    .last = NOON,
			    .count = 3 },
	};

	snprintf(e.key, sizeof(e.key), "10.%d.%d.%d", n >> 16 & 255,
		 n >> 8 & 255, n & 255);
	return e;
}

static void fill(int count)
{
	static struct cache_entry e[CACHE_BATCH];
	int n = 0;

	while (n < count) {
		int size = 0;

		while (size < CACHE_BATCH && n < count)
			e[size++] = entry(n++);
		ck_assert_int_eq(cache_join(&cache, e, (size_t)size, LONG),
				 size);
	}
}

/* How many entries there are; each must be the one that FILL wrote. */
static int count(void)
{
	struct cache_copied got;
	struct cache_copy copy;
	int n = 0;

	ck_assert_int_eq(cache_copy_take(&cache, LONG, &copy), 0);
	while (cache_copy_next(&copy, &got)) {
		struct cache_entry want;

		ck_assert(got.readable);
		want = entry((int)(got.stamps.until[4] - NOON));
		ck_assert_span(got.key, want.key);
		n++;
	}
	cache_copy_drop(&copy);
	return n;
}

static bool all(const struct stamps *s, void *context)
{
	(void)s;
	(void)context;
	return true;
}

static bool odd(const struct stamps *s, void *context)
{
	(void)context;
	return s && s->until[4] % 2 == 1;
}

/* Remove the first COUNT entries for which DOOMED. */
static int remove_first(int count,
			bool (*doomed)(const struct stamps *, void *))
{
	int removed = 0;

	for (int n = 0; n < count; n += CACHE_BATCH) {
		static struct cache_entry e[CACHE_BATCH];
		const char *keys[CACHE_BATCH];
		int size, r;

		for (size = 0; size < CACHE_BATCH && n + size < count; size++) {
			e[size] = entry(n + size);
			keys[size] = e[size].key;
		}
		r = cache_remove(&cache, keys, (size_t)size, doomed, NULL,
				 LONG);
		ck_assert_int_ge(r, 0);
		removed += r;
	}
	return removed;
}

START_TEST(remove_asks_about_each)
{
	fill(250);
	ck_assert_int_eq(remove_first(250, odd), 125);
	ck_assert_int_eq(count(), 125);
	/* what is not there is not asked about, and not counted */
	ck_assert_int_eq(remove_first(300, odd), 0);
	ck_assert_int_eq(remove_first(300, all), 125);
	ck_assert_int_eq(count(), 0);
}
END_TEST

START_TEST(remove_makes_no_file)
{
	const char *key = "10.0.0.1";

	ck_assert_int_eq(cache_remove(&cache, &key, 1, all, NULL, LONG), 0);
	ck_assert_int_lt(access(file, F_OK), 0);
	ck_assert_int_lt(access(lock, F_OK), 0);
	ck_assert_int_eq(count(), 0);
	ck_assert_int_eq(cache_shrink(&cache, LONG), 0);
	ck_assert_int_lt(access(lock, F_OK), 0);
}
END_TEST

static const struct {
	const char *why;
	struct stamps before, with, after;
	int changed;
} joins[] = {
	{ "a new entry is taken as it is",
	  { .count = 0 },
	  { { 9, 1, 0, 8, 7 }, 3, 4, 5 },
	  { { 9, 1, 0, 8, 7 }, 3, 4, 5 },
	  1 },
	{ "the later stamp of each test",
	  { { 10, 20, 30, 1, 0 }, 5, 6, 7 },
	  { { 11, 19, 30, 9, 1 }, 5, 6, 7 },
	  { { 11, 20, 30, 9, 1 }, 5, 6, 7 },
	  1 },
	{ "the whole time it was known",
	  { { 10, 10, 10, 10, 10 }, 5, 6, 7 },
	  { { 10, 10, 10, 10, 10 }, 4, 8, 2 },
	  { { 10, 10, 10, 10, 10 }, 4, 8, 7 },
	  1 },
	{ "an unknown time is no early one",
	  { { 10, 10, 10, 10, 10 }, 5, 6, 7 },
	  { { 10, 10, 10, 10, 10 }, 0, 0, 0 },
	  { { 10, 10, 10, 10, 10 }, 5, 6, 7 },
	  0 },
	{ "nothing new is no change",
	  { { 10, 10, 10, 10, 10 }, 5, 6, 7 },
	  { { 9, 1, 0, 10, 2 }, 5, 6, 7 },
	  { { 10, 10, 10, 10, 10 }, 5, 6, 7 },
	  0 },
};

START_TEST(join_keeps_the_best_of_both)
{
	struct cache_entry e = { .key = "2001:db8::/64" };
	struct stamps got;

	if (joins[_i].before.count > 0) {
		e.stamps = joins[_i].before;
		ck_assert_int_eq(cache_join(&cache, &e, 1, LONG), 1);
	}
	e.stamps = joins[_i].with;
	ck_assert_msg(cache_join(&cache, &e, 1, LONG) == joins[_i].changed,
		      "%s", joins[_i].why);
	ck_assert_int_eq(cache_lookup(&cache, e.key, LONG, &got), 1);
	for (int t = 0; t < TESTS; t++)
		ck_assert_msg(got.until[t] == joins[_i].after.until[t],
			      "%s: test %d is %lld", joins[_i].why, t,
			      (long long)got.until[t]);
	ck_assert_int_eq(got.first, joins[_i].after.first);
	ck_assert_int_eq(got.last, joins[_i].after.last);
	ck_assert_uint_eq(got.count, joins[_i].after.count);
}
END_TEST

START_TEST(shrink_when_half_is_of_no_use)
{
	struct stat before, after;

	fill(6000);
	ck_assert_int_eq(cache_shrink(&cache, LONG), 0);
	ck_assert_int_eq(remove_first(600, all), 600);
	ck_assert_int_eq(cache_shrink(&cache, LONG), 0);
	ck_assert_int_eq(remove_first(5000, all), 4400);
	stat(file, &before);
	ck_assert_int_eq(cache_shrink(&cache, LONG), 1);
	stat(file, &after);
	ck_assert_int_lt(after.st_size, before.st_size / 2);
	ck_assert_int_eq(after.st_ino, before.st_ino); /* others have it open */
	ck_assert_int_eq(count(), 1000);
	/* and once is enough */
	ck_assert_int_eq(cache_shrink(&cache, LONG), 0);
	fill(1100);
	ck_assert_int_eq(count(), 1000 + 1100);
	ck_assert_int_eq(stat(lock, &after), 0);
	ck_assert_int_le(after.st_size, 4096); /* no journal is left */
}
END_TEST

START_TEST(a_held_lock_ends_the_wait)
{
	struct cache_copy copy;
	const char *key = "10.0.0.1";
	struct cache_entry e = entry(1);
	int fd;

	fill(3);
	fd = open(file, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(filelock_take_whole(fd, LONG), 0);
	ck_assert_int_eq(cache_copy_take(&cache, SHORT, &copy), -ETIMEDOUT);
	ck_assert_int_eq(cache_remove(&cache, &key, 1, all, NULL, SHORT),
			 -ETIMEDOUT);
	ck_assert_int_eq(cache_join(&cache, &e, 1, SHORT), -ETIMEDOUT);
	ck_assert_int_eq(cache_shrink(&cache, SHORT), -ETIMEDOUT);
	close(fd);
	ck_assert_int_eq(count(), 3);
}
END_TEST

/* Copying waits for writers only, and makes only them wait. */
START_TEST(a_copy_is_no_readers_business)
{
	struct stamps s;
	struct cache reader;

	fill(3);
	cache_init(&reader, file);
	ck_assert_int_eq(cache_edit_begin_alone(&cache, LONG), 0);
	ck_assert_int_eq(cache_lookup(&reader, "10.0.0.1", SHORT, &s), 1);
	cache_edit_end_alone(&cache);
	cache_close(&reader);
}
END_TEST

START_TEST(a_dead_writers_mark_is_cleared_first)
{
	struct stamps s;
	int fd;

	fill(3);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(mark_set(fd, MARK_DIRTY), 0);
	ck_assert_int_eq(cache_lookup(&cache, "10.0.0.1", LONG, &s), -EUCLEAN);
	ck_assert_int_eq(count(), 3);
	ck_assert_int_eq(cache_lookup(&cache, "10.0.0.1", LONG, &s), 1);
	close(fd);
}
END_TEST

/*
 * The store that fails is not the first of its batch: buckets were split
 * before, and the index to put back is not the one of the beginning. Where
 * the disk is full decides which store fails.
 */
START_TEST(a_full_disk_keeps_the_rest_of_a_batch)
{
	struct rlimit limit, whole;
	struct cache_entry e[CACHE_BATCH];
	int kept = 0, r = 0;

	getrlimit(RLIMIT_FSIZE, &whole);
	limit = whole;
	limit.rlim_cur = (rlim_t)(60000 + 4096 * _i);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int n = 0; n < 20000 && r >= 0; n += CACHE_BATCH) {
		for (int i = 0; i < CACHE_BATCH; i++)
			e[i] = entry(n + i);
		r = cache_join(&cache, e, CACHE_BATCH, LONG);
		kept += r > 0 ? r : 0;
	}
	setrlimit(RLIMIT_FSIZE, &whole);
	ck_assert_int_eq(r, -EFBIG);
	ck_assert_int_gt(kept, 0);
	ck_assert_int_ge(count(), kept);
}
END_TEST

START_TEST(an_empty_file_has_no_entries)
{
	const char *key = "10.0.0.1";
	struct cache_copied got;
	struct cache_copy copy;

	fill(1);
	cache_close(&cache);
	ck_assert_int_eq(truncate(file, 0), 0);
	ck_assert_int_eq(cache_copy_take(&cache, LONG, &copy), 0);
	ck_assert(!cache_copy_next(&copy, &got));
	cache_copy_drop(&copy);
	ck_assert_int_eq(cache_remove(&cache, &key, 1, all, NULL, LONG), 0);
	ck_assert_int_eq(count(), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache_batch");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, remove_asks_about_each);
	tcase_add_test(tc, remove_makes_no_file);
	tcase_add_loop_test(tc, join_keeps_the_best_of_both, 0, ROWS(joins));
	tcase_add_test(tc, shrink_when_half_is_of_no_use);
	tcase_add_test(tc, a_held_lock_ends_the_wait);
	tcase_add_test(tc, a_copy_is_no_readers_business);
	tcase_add_test(tc, a_dead_writers_mark_is_cleared_first);
	tcase_add_loop_test(tc, a_full_disk_keeps_the_rest_of_a_batch, 0, 30);
	tcase_add_test(tc, an_empty_file_has_no_entries);
	return unit_run();
}
