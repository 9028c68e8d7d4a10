#include "cache/mark.h"
#include "unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int lock, from, to;

static void make_files(void)
{
	lock = memfd_create("lock", MFD_CLOEXEC);
	from = memfd_create("from", MFD_CLOEXEC);
	to = memfd_create("to", MFD_CLOEXEC);
	ck_assert_int_ge(to, 0);
}

static void remove_files(void)
{
	close(lock);
	close(from);
	close(to);
}

static struct mark_state state(void)
{
	struct mark_state state;

	ck_assert_int_eq(mark_read(lock, &state), 0);
	return state;
}

static enum mark get(void)
{
	return state().mark;
}

static bool watched_since(const struct mark_boot *boot)
{
	struct mark_state now = state();

	return mark_watched(&now, boot);
}

START_TEST(marks_are_kept)
{
	ck_assert_int_eq(get(), MARK_CLEAN); /* an empty file */
	ck_assert_int_eq(mark_set(lock, MARK_DIRTY), 0);
	ck_assert_int_eq(get(), MARK_DIRTY);
	ck_assert_int_eq(mark_set(lock, MARK_JOURNAL), 0);
	ck_assert_int_eq(get(), MARK_JOURNAL);
	ck_assert_int_eq(mark_set(lock, MARK_CLEAN), 0);
	ck_assert_int_eq(get(), MARK_CLEAN);
	ck_assert_int_eq(pwrite(lock, "x", 1, 0), 1); /* who knows */
	ck_assert_int_eq(get(), MARK_DIRTY);
	ck_assert_int_eq(mark_set(-1, MARK_DIRTY), -EBADF);
}
END_TEST

START_TEST(the_boot_is_remembered)
{
	struct mark_boot boot = { "11111111-2222-3333-4444-555555555555" };
	struct mark_boot other = { "11111111-2222-3333-4444-555555555556" };
	struct mark_boot unknown = { "" };

	ck_assert(!watched_since(&boot));
	ck_assert(watched_since(&unknown));
	ck_assert_int_eq(mark_watch(lock, &boot), 0);
	ck_assert(watched_since(&boot));
	ck_assert(!watched_since(&other));
	ck_assert_int_eq(get(), MARK_CLEAN); /* has its own place */
	ck_assert_int_eq(mark_set(lock, MARK_DIRTY), 0);
	ck_assert(watched_since(&boot));
}
END_TEST

START_TEST(the_last_writer_is_remembered)
{
	const uint64_t writer = UINT64_C(0x123456789abcdef0);
	struct mark_state none;

	ck_assert_uint_eq(state().writer, 0);
	ck_assert_int_eq(mark_writer_set(lock, writer), 0);
	ck_assert_uint_eq(state().writer, writer);
	ck_assert_int_eq(get(), MARK_CLEAN);
	ck_assert_int_eq(mark_read(-1, &none), -EBADF);
}
END_TEST

/* More than a buffer of the copy, and no round number. */
#define LENGTH 200001

static char bytes[LENGTH], seen[LENGTH];

START_TEST(a_journal_is_replayed)
{
	struct stat st;

	for (int i = 0; i < LENGTH; i++)
		bytes[i] = (char)(i * 7 + i / 256);
	ck_assert_int_eq(write(from, bytes, LENGTH), LENGTH);
	ck_assert_int_eq(ftruncate(to, 2 * LENGTH), 0);
	ck_assert_int_eq(mark_set(lock, MARK_DIRTY), 0);
	ck_assert_int_eq(mark_journal_write(lock, from), 0);
	ck_assert_int_eq(get(), MARK_JOURNAL);
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_int_eq(mark_journal_replay(lock, to), 0);
		ck_assert_int_eq(get(), MARK_JOURNAL);
		ck_assert_int_eq(fstat(to, &st), 0);
		ck_assert_int_eq(st.st_size, LENGTH);
		ck_assert_int_eq(pread(to, seen, LENGTH, 0), LENGTH);
		ck_assert_mem_eq(seen, bytes, LENGTH);
	}
	ck_assert_int_eq(mark_set(lock, MARK_CLEAN), 0);
	mark_journal_drop(lock);
	ck_assert_int_eq(fstat(lock, &st), 0);
	ck_assert_int_lt(st.st_size, LENGTH);
}
END_TEST

START_TEST(a_journal_cut_off_is_not)
{
	struct stat st;

	ck_assert_int_eq(mark_journal_replay(lock, to), -EUCLEAN);
	ck_assert_int_eq(write(from, bytes, LENGTH), LENGTH);
	ck_assert_int_eq(mark_journal_write(lock, from), 0);
	ck_assert_int_eq(fstat(lock, &st), 0);
	ck_assert_int_eq(ftruncate(lock, st.st_size - 1), 0);
	ck_assert_int_eq(write(to, "old", 3), 3);
	ck_assert_int_eq(mark_journal_replay(lock, to), -EUCLEAN);
	ck_assert_int_eq(fstat(to, &st), 0);
	ck_assert_int_eq(st.st_size, 3); /* not touched */
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("mark");

	tcase_add_checked_fixture(tc, make_files, remove_files);
	tcase_add_test(tc, marks_are_kept);
	tcase_add_test(tc, the_boot_is_remembered);
	tcase_add_test(tc, the_last_writer_is_remembered);
	tcase_add_test(tc, a_journal_is_replayed);
	tcase_add_test(tc, a_journal_cut_off_is_not);
	return unit_run();
}
