#include "base/clock.h"
#include "cache/cache_edit.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Long enough for anything. */
#define LONG (clock_mono() + 30 * CLOCK_SECOND)

static char dir[64], file[80], lock[80];
static struct cache ours, theirs;

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_cache_edit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.gdbm", dir);
	snprintf(lock, sizeof(lock), "%s/a.lock", dir);
	cache_init(&ours, file);
	ours.keep_open = true;
	cache_init(&theirs, file);
}

static void remove_dir(void)
{
	cache_close(&ours);
	cache_close(&theirs);
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

struct text {
	struct span key, value; /* an empty value: only fetch */
	char memory[32];
	struct sbuf found;
};

static int do_one(struct cache_edit *e, void *context)
{
	struct text *t = context;
	int r;

	t->found = SBUF(t->memory);
	r = cache_edit_fetch(e, t->key, &t->found);
	if (r < 0 || t->value.len == 0)
		return r;
	return cache_edit_store(e, t->key, t->found.len, t->value);
}

static int put(struct cache *c, const char *key, const char *value)
{
	struct text t = { .key = span_of(key), .value = span_of(value) };

	return cache_edit(c, do_one, &t, LONG);
}

static void expect(struct cache *c, const char *key, const char *value)
{
	struct text t = { .key = span_of(key) };

	ck_assert_int_eq(cache_edit(c, do_one, &t, LONG), value != NULL);
	ck_assert_span(sbuf_span(&t.found), value ? value : "");
}

START_TEST(a_kept_file_sees_what_others_write)
{
	char key[16];

	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	ck_assert_ptr_nonnull(ours.kept);
	for (int i = 0; i < 1000; i++) { /* buckets split on both sides */
		snprintf(key, sizeof(key), "%d/", i);
		ck_assert_int_eq(put(i % 3 ? &ours : &theirs, key, "2"), 0);
		expect(&ours, key, "2");
	}
	ck_assert_int_eq(put(&theirs, "a/", "3"), 0);
	expect(&ours, "a/", "3");
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d/", i);
		expect(&theirs, key, "2");
	}
}
END_TEST

START_TEST(a_kept_file_stays_open)
{
	struct gdbm_file_info *before;

	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	before = ours.kept;
	ck_assert_int_eq(put(&ours, "b/", "2"), 0);
	ck_assert_ptr_eq(ours.kept, before);
	ck_assert_int_eq(put(&theirs, "a/", "1"), 0);
	ck_assert_ptr_null(theirs.kept);
}
END_TEST

/* Is what would be put back when a store fails what the file says? */
static void check_index(void)
{
	struct gdbm_index now = { 0 };

	ck_assert_int_eq(gdbm_index_save(ours.data, &now), 0);
	ck_assert_uint_eq(ours.index.dir, now.dir);
	ck_assert_uint_eq(ours.index.header_size, now.header_size);
	ck_assert_uint_eq(ours.index.dir_size, now.dir_size);
	ck_assert_mem_eq(ours.index.memory, now.memory,
			 now.header_size + now.dir_size);
	gdbm_index_forget(&now);
}

/* Until the directory is not where it was, and larger. */
static int fill(struct cache_edit *e, void *context)
{
	char key[16];
	int r = 0;

	(void)context;
	for (int i = 0; r == 0 && ours.index.dir_size <= 4096; i++) {
		snprintf(key, sizeof(key), "%d/", i);
		r = cache_edit_store(e, span_of(key), 0, SPAN("1"));
	}
	return r;
}

START_TEST(an_index_is_kept_while_it_is_true)
{
	char key[16];

	ck_assert_int_eq(cache_edit(&ours, fill, NULL, LONG), 0);
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "%d/", 7 * i);
		ck_assert_int_eq(put(&ours, key, "2"), 0);
		ck_assert(ours.index_current);
		check_index();
		ck_assert_int_eq(put(&ours, key, "three"), 0);
		ck_assert(!ours.index_current);
		ck_assert_int_eq(put(&ours, key, "seven"), 0);
		ck_assert(ours.index_current);
		check_index();
	}
	ck_assert_int_eq(put(&theirs, "a/", "1"), 0);
	ck_assert_int_eq(put(&ours, "0/", "eight"), 0);
	check_index();
	expect(&ours, "a/", "1");
}
END_TEST

START_TEST(a_removed_file_is_made_anew)
{
	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	ck_assert_int_eq(unlink(file), 0);
	expect(&ours, "a/", NULL);
	ck_assert_int_eq(put(&ours, "a/", "2"), 0);
	expect(&theirs, "a/", "2");
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(put(&ours, "a/", "3"), 0);
	expect(&theirs, "a/", "3");
}
END_TEST

START_TEST(a_fork_opens_its_own)
{
	pid_t child;
	int status;

	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(put(&ours, "a/", "2") == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	expect(&ours, "a/", "2");
}
END_TEST

START_TEST(damage_is_left_until_it_is_mended)
{
	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	ours.leave_damage = true;
	ck_assert_int_eq(mark_set(ours.lock, MARK_DIRTY), 0);
	ck_assert_int_eq(put(&ours, "a/", "2"), -EUCLEAN);
	ck_assert_int_eq(put(&ours, "a/", "2"), -EUCLEAN);
	ck_assert_int_eq(cache_mend(&theirs, LONG), 0);
	expect(&ours, "a/", "1");
}
END_TEST

START_TEST(after_a_boot_it_is_examined_first)
{
	struct mark_boot other = { "11111111-2222-3333-4444-555555555555" };

	ck_assert_int_eq(put(&ours, "a/", "1"), 0);
	ours.leave_damage = true;
	ck_assert_int_eq(mark_watch(ours.lock, &other), 0);
	ck_assert_int_eq(put(&ours, "a/", "2"), -EUCLEAN);
	ck_assert_int_eq(cache_mend(&theirs, LONG), 0);
	expect(&ours, "a/", "1");
}
END_TEST

START_TEST(mending_nothing_is_no_trouble)
{
	struct cache none;

	cache_init(&none, "");
	ck_assert_int_eq(cache_mend(&none, LONG), 0);
	ck_assert_int_eq(cache_mend(&theirs, LONG), 0);
	expect(&ours, "a/", NULL);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache_edit");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, a_kept_file_sees_what_others_write);
	tcase_add_test(tc, a_kept_file_stays_open);
	tcase_add_test(tc, an_index_is_kept_while_it_is_true);
	tcase_add_test(tc, a_removed_file_is_made_anew);
	tcase_add_test(tc, a_fork_opens_its_own);
	tcase_add_test(tc, damage_is_left_until_it_is_mended);
	tcase_add_test(tc, after_a_boot_it_is_examined_first);
	tcase_add_test(tc, mending_nothing_is_no_trouble);
	return unit_run();
}
