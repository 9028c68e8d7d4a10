#include "triplet/privacy.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], file[80];

static void make(void)
{
	strcpy(dir, "/tmp/test_privacy.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/key", dir);
}

static void drop(void)
{
	unlink(file);
	rmdir(dir);
}

START_TEST(the_first_makes_it_and_all_read_it)
{
	unsigned char one[TRIPLET_SECRET] = { 0 }, two[TRIPLET_SECRET] = { 0 };
	struct stat st;

	ck_assert_int_eq(privacy_key_load(file, one), 0);
	ck_assert_mem_ne(one, two, sizeof(one));
	ck_assert_int_eq(privacy_key_load(file, two), 0);
	ck_assert_mem_eq(one, two, sizeof(one));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, TRIPLET_SECRET);
}
END_TEST

/* A key cut short would be another key. */
START_TEST(one_of_another_length_is_refused)
{
	unsigned char key[TRIPLET_SECRET];

	ck_assert_int_eq(privacy_key_load(file, key), 0);
	ck_assert_int_eq(truncate(file, TRIPLET_SECRET - 1), 0);
	ck_assert_int_eq(privacy_key_load(file, key), -EBADMSG);
	ck_assert_int_eq(truncate(file, TRIPLET_SECRET + 1), 0);
	ck_assert_int_eq(privacy_key_load(file, key), -EBADMSG);
}
END_TEST

START_TEST(one_that_others_may_write_is_refused)
{
	unsigned char key[TRIPLET_SECRET];

	ck_assert_int_eq(privacy_key_load(file, key), 0);
	ck_assert_int_eq(chmod(file, 0620), 0);
	ck_assert_int_eq(privacy_key_load(file, key), -EPERM);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(symlink("/etc/passwd", file), 0);
	ck_assert_int_eq(privacy_key_load(file, key), -ELOOP);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("privacy");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, the_first_makes_it_and_all_read_it);
	tcase_add_test(tc, one_of_another_length_is_refused);
	tcase_add_test(tc, one_that_others_may_write_is_refused);
	return unit_run();
}
