#include "base/password_file.h"

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[80];

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_password.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/p", dir);
}

static void remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static const struct {
	const char *text;
	mode_t mode;
	int result;
	const char *password;
} files[] = {
	{ "secret\n", 0600, 0, "secret" },
	{ "secret", 0400, 0, "secret" },
	{ "secret\r\n", 0640, 0, "secret" },
	{ " two words \nmore\n", 0440, 0, " two words " },
	{ "", 0600, -ENODATA, NULL },
	{ "\nsecret\n", 0600, -ENODATA, NULL },
	{ "longer than there is room for\n", 0600, -EMSGSIZE, NULL },
	{ "secret\n", 0644, -EPERM, NULL },
	{ "secret\n", 0604, -EPERM, NULL },
	{ "secret\n", 0602, -EPERM, NULL },
	{ "secret\n", 0601, -EPERM, NULL },
	{ "secret\n", 0660, -EPERM, NULL },
};

START_TEST(read_takes_the_first_line)
{
	char memory[16];
	struct sbuf to = SBUF(memory);
	FILE *f = fopen(path, "w");

	fputs(files[_i].text, f);
	fclose(f);
	chmod(path, files[_i].mode);
	ck_assert_int_eq(password_file_read(path, &to), files[_i].result);
	if (files[_i].password)
		ck_assert_str_eq(memory, files[_i].password);
}
END_TEST

START_TEST(read_takes_plain_files_only)
{
	char memory[16];
	struct sbuf to = SBUF(memory);

	ck_assert_int_eq(password_file_read(path, &to), -ENOENT);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(password_file_read(path, &to), -EPERM);
	ck_assert_int_eq(password_file_read(dir, &to), -EPERM);
}
END_TEST

START_TEST(read_takes_nothing_of_other_users)
{
	char memory[16];
	struct sbuf to = SBUF(memory);
	FILE *f = fopen(path, "w");

	fputs("secret\n", f);
	fclose(f);
	if (geteuid() != 0) /* who cannot give files away need not fear it */
		return;
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	ck_assert_int_eq(password_file_read(path, &to), -EPERM);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("password_file");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, read_takes_the_first_line, 0, ROWS(files));
	tcase_add_test(tc, read_takes_plain_files_only);
	tcase_add_test(tc, read_takes_nothing_of_other_users);
	return unit_run();
}
