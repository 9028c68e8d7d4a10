#include "log/decision_file.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_decision_file.XXXXXX";
static char file[64];

static void make_folder(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/log", folder);
	umask(077);
}

static void remove_folder(void)
{
	unlink(file);
	rmdir(folder);
}

static int append(const char *text)
{
	char memory[64];
	struct sbuf line = SBUF(memory);
	int fd, r;

	sbuf_add_text(&line, text);
	r = decision_file_open(file, &fd);
	if (r < 0)
		return r;
	r = decision_file_write(fd, &line);
	close(fd);
	return r;
}

static void file_is(const char *want)
{
	char have[256] = "";
	FILE *f = fopen(file, "r");

	have[fread(have, 1, sizeof(have) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(have, want);
}

static void put(const char *text)
{
	FILE *f = fopen(file, "w");

	fputs(text, f);
	fclose(f);
}

START_TEST(lines_follow_each_other)
{
	struct stat st;

	ck_assert_int_eq(append("{1}"), 0);
	ck_assert_int_eq(append("{2}"), 0);
	file_is("{1}\n{2}\n");
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(a_torn_line_keeps_to_itself)
{
	put("{1}\n{\"v\":");
	ck_assert_int_eq(append("{2}"), 0);
	ck_assert_int_eq(append("{3}"), 0);
	file_is("{1}\n{\"v\":\n{2}\n{3}\n");
}
END_TEST

/* A disk that fills up while a line is written leaves a part of it. */
START_TEST(a_full_disk_tears_one_line)
{
	struct rlimit before, small;
	int torn, not_begun;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 6;
	ck_assert_int_eq(append("{1}"), 0);
	/* Check itself writes to a file: no assertion meanwhile */
	setrlimit(RLIMIT_FSIZE, &small);
	torn = append("{22}");
	not_begun = append("{33}");
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(torn, -ENOSPC);
	ck_assert_int_eq(not_begun, -EFBIG);
	ck_assert_int_eq(append("{4}"), 0);
	file_is("{1}\n{2\n{4}\n");
}
END_TEST

START_TEST(what_does_not_fit_is_not_written)
{
	char memory[8];
	struct sbuf line = SBUF(memory);
	int fd;

	sbuf_add_text(&line, "{1234567}");
	ck_assert_int_eq(decision_file_open(file, &fd), 0);
	ck_assert_int_eq(decision_file_write(fd, &line), -EMSGSIZE);
	close(fd);
	file_is("");
}
END_TEST

START_TEST(planted_files_are_not_written)
{
	int fd;

	ck_assert_int_eq(symlink("/dev/null", file), 0);
	ck_assert_int_eq(decision_file_open(file, &fd), -ELOOP);
	unlink(file);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_int_eq(decision_file_open(file, &fd), -EPERM);
	unlink(file);
	put("");
	ck_assert_int_eq(chmod(file, 0660), 0);
	ck_assert_int_eq(decision_file_open(file, &fd), -EPERM);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("decision_file");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, lines_follow_each_other);
	tcase_add_test(tc, a_torn_line_keeps_to_itself);
	tcase_add_test(tc, a_full_disk_tears_one_line);
	tcase_add_test(tc, what_does_not_fit_is_not_written);
	tcase_add_test(tc, planted_files_are_not_written);
	return unit_run();
}
