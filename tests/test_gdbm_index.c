#include "cache/gdbm_index.h"

#include "cache/cache_gdbm.h"
#include "cache/gdbm_image.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES 300

static int file;

static void make_file(void)
{
	file = memfd_create("test_gdbm_index", MFD_CLOEXEC);
	ck_assert_int_ge(file, 0);
}

static void remove_file(void)
{
	close(file);
}

static void store_entries(void)
{
	struct gdbm_file_info *db;
	char key[32];

	ck_assert_int_eq(cache_gdbm_open(dup(file), true, &db), 0);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(key, sizeof(key), "192.0.2.%d", i);
		ck_assert_int_eq(
			cache_gdbm_store(db, span_of(key), SPAN("value")), 0);
	}
	cache_gdbm_close(db);
}

/* What becomes of the file; *RET_ENTRIES that can be found in it. */
static enum gdbm_image_state state_of_file(unsigned *ret_entries)
{
	struct gdbm_image_walk walk = { 0 };
	struct gdbm_image im;
	struct span key, value;
	enum gdbm_image_state state;

	ck_assert_int_eq(gdbm_image_load(file, &im), 0);
	for (*ret_entries = 0; gdbm_image_next(&im, &walk, &key, &value);)
		++*ret_entries;
	state = im.state;
	gdbm_image_unload(&im);
	return state;
}

START_TEST(the_index_can_be_put_back)
{
	struct gdbm_index index = { 0 };
	char wild[8192];
	unsigned entries;

	store_entries();
	ck_assert_int_eq(gdbm_index_save(file, &index), 0);
	memset(wild, 0xa5, sizeof(wild));
	/* header and directory; a new file's directory is its second block */
	ck_assert_int_eq(pwrite(file, wild, sizeof(wild), 0), sizeof(wild));
	ck_assert_int_eq(state_of_file(&entries), GDBM_IMAGE_DAMAGED);
	ck_assert_int_eq(gdbm_index_restore(&index, file), 0);
	gdbm_index_forget(&index);
	ck_assert_int_eq(state_of_file(&entries), GDBM_IMAGE_SOUND);
	ck_assert_uint_eq(entries, ENTRIES);
}
END_TEST

START_TEST(the_index_of_nothing_is_nothing)
{
	struct gdbm_index index = { 0 };
	struct stat st;

	ck_assert_int_eq(gdbm_index_save(file, &index), 0);
	ck_assert_int_eq(write(file, "something", 9), 9);
	ck_assert_int_eq(gdbm_index_restore(&index, file), 0);
	ck_assert_int_eq(fstat(file, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
}
END_TEST

START_TEST(an_index_that_makes_no_sense_is_refused)
{
	struct gdbm_index index = { 0 };

	ck_assert_int_eq(write(file, "something", 9), 9);
	ck_assert_int_eq(gdbm_index_save(file, &index), -EUCLEAN);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("gdbm_index");

	tcase_add_checked_fixture(tc, make_file, remove_file);
	tcase_add_test(tc, the_index_can_be_put_back);
	tcase_add_test(tc, the_index_of_nothing_is_nothing);
	tcase_add_test(tc, an_index_that_makes_no_sense_is_refused);
	return unit_run();
}
