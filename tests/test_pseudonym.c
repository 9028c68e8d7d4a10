#include "base/pseudonym.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_pseudonym.XXXXXX";
static char file[64];

static void make_folder(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/key", folder);
}

static void remove_folder(void)
{
	unlink(file);
	rmdir(folder);
}

START_TEST(the_key_is_made_once)
{
	unsigned char one[PSEUDONYM_SECRET], two[PSEUDONYM_SECRET];
	struct stat st;

	ck_assert_int_eq(pseudonym_key_load(file, one), 0);
	ck_assert_int_eq(pseudonym_key_load(file, two), 0);
	ck_assert_mem_eq(one, two, sizeof(one));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	unlink(file);
	ck_assert_int_eq(pseudonym_key_load(file, two), 0);
	ck_assert_mem_ne(one, two, sizeof(one));
}
END_TEST

START_TEST(what_is_no_key_stays)
{
	unsigned char key[PSEUDONYM_SECRET];
	FILE *f = fopen(file, "w");

	fputs("too short", f);
	fclose(f);
	ck_assert_int_eq(pseudonym_key_load(file, key), -EBADMSG);
	ck_assert_int_eq(chmod(file, 0666), 0);
	ck_assert_int_eq(pseudonym_key_load(file, key), -EPERM);
	unlink(file);
	ck_assert_int_eq(symlink("/etc/passwd", file), 0);
	ck_assert_int_eq(pseudonym_key_load(file, key), -ELOOP);
}
END_TEST

/* Part of a key would be another key. */
START_TEST(one_of_another_length_is_none)
{
	unsigned char key[PSEUDONYM_SECRET];

	ck_assert_int_eq(pseudonym_key_load(file, key), 0);
	ck_assert_int_eq(truncate(file, PSEUDONYM_SECRET - 1), 0);
	ck_assert_int_eq(pseudonym_key_load(file, key), -EBADMSG);
	ck_assert_int_eq(truncate(file, PSEUDONYM_SECRET + 1), 0);
	ck_assert_int_eq(pseudonym_key_load(file, key), -EBADMSG);
}
END_TEST

START_TEST(a_name_always_gets_the_same)
{
	static const unsigned char key[PSEUDONYM_SECRET] = { 1 };
	static const unsigned char other_key[PSEUDONYM_SECRET] = { 2 };
	char one[PSEUDONYM_TEXT], two[PSEUDONYM_TEXT];
	struct sbuf a = SBUF(one), b = SBUF(two);

	pseudonym_add(&a, key, SPAN("192.0.2.1"));
	pseudonym_add(&b, key, SPAN("192.0.2.1"));
	ck_assert(sbuf_fitted(&a));
	ck_assert_str_eq(one, two);
	ck_assert_uint_eq(strlen(one), 32);
	sbuf_clear(&b);
	pseudonym_add(&b, key, SPAN("192.0.2.2"));
	ck_assert_str_ne(one, two);
	sbuf_clear(&b);
	pseudonym_add(&b, other_key, SPAN("192.0.2.1"));
	ck_assert_str_ne(one, two);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("pseudonym");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, the_key_is_made_once);
	tcase_add_test(tc, what_is_no_key_stays);
	tcase_add_test(tc, one_of_another_length_is_none);
	tcase_add_test(tc, a_name_always_gets_the_same);
	return unit_run();
}
