#include "doctor/rotation.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG "/var/log/smtp-screen/decisions.log"

static char dir[64], settings[80], folder[80], one[96];
static struct arena arena;

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_rotation.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(settings, sizeof(settings), "%s/logrotate.conf", dir);
	snprintf(folder, sizeof(folder), "%s/logrotate.d", dir);
	snprintf(one, sizeof(one), "%s/one", folder);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
}

static void remove_dir(void)
{
	unlink(settings);
	unlink(one);
	rmdir(folder);
	rmdir(dir);
}

static void put(const char *file, const char *text)
{
	FILE *f = fopen(file, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static enum rotation find(void)
{
	return rotation_find(settings, folder, LOG, &arena);
}

static const struct {
	const char *why, *text;
	enum rotation want;
} rows[] = {
	{ "the sample", LOG " {\n\tsu a a\n\tdaily\n\tdelaycompress\n}\n",
	  ROTATION_FOUND },
	{ "quoted", "\"" LOG "\" {\n}\n", ROTATION_FOUND },
	{ "a pattern", "/var/log/smtp-screen/*.log {\n}\n", ROTATION_FOUND },
	{ "a brace right behind it", LOG "{\n}\n", ROTATION_FOUND },
	{ "one of several", "/var/log/a\n" LOG "\n/var/log/b\n{\n}\n",
	  ROTATION_FOUND },
	{ "the second block", "/var/log/a {\n daily\n}\n" LOG " {\n}\n",
	  ROTATION_FOUND },
	{ "another file", "/var/log/smtp-screen/other.log {\n}\n",
	  ROTATION_NONE },
	{ "a longer name", LOG "x {\n}\n", ROTATION_NONE },
	{ "a comment", "#" LOG " {\n#}\n", ROTATION_NONE },
	{ "named without a block", LOG "\n", ROTATION_NONE },
	{ "named within a block", "/var/log/a {\n olddir " LOG "\n}\n",
	  ROTATION_NONE },
	{ "copied", LOG " {\n copytruncate\n}\n", ROTATION_COPIES },
	{ "another is copied", "/a {\ncopytruncate\n}\n" LOG " {\n}\n",
	  ROTATION_FOUND },
	{ "all are copied", "copytruncate\n" LOG " {\n}\n", ROTATION_COPIES },
	{ "all but this one", "copytruncate\n" LOG " {\nnocopytruncate\n}\n",
	  ROTATION_FOUND },
	{ "a script has braces of its own",
	  "/a {\npostrotate\n[ -f b ] && { c; }\n" LOG
	  " {\nendscript\n}\n/d {\ncopytruncate\n}\n",
	  ROTATION_NONE },
	{ "behind a script",
	  LOG " {\npostrotate\n}\nendscript\n"
	      "copytruncate\n}\n",
	  ROTATION_COPIES },
};

START_TEST(it_is_found_in_the_folder)
{
	put(settings, "weekly\ninclude /etc/logrotate.d\n");
	put(one, rows[_i].text);
	ck_assert_msg(find() == rows[_i].want, "%s", rows[_i].why);
}
END_TEST

START_TEST(and_in_the_main_file)
{
	put(settings, rows[_i].text);
	ck_assert_msg(find() == rows[_i].want, "%s", rows[_i].why);
}
END_TEST

START_TEST(there_may_be_nothing)
{
	ck_assert_int_eq(find(), ROTATION_NONE);
	rmdir(folder);
	ck_assert_int_eq(find(), ROTATION_NONE);
}
END_TEST

START_TEST(what_is_no_text_is_passed_over)
{
	FILE *f = fopen(one, "we");

	ck_assert_ptr_nonnull(f);
	fwrite("/a {\n\0" LOG " {\n}\n", 1, 20, f);
	fclose(f);
	ck_assert_int_eq(find(), ROTATION_NONE);
	unlink(one);
	ck_assert_int_eq(mkfifo(one, 0600), 0);
	ck_assert_int_eq(find(), ROTATION_NONE);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("rotation");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, it_is_found_in_the_folder, 0, ROWS(rows));
	tcase_add_loop_test(tc, and_in_the_main_file, 0, ROWS(rows));
	tcase_add_test(tc, there_may_be_nothing);
	tcase_add_test(tc, what_is_no_text_is_passed_over);
	return unit_run();
}
