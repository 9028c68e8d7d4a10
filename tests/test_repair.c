#include "base/clock.h"
#include "cache/cache.h"
#include "cache/cache_gdbm.h"
#include "cache/gdbm_image.h"
#include "cache/repair.h"
#include "cache_dir.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOON	INT64_C(1790000000)
#define LONG	(clock_mono() + 30 * CLOCK_SECOND)
#define ENTRIES 250 /* two buckets, split once */

/* ---- dying on time ----------------------------------------------- */

/*
 * GDBM and ours write by these; in a child that has said so, the process ends
 * before one of them, or in the middle. Only what a kill -9 can do: a write
 * within one page happens wholly or not at all.
 */
static int writes_left = -1;

static size_t allowed(size_t length)
{
	if (writes_left < 0)
		return length;
	if (writes_left-- > 0)
		return length;
	return length > 4096 ? 4096 : 0;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	size_t n = allowed(length);
	ssize_t r = 0;

	if (n > 0)
		r = syscall(SYS_write, fd, bytes, n);
	if (n < length)
		_exit(9);
	return r;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
	size_t n = allowed(length);
	ssize_t r = 0;

	if (n > 0)
		r = syscall(SYS_pwrite64, fd, bytes, n, at);
	if (n < length)
		_exit(9);
	return r;
}

int ftruncate(int fd, off_t length)
{
	if (allowed(1) == 0)
		_exit(9);
	return (int)syscall(SYS_ftruncate, fd, length);
}

/* No test here is about a loss of power, and all are about many writes. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* ---- helpers ----------------------------------------------------- */

static const char *key_of(int n)
{
	static char key[40];

	snprintf(key, sizeof(key), "10.0.%d.%d", n / 256, n % 256);
	return key;
}

/* A value that says whose it is. */
static int64_t until_of(int n)
{
	return NOON + 1000 * n;
}

static int update(int n)
{
	struct cache_pass pass = { .complete = true };
	bool was_new;

	for (int t = 0; t < TESTS; t++)
		pass.until[t] = until_of(n) + t;
	return cache_update(&cache, key_of(n), &pass, NOON, LONG, &was_new);
}

static int lookup(int n, struct stamps *ret)
{
	return cache_lookup(&cache, key_of(n), LONG, ret);
}

static void fill(void)
{
	for (int n = 0; n < ENTRIES; n++)
		ck_assert_int_eq(update(n), 0);
}

static void check_value(int n, const struct stamps *s)
{
	for (int t = 0; t < TESTS; t++)
		ck_assert_int_eq(s->until[t], until_of(n) + t);
	ck_assert_int_eq(s->first, NOON);
	ck_assert_int_eq(s->last, NOON);
}

/* How many of the first COUNT entries are there; none may be wrong. */
static int count_kept(int count)
{
	struct stamps s;
	int kept = 0;

	for (int n = 0; n < count; n++) {
		int r = lookup(n, &s);

		ck_assert_int_ge(r, 0);
		if (r > 0) {
			check_value(n, &s);
			kept++;
		}
	}
	return kept;
}

static void check_sound(void)
{
	int fd = open(file, O_RDONLY);
	struct gdbm_image im;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gdbm_image_load(fd, &im), 0);
	ck_assert_int_eq(im.state, GDBM_IMAGE_SOUND);
	gdbm_image_unload(&im);
	close(fd);
}

static void poke(const char *path, off_t at, const void *bytes, size_t length)
{
	int fd = open(path, O_RDWR);

	ck_assert_int_eq(pwrite(fd, bytes, length, at), (ssize_t)length);
	close(fd);
}

static void mark(char letter)
{
	poke(lock, 0, &letter, 1);
}

static void peek(off_t at, void *bytes, size_t length)
{
	int fd = open(file, O_RDONLY);

	ck_assert_int_eq(pread(fd, bytes, length, at), (ssize_t)length);
	close(fd);
}

static off_t size_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

/* ---- killed at every write --------------------------------------- */

/* Store entry N in a child that dies at its write number AT. True when the
 * child lived. */
static bool update_dying(int n, int at)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		writes_left = at;
		_exit(update(n) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 1);
	return WEXITSTATUS(status) == 0;
}

/*
 * One entry after the other, each at first by a writer that dies a write
 * later than the one before it. The last but one lives; nothing is lost, at
 * the splits of buckets neither.
 */
START_TEST(a_killed_writer_loses_nothing)
{
	struct stamps s;
	int at = 0;

	for (int n = 0; n < ENTRIES; n++) {
		while (!update_dying(n, at)) {
			int r = lookup(n, &s);

			/* The mark, or before or behind everything. */
			ck_assert(r == -EUCLEAN || r == 0 || r == 1);
			if (r > 0)
				check_value(n, &s);
			at++;
		}
		at = n % 3; /* the repair itself is killed, too */
		ck_assert_int_eq(lookup(n, &s), 1);
		if (n % 50 == 0 || at == 0)
			check_sound();
	}
	ck_assert_int_eq(count_kept(ENTRIES), ENTRIES);
	check_sound();
}
END_TEST

/* A value shorter than what it will be, by more or less. */
static void put_short(struct gdbm_file_info *db, int n)
{
	char value[80];

	snprintf(value, sizeof(value), "1;1;1;1;1;%lld;%0*d;0", (long long)NOON,
		 1 + n % 23, 0);
	ck_assert_int_eq(
		cache_gdbm_store(db, span_of(key_of(n)), span_of(value)), 0);
}

/*
 * Values that grow leave free space behind and take up what others left, in
 * the buckets' tables and in the header's. That is where a dead writer leaves
 * what is used and free at once.
 */
START_TEST(a_killed_writer_changes_nothing_else)
{
	struct gdbm_file_info *db;
	struct stamps s;

	ck_assert_int_eq(cache_open_for_update(&cache), 0);
	ck_assert_int_eq(cache_gdbm_open(dup(cache.data), true, &db), 0);
	for (int n = 0; n < ENTRIES; n++)
		put_short(db, n);
	cache_gdbm_close(db);
	for (int n = 0; n < ENTRIES; n++) {
		/* die at one write only, or at each */
		for (int at = n % 5; !update_dying(n, at); at++)
			if (n % 10 != 0)
				break;
		ck_assert_int_eq(update(n), 0);
		for (int i = 0; i <= n; i++) {
			ck_assert_int_eq(lookup(i, &s), 1);
			check_value(i, &s);
		}
		check_sound();
	}
}
END_TEST

/* ---- damage ------------------------------------------------------ */

static int32_t peek32(off_t at)
{
	int32_t value;

	peek(at, &value, sizeof(value));
	return value;
}

static int64_t peek64(off_t at)
{
	int64_t value;

	peek(at, &value, sizeof(value));
	return value;
}

static int64_t bucket(int i)
{
	return peek64(peek64(8) + i * 8);
}

static void marked(void)
{
	mark('D');
}

static void marked_by_another_version(void)
{
	mark('?');
}

static void journal_that_is_none(void)
{
	mark('J');
}

static void zero_length(void)
{
	ck_assert_int_eq(truncate(file, 0), 0);
}

static void short_header(void)
{
	ck_assert_int_eq(truncate(file, 100), 0);
}

static void cut_in_half(void)
{
	ck_assert_int_eq(truncate(file, size_of(file) / 2), 0);
}

static void cut_by_a_byte(void)
{
	ck_assert_int_eq(truncate(file, size_of(file) - 1), 0);
}

static void something_else(void)
{
	const char text[] = "What is this? No database of ours.\n";

	zero_length();
	for (int i = 0; i < 1000; i++)
		poke(file, i * (off_t)strlen(text), text, strlen(text));
}

static void wild_header(void)
{
	unsigned char wild[4096];

	memset(wild, 0xff, sizeof(wild));
	poke(file, 0, wild, sizeof(wild));
}

static void wild_directory(void)
{
	unsigned char wild[4096];

	memset(wild, 0x7f, sizeof(wild));
	poke(file, peek64(8), wild, sizeof(wild));
}

static void wild_bucket(void)
{
	unsigned char wild[4096];

	memset(wild, 0xee, sizeof(wild));
	poke(file, bucket(0), wild, sizeof(wild));
	marked(); /* lookups elsewhere would not notice */
}

static void longer(void)
{
	poke(file, size_of(file), "tail", 4);
}

static void longer_and_marked(void)
{
	longer();
	marked();
}

/* What a writer killed before the header leaves: an entry's space, listed
 * as free. It would be given to another. */
static void used_and_free(void)
{
	struct {
		int32_t size;
		int32_t gap;
		int64_t at;
	} space = { .size = 4096, .at = bucket(0) };

	if (peek32(44) == 0) { /* the table has none */
		const int32_t count = 1;

		poke(file, 44, &count, sizeof(count));
	}
	poke(file, 56, &space, sizeof(space));
	marked();
}

/* The same in a bucket's own table, the first one given out from. */
static void used_and_free_in_a_bucket(void)
{
	struct {
		int32_t count;
		int32_t gap;
		int32_t size;
		int32_t other_gap;
		int64_t at;
	} space = { .count = 1, .size = 4096, .at = bucket(0) };

	poke(file, bucket(0), &space, sizeof(space));
	marked();
}

/* No entry is lost, but the index is not in order. */
static void miscounted_bucket(void)
{
	int32_t count = peek32(bucket(0) + 108) - 1;

	poke(file, bucket(0) + 108, &count, sizeof(count));
	marked();
}

/* An entry that lies over the ends of two others: none can be trusted. */
static void shared_space(void)
{
	int64_t at = 0, other = 0;
	off_t first = 0;

	for (int i = 0; i < 166; i++) {
		off_t slot = bucket(0) + 112 + i * 24;

		if (peek32(slot) == -1)
			continue;
		if (at == 0) {
			at = peek64(slot + 8);
			first = slot;
		} else if (other == 0) {
			other = peek64(slot + 8);
			/* the first now ends where the other has its key */
			at = other - peek32(first + 16) - peek32(first + 20) +
			     1;
			poke(file, first + 8, &at, sizeof(at));
		}
	}
	ck_assert_int_ne(other, 0);
	marked();
}

static void from_before_the_last_boot(void)
{
	poke(lock, 16, "00000000-0000-0000-0000-000000000000", 36);
}

static void used_and_free_before_the_last_boot(void)
{
	used_and_free();
	mark('\0');
	from_before_the_last_boot();
}

static const struct {
	const char *why;
	void (*damage)(void);
	int found; /* by a reader: the key is the first that was stored */
	int kept;  /* at least, of ENTRIES */
} damages[] = {
	{ "a mark", marked, -EUCLEAN, ENTRIES },
	{ "an unknown mark", marked_by_another_version, -EUCLEAN, ENTRIES },
	{ "no journal where one should be", journal_that_is_none, -EUCLEAN,
	  ENTRIES },
	{ "zero length: nobody has written yet", zero_length, 0, 0 },
	{ "a piece of a header", short_header, -EUCLEAN, 0 },
	{ "half a file", cut_in_half, -EUCLEAN, 0 },
	{ "a byte is missing, of free space", cut_by_a_byte, 1, ENTRIES },
	{ "something else", something_else, -EUCLEAN, 0 },
	{ "a wild header", wild_header, -EUCLEAN, 0 },
	{ "a wild directory", wild_directory, -EUCLEAN, 0 },
	{ "a wild bucket", wild_bucket, -EUCLEAN, ENTRIES - 166 },
	{ "bytes at the end", longer, -EUCLEAN, ENTRIES },
	{ "bytes at the end, marked", longer_and_marked, -EUCLEAN, ENTRIES },
	{ "used and free at once", used_and_free, -EUCLEAN, ENTRIES },
	{ "used and free in a bucket", used_and_free_in_a_bucket, -EUCLEAN,
	  ENTRIES },
	{ "a miscounted bucket", miscounted_bucket, -EUCLEAN, ENTRIES },
	{ "used twice", shared_space, -EUCLEAN, ENTRIES - 3 },
	{ "not watched since", from_before_the_last_boot, 1, ENTRIES },
	{ "not watched since, damaged", used_and_free_before_the_last_boot, 1,
	  ENTRIES },
};

START_TEST(the_next_update_repairs)
{
	struct stamps s;
	struct stat before, after;
	int kept;

	fill();
	check_sound();
	cache_close(&cache);
	ck_assert_int_eq(stat(file, &before), 0);
	damages[_i].damage();
	ck_assert_msg(lookup(0, &s) == damages[_i].found, "%s: %d",
		      damages[_i].why, lookup(0, &s));
	ck_assert_int_eq(update(ENTRIES), 0);
	ck_assert_int_eq(lookup(ENTRIES, &s), 1);
	check_value(ENTRIES, &s);
	kept = count_kept(ENTRIES);
	ck_assert_msg(kept >= damages[_i].kept, "%s: %d", damages[_i].why,
		      kept);
	/* In place, and as good as new. */
	ck_assert_int_eq(stat(file, &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	if (damages[_i].damage != cut_by_a_byte) /* nobody noticed */
		check_sound();
	/* New entries harm none that were kept. */
	for (int n = ENTRIES + 1; n < 2 * ENTRIES; n++)
		ck_assert_int_eq(update(n), 0);
	ck_assert_int_eq(count_kept(2 * ENTRIES), kept + ENTRIES);
}
END_TEST

/* A sample of all files that differ from a good one in a few bytes. */
START_TEST(no_byte_can_kill)
{
	uint32_t random = 12345;
	struct stamps s;
	off_t size;

	fill();
	cache_close(&cache);
	size = size_of(file);
	for (int i = 0; i < 300; i++) {
		for (int b = 0; b < 4; b++) {
			unsigned char byte;

			random = random * 1664525 + 1013904223;
			byte = (unsigned char)(random >> 24);
			/* half of them where it hurts */
			poke(file, (random >> 4) % (b % 2 ? 12288 : size),
			     &byte, 1);
		}
		lookup(i, &s);
		if (i % 3 == 0)
			mark('D');
		ck_assert_int_eq(update(i), 0);
		ck_assert_int_eq(lookup(i, &s), 1);
	}
}
END_TEST

/* ---- the journal ------------------------------------------------- */

START_TEST(a_complete_journal_is_played)
{
	struct stamps s;
	int at;

	fill();
	cache_close(&cache);
	miscounted_bucket();
	/* Die at every write of the repair, first to last. */
	for (at = 0; !update_dying(ENTRIES, at); at++) {
		int r = lookup(0, &s);

		ck_assert(r == -EUCLEAN || r == 1);
	}
	ck_assert_int_gt(at, 5);
	ck_assert_int_eq(count_kept(ENTRIES + 1), ENTRIES + 1);
	check_sound();
	/* Its space is given back. */
	ck_assert_int_le(size_of(lock), 4096);
}
END_TEST

/* The file is half overwritten; all is in the journal. */
START_TEST(a_journal_beats_the_file)
{
	unsigned char bytes[65536];
	uint64_t length;

	fill();
	cache_close(&cache);
	length = (uint64_t)size_of(file);
	ck_assert_uint_le(length, sizeof(bytes));
	peek(0, bytes, length);
	poke(lock, 4096, bytes, length);
	poke(lock, 8, &length, sizeof(length));
	mark('J');
	something_else();
	poke(file, 0, bytes, 4096);
	ck_assert_int_eq(update(ENTRIES), 0);
	ck_assert_int_eq(count_kept(ENTRIES + 1), ENTRIES + 1);
	check_sound();
}
END_TEST

START_TEST(a_rebuild_keeps_everything)
{
	int data, marks;

	fill();
	data = open(file, O_RDWR);
	marks = open(lock, O_RDWR);
	mark('D');
	ck_assert_int_eq(repair(marks, data, true), 0);
	ck_assert_int_eq(count_kept(ENTRIES), ENTRIES);
	check_sound();
	close(data);
	close(marks);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("repair");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, a_killed_writer_loses_nothing);
	tcase_add_test(tc, a_killed_writer_changes_nothing_else);
	tcase_add_loop_test(tc, the_next_update_repairs, 0, ROWS(damages));
	tcase_add_test(tc, no_byte_can_kill);
	tcase_add_test(tc, a_complete_journal_is_played);
	tcase_add_test(tc, a_journal_beats_the_file);
	tcase_add_test(tc, a_rebuild_keeps_everything);
	return unit_run();
}
