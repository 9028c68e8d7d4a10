#include "base/replace_file.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[128];

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_replace_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x", dir);
}

static void teardown(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
}

static const char *file_with(const char *name, struct span text)
{
	static char file[128];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, text.p, text.len), (ssize_t)text.len);
	close(fd);
	return file;
}

static struct replace_as as_us(mode_t mode)
{
	return (struct replace_as){ geteuid(), getegid(), mode };
}

static void holds(const char *text, mode_t mode)
{
	char have[64] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, have, sizeof(have) - 1), 0);
	ck_assert_str_eq(have, text);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
	close(fd);
}

static unsigned files(void)
{
	DIR *d = opendir(dir);
	unsigned count = 0;
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}

START_TEST(new_and_again)
{
	struct replace_as as = as_us(0640);

	ck_assert_int_eq(replace_file(path, SPAN("one"), &as), 0);
	holds("one", 0640);
	as.mode = 0444;
	ck_assert_int_eq(replace_file(path, SPAN("two"), &as), 0);
	holds("two", 0444);
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(whoever_has_the_old_one_keeps_it)
{
	struct replace_as as = as_us(0600);
	char have[8] = "";
	int fd;

	file_with("x", SPAN("old"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(replace_file(path, SPAN("new"), &as), 0);
	ck_assert_int_eq(read(fd, have, sizeof(have)), 3);
	ck_assert_str_eq(have, "old");
	close(fd);
}
END_TEST

START_TEST(a_link_is_replaced_not_followed)
{
	struct replace_as as = as_us(0600);
	const char *other = file_with("other", SPAN("untouched"));

	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(replace_file(path, SPAN("new"), &as), 0);
	holds("new", 0600);
	snprintf(path, sizeof(path), "%s", other);
	holds("untouched", 0600);
}
END_TEST

START_TEST(what_fails_changes_nothing)
{
	struct replace_as as = as_us(0600);
	struct rlimit before, none = { 4, RLIM_INFINITY };

	file_with("x", SPAN("old"));
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(replace_file(path, SPAN("too long"), &as), -EFBIG);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	holds("old", 0600);
	ck_assert_uint_eq(files(), 1);
	ck_assert_int_eq(replace_file("/nowhere/x", SPAN(""), &as), -ENOENT);
	snprintf(path, sizeof(path), "%s/d", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(replace_file(path, SPAN(""), &as), -EISDIR);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(who_may_not_give_it_away_does_not)
{
	struct replace_as as = { geteuid() + 1, getegid(), 0600 };
	bool root = geteuid() == 0;
	struct stat st;
	int r;

	ck_assert_int_eq(chmod(dir, 0777), 0);
	if (root) {
		ck_assert_int_eq(seteuid(12345), 0);
		as.owner = 0;
	}
	r = replace_file(path, SPAN("x"), &as);
	if (root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(r, -EPERM);
	ck_assert_uint_eq(files(), 0);
	if (!root)
		return;
	as = (struct replace_as){ 12345, 12346, 0640 };
	ck_assert_int_eq(replace_file(path, SPAN("x"), &as), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 12345);
	ck_assert_uint_eq(st.st_gid, 12346);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("replace_file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, new_and_again);
	tcase_add_test(tc, whoever_has_the_old_one_keeps_it);
	tcase_add_test(tc, a_link_is_replaced_not_followed);
	tcase_add_test(tc, what_fails_changes_nothing);
	tcase_add_test(tc, who_may_not_give_it_away_does_not);
	return unit_run();
}
