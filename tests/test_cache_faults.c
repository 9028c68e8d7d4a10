/*
 * The whole room: whichever system call fails while the cache is read, written
 * or repaired, nothing is left open or locked, no entry becomes another, and
 * the next one finds everything, or makes it sound again.
 */
#include "base/clock.h"
#include "cache/cache_batch.h"
#include "cache/cache_copy.h"
#include "cache/cache_edit.h"
#include "cache_dir.h"
#include "failing.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define NOON	INT64_C(1790000000)
#define ENTRIES 170 /* two buckets, split once */
#define OLD	"10.0.1.7"
#define NEW	"10.1.0.1"
#define AFTER	"10.1.0.2"

/* Long enough for anything. */
#define LONG (clock_mono() + 30 * CLOCK_SECOND)

/* Each of the first calls fails, then one of many: those of a long repair are
 * the same for each entry. */
#define FIRST 120
#define STEP  17

/* More calls than anything here makes. */
#define MOST 2000

/* ---- what there is before ----------------------------------------- */

static const char *key_of(int n)
{
	static char key[CACHE_KEY];

	snprintf(key, sizeof(key), "10.0.%d.%d", n / 100, n % 100);
	return key;
}

/* A value that says whose it is. */
static struct cache_pass pass_of(const char *key)
{
	struct cache_pass pass = { .complete = true };

	for (int t = 0; t < TESTS; t++)
		pass.until[t] = NOON + 1000 * (key[5] - '0') + key[7];
	return pass;
}

static int update(const char *key)
{
	struct cache_pass pass = pass_of(key);
	bool was_new;

	return cache_update(&cache, key, &pass, NOON, LONG, &was_new);
}

static void poke(const char *path, off_t at, const void *bytes, size_t length)
{
	int fd = open(path, O_RDWR);

	ck_assert_int_eq(pwrite(fd, bytes, length, at), (ssize_t)length);
	close(fd);
}

static void nothing(void)
{
}

static void fill(void)
{
	for (int n = 0; n < ENTRIES; n++)
		ck_assert_int_eq(update(key_of(n)), 0);
}

/* A writer has died, and nobody knows what it wrote. */
static void leave_mark(void)
{
	fill();
	poke(lock, 0, "D", 1);
}

/* The machine has started anew since. */
static void boot(void)
{
	fill();
	poke(lock, 16, "11111111-2222-3333-4444-555555555555", 36);
}

/* The writer died when a new file was complete in the journal. */
static void leave_journal(void)
{
	int fd;

	fill();
	fd = open(file, O_RDWR);
	ck_assert_int_eq(mark_journal_write(cache.lock, fd), 0);
	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	close(fd);
}

/* A long entry of somebody else has left most of the file of no use. */
static int waste_one(struct cache_edit *e, void *context)
{
	static char value[300 << 10];
	const char *key = context;
	int r;

	memset(value, 'x', sizeof(value));
	r = cache_edit_store(e, span_of(key), 0,
			     (struct span){ value, sizeof(value) });
	return r < 0 ? r : cache_edit_delete(e, span_of(key));
}

static void waste(void)
{
	char key[] = "0/";

	fill();
	ck_assert_int_eq(cache_edit(&cache, waste_one, key, LONG), 1);
}

/* Both files as they were, for each call anew. */
static struct {
	char bytes[2 << 20];
	ssize_t length; /* -1: not there */
} files[2];

static const char *file_of(int which)
{
	return which == 0 ? file : lock;
}

static void remember_files(void)
{
	for (int i = 0; i < 2; i++) {
		int fd = open(file_of(i), O_RDONLY);

		files[i].length = -1;
		if (fd < 0)
			continue;
		files[i].length =
			read(fd, files[i].bytes, sizeof(files[i].bytes));
		ck_assert_int_lt(files[i].length, sizeof(files[i].bytes));
		close(fd);
	}
}

static void restore_files(void)
{
	for (int i = 0; i < 2; i++) {
		int fd;

		unlink(file_of(i));
		if (files[i].length < 0)
			continue;
		fd = open(file_of(i), O_WRONLY | O_CREAT | O_EXCL, 0600);
		ck_assert_int_eq(write(fd, files[i].bytes,
				       (size_t)files[i].length),
				 files[i].length);
		close(fd);
	}
}

/* ---- what is done ------------------------------------------------- */

static int look_up(void)
{
	struct stamps s;
	int r = cache_lookup(&cache, OLD, LONG, &s);

	if (r > 0)
		ck_assert_int_eq(s.until[0], pass_of(OLD).until[0]);
	return r;
}

/* The file stays open for the second. */
static int look_up_twice(void)
{
	int r;

	cache.keep_reading = true;
	r = look_up();
	return r < 0 ? r : look_up();
}

static int update_old(void)
{
	return update(OLD);
}

static int update_new(void)
{
	return update(NEW);
}

static int update_twice(void)
{
	int r;

	cache.keep_open = true;
	r = update(NEW);
	return r < 0 ? r : update(OLD);
}

static bool doomed(const struct stamps *s, void *context)
{
	(void)s;
	(void)context;
	return true;
}

static int remove_two(void)
{
	const char *keys[] = { NEW, AFTER };
	int r = update(NEW);

	if (r == 0)
		r = update(AFTER);
	return r < 0 ? r : cache_remove(&cache, keys, 2, doomed, NULL, LONG);
}

static int join_two(void)
{
	struct cache_entry entries[] = {
		{ OLD, { .until = { 1 }, .first = 1, .last = 1 } },
		{ NEW, { .first = NOON, .last = NOON, .count = 1 } },
	};
	struct cache_pass pass = pass_of(NEW);

	memcpy(entries[1].stamps.until, pass.until, sizeof(pass.until));
	return cache_join(&cache, entries, 2, LONG);
}

static int shrink(void)
{
	return cache_shrink(&cache, LONG);
}

static int mend(void)
{
	return cache_mend(&cache, LONG);
}

static int take_copy(void)
{
	struct cache_copy copy;
	int r = cache_copy_take(&cache, LONG, &copy);

	if (r == 0)
		cache_copy_drop(&copy);
	return r;
}

static const struct scene {
	const char *what;
	void (*before)(void);
	int (*work)(void);
	int result;
} scenes[] = {
	{ "look up", fill, look_up, 1 },
	{ "look up where nothing is", nothing, look_up, 0 },
	{ "look up twice", fill, look_up_twice, 1 },
	{ "make the file", nothing, update_new, 0 },
	{ "update", fill, update_old, 0 },
	{ "add", fill, update_new, 0 },
	{ "update, and keep it open", fill, update_twice, 0 },
	{ "update behind a writer that died", leave_mark, update_old, 0 },
	{ "update behind one that repaired", leave_journal, update_old, 0 },
	{ "update behind a start of the machine", boot, update_old, 0 },
	{ "mend what is marked", leave_mark, mend, 0 },
	{ "mend a journal", leave_journal, mend, 0 },
	{ "mend what is sound", fill, mend, 0 },
	{ "remove", fill, remove_two, 2 },
	{ "join", fill, join_two, 2 },
	{ "shrink", waste, shrink, 1 },
	{ "copy", fill, take_copy, 0 },
	{ "copy behind a writer that died", leave_mark, take_copy, 0 },
};

/* ---- what there is behind ----------------------------------------- */

/* How many of the entries there were; what is there is right. */
static int count_kept(const char *why)
{
	struct cache_copied one;
	struct cache_copy copy;
	int kept = 0;

	ck_assert_int_eq(cache_copy_take(&cache, LONG, &copy), 0);
	while (cache_copy_next(&copy, &one)) {
		char key[CACHE_KEY];
		struct sbuf name = SBUF(key);

		sbuf_add(&name, one.key);
		if (strchr(key, '/'))
			continue;
		ck_assert_msg(one.readable &&
				      one.stamps.until[TEST_DNSBL] ==
					      pass_of(key).until[TEST_DNSBL],
			      "%s: %s is %.*s", why, key, (int)one.value.len,
			      one.value.p);
		kept += strncmp(key, "10.0.", 5) == 0;
	}
	cache_copy_drop(&copy);
	return kept;
}

static bool is_sound(const struct scene *s)
{
	return s->before == nothing || s->before == fill || s->before == waste;
}

/* A file that must be rebuilt, and cannot for want of memory, is emptied. */
static bool may_start_over(const struct scene *s, const char *failed)
{
	return !is_sound(s) && failed && strstr(failed, "ENOMEM");
}

/* One run; false when fewer calls than NUMBER were made. */
static bool play(const struct scene *s, unsigned number, int error)
{
	unsigned descriptors = failing_descriptors();
	const char *failed;
	char why[200];
	int r, kept;

	restore_files();
	cache_init(&cache, file);
	failing_begin(number, error);
	r = s->work();
	failed = failing_end();
	snprintf(why, sizeof(why), "%s, call %u, %s%s", s->what, number,
		 failed ? failed : "none", error ? " (EINTR)" : "");
	cache_close(&cache);
	ck_assert_msg(failing_descriptors() == descriptors, "%s: open", why);
	/* lseek(2) in a file never fails, and GDBM relies on it */
	if (failed && strncmp(failed, "lseek", 5) == 0)
		return true;
	/* what was removed before a repair is not counted behind it */
	ck_assert_msg(r == s->result ||
			      (failed && (r < 0 || (0 < r && r < s->result))),
		      "%s: %d", why, r);

	cache_init(&cache, file);
	/* whoever fails half-way puts it right, so that others can read */
	r = look_up();
	ck_assert_msg(r == (s->before != nothing) || !is_sound(s),
		      "%s, then: %d", why, r);
	r = update(AFTER);
	ck_assert_msg(r == 0, "%s, then: %d", why, r);
	kept = count_kept(why);
	ck_assert_msg(kept == (s->before == nothing ? 0 : ENTRIES) ||
			      may_start_over(s, failed),
		      "%s: %d are left", why, kept);
	cache_close(&cache);
	return failed != NULL;
}

static void play_all(const struct scene *s, int error)
{
	unsigned number = 1;

	while (play(s, number, error))
		number += number < FIRST ? 1 : STEP;
	ck_assert_uint_lt(number, MOST);
	ck_assert_msg(number > 3 || !FAILING_WORKS, "%s: %u", s->what, number);
}

START_TEST(any_call_may_fail)
{
	scenes[_i].before();
	cache_close(&cache);
	remember_files();
	play_all(&scenes[_i], 0);
	play_all(&scenes[_i], EINTR);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache_faults");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, any_call_may_fail, 0, ROWS(scenes));
	return unit_run();
}
