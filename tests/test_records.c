#include "history/records.h"

#include "base/clock.h"
#include "shell.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOON INT64_C(1790000000)

static char dir[64], base[96];
static struct records *records;

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_records.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(base, sizeof(base), "%s/decisions.log", dir);
	records = NULL;
}

static void remove_dir(void)
{
	char command[128];

	records_close(records);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	shell_run(command);
}

/* In the folder, run by a shell. */
static void run(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", dir, command);
	shell_run(line);
}

/*
 * A file: of each letter of TEXT a line whose ID it is, written that many
 * seconds behind noon: a is 1. Others: "!" is a line of another schema, "?"
 * one that is torn, "~" one that is torn at the end of the file, "_" an empty
 * one.
 */
static void put(const char *name, const char *text)
{
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "ae");
	ck_assert_ptr_nonnull(f);
	for (; *text != '\0'; text++) {
		if (*text == '!')
			fputs("{\"v\":2}\n", f);
		else if (*text == '?')
			fputs("{\"v\":1,\n", f);
		else if (*text == '~')
			fputs("{\"v\":1,\"id\":\"torn", f);
		else if (*text == '_')
			fputs("\n", f);
		else
			fprintf(f,
				"{\"v\":1,\"id\":\"%c\",\"time\":%lld.5,"
				"\"verdict\":\"pass\",\"path\":\"cache\"}\n",
				*text, (long long)NOON + *text - 'a' + 1);
	}
	fclose(f);
}

static struct records_setup setup(void)
{
	return (struct records_setup){ .file = base };
}

static void open_since(int64_t since)
{
	struct records_setup s = setup();

	s.since = since;
	ck_assert_int_eq(records_open(&s, &records), 0);
}

/* The IDs of the next MOST lines. */
static const char *read_some(size_t most)
{
	static char ids[128];
	const struct recorded *line;
	size_t n = 0;

	while (n < most && (line = records_next(records)))
		ids[n++] = line->id[0];
	ids[n] = '\0';
	return ids;
}

static const char *read_all(void)
{
	return read_some(100);
}

/* ---- which files -----------------------------------------------------------
 */

static const struct {
	const char *why, *name;
	bool is_ours;
} names[] = {
	{ "numbered", "decisions.log.1", true },
	{ "a large number", "decisions.log.365", true },
	{ "dateext", "decisions.log-20261128", true },
	{ "hourly", "decisions.log-2026112803", true },
	{ "dateformat -%s", "decisions.log-1790000000", true },
	{ "dateformat .%Y-%m-%d", "decisions.log.2026-11-28", true },
	{ "extension", "decisions.1.log", true },
	{ "extension and dateext", "decisions-20261128.log", true },
	{ "an editor's", "decisions.log~", false },
	{ "a backup", "decisions.log.bak", false },
	{ "a number that does not end", "decisions.log.1.bak", false },
	{ "another log", "decisions.log2", false },
	{ "another one's", "old-decisions.log.1", false },
	{ "a lone dot", "decisions.log.", false },
	{ "a shorter name", "decisions", false },
	{ "another extension", "decisions.1.txt", false },
};

START_TEST(rotated_files_are_known_by_their_names)
{
	put("decisions.log", "b");
	put(names[_i].name, "a");
	open_since(0);
	ck_assert_msg(strcmp(read_all(), names[_i].is_ours ? "ab" : "b") == 0,
		      "%s", names[_i].why);
}
END_TEST

static const struct {
	const char *program, *suffix;
} packers[] = {
	{ "gzip", ".gz" },
	{ "xz", ".xz" },
	{ "zstd -q --rm", ".zst" },
	{ "bzip2", ".bz2" },
};

START_TEST(packed_files_are_read)
{
	char command[64];

	put("decisions.log", "c");
	put("decisions.log.1", "b");
	put("decisions.log.2", "a");
	snprintf(command, sizeof(command), "%s decisions.log.2",
		 packers[_i].program);
	run(command);
	open_since(0);
	ck_assert_str_eq(read_all(), "abc");
	ck_assert_uint_eq(records_count(records)->files, 3);
}
END_TEST

START_TEST(files_go_by_their_first_lines)
{
	put("decisions.log", "gh");
	put("decisions.log.1", "?ef");
	put("decisions.log.10", "ab");
	put("decisions.log-20200101", "cd");
	/* what a file system says of them is of no interest */
	run("touch -d 2020-01-01 decisions.log; touch decisions.log.10");
	open_since(0);
	ck_assert_str_eq(read_all(), "abcdefgh");
}
END_TEST

START_TEST(a_file_that_is_being_packed_counts_once)
{
	put("decisions.log", "c");
	put("decisions.log.1", "ab");
	run("gzip -k decisions.log.1");
	open_since(0);
	ck_assert_str_eq(read_all(), "abc");
}
END_TEST

START_TEST(a_log_in_the_folder_we_are_in)
{
	struct records_setup s = { .file = "decisions.log" };

	put("decisions.log", "b");
	put("decisions.log.1", "a");
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(records_open(&s, &records), 0);
	ck_assert_str_eq(read_all(), "ab");
}
END_TEST

START_TEST(folders_and_pipes_are_none)
{
	put("decisions.log", "a");
	run("mkdir decisions.log.1 && mkfifo decisions.log.2");
	open_since(0);
	ck_assert_str_eq(read_all(), "a");
	ck_assert_uint_eq(records_count(records)->failed, 0);
}
END_TEST

START_TEST(where_was_looked_is_told)
{
	int64_t first, last;
	const char *file;

	put("decisions.log.2", "ab");
	put("decisions.log.1", "cd");
	put("decisions.log", "e");
	open_since((NOON + 4) * CLOCK_SECOND);
	file = records_file(records, 0, &first, &last);
	ck_assert_ptr_nonnull(file);
	ck_assert_str_eq(file + strlen(file) - 2, ".1");
	ck_assert_int_eq(first, (NOON + 3) * CLOCK_SECOND + 500000);
	ck_assert_ptr_nonnull(records_file(records, 1, &first, &last));
	ck_assert_ptr_null(records_file(records, 2, &first, &last));
}
END_TEST

/* ---- which lines -----------------------------------------------------------
 */

START_TEST(what_is_older_is_left_out)
{
	put("decisions.log.3", "ab");
	put("decisions.log.2", "cd");
	put("decisions.log.1", "ef");
	put("decisions.log", "gh");
	open_since((NOON + 4) * CLOCK_SECOND);
	ck_assert_str_eq(read_all(), "defgh");
	ck_assert_uint_eq(records_count(records)->files, 3);
	ck_assert_uint_eq(records_count(records)->old, 1);
	ck_assert_uint_eq(records_count(records)->good, 5);
}
END_TEST

static const struct {
	const char *why, *rotated, *now, *ids;
	size_t torn, other;
} texts[] = {
	{ "all is well", "ab", "c", "abc", 0, 0 },
	{ "torn in the middle", "a?b", "c", "abc", 1, 0 },
	{ "torn at the end of a file that was moved away", "ab~", "c", "abc", 1,
	  0 },
	{ "torn at the end of all", "a", "b~", "ab", 1, 0 },
	{ "torn, and the next line begins behind a line feed", "a~_b", "c",
	  "abc", 1, 0 },
	{ "nothing but torn", "?", "?~", "", 3, 0 },
	{ "of another schema", "!a", "b!", "ab", 0, 2 },
	{ "empty lines are nobody's", "_a_", "_b", "ab", 0, 0 },
	{ "a new log that is empty yet", "ab", "", "ab", 0, 0 },
	{ "all are empty", "", "", "", 0, 0 },
};

START_TEST(what_is_no_line_is_skipped)
{
	put("decisions.log.1", texts[_i].rotated);
	put("decisions.log", texts[_i].now);
	open_since(0);
	ck_assert_msg(strcmp(read_all(), texts[_i].ids) == 0, "%s",
		      texts[_i].why);
	ck_assert_uint_eq(records_count(records)->torn, texts[_i].torn);
	ck_assert_uint_eq(records_count(records)->other, texts[_i].other);
	ck_assert_uint_eq(records_count(records)->good, strlen(texts[_i].ids));
}
END_TEST

START_TEST(a_row_of_zeros_is_torn)
{
	put("decisions.log", "a");
	run("head -c 5000 /dev/zero >>decisions.log; echo >>decisions.log");
	put("decisions.log", "b");
	open_since(0);
	ck_assert_str_eq(read_all(), "ab");
	ck_assert_uint_eq(records_count(records)->torn, 1);
}
END_TEST

START_TEST(only_what_holds_a_text_is_read)
{
	struct records_setup s = setup();

	s.holds[0] = "\"id\":\"b\"";
	s.holds[1] = "\"id\":\"c\"";
	put("decisions.log", "a?bcd");
	ck_assert_int_eq(records_open(&s, &records), 0);
	ck_assert_str_eq(read_all(), "bc");
}
END_TEST

/* ---- rotated while it is read ----------------------------------------------
 */

/* What logrotate does, in its order. */
#define ROTATE                                            \
	"mv decisions.log.2.gz decisions.log.3.gz && "    \
	"gzip -c decisions.log.1 >decisions.log.2.gz && " \
	"rm decisions.log.1 && mv decisions.log decisions.log.1"

static const struct {
	const char *why;
	size_t read; /* lines, before it is rotated */
	const char *all;
} moments[] = {
	{ "before anything was read", 0, "abcdefgh" },
	{ "within the oldest file", 1, "abcdefgh" },
	{ "at the end of the oldest file", 2, "abcdefgh" },
	{ "within the next", 3, "abcdefgh" },
	{ "within the log itself: what is new comes later", 5, "abcdef" },
};

START_TEST(nothing_is_lost_or_doubled)
{
	char all[32];
	struct sbuf b = SBUF(all);

	put("decisions.log.2", "ab");
	run("gzip decisions.log.2");
	put("decisions.log.1", "cd");
	put("decisions.log", "ef");
	open_since(0);
	sbuf_add_text(&b, read_some(moments[_i].read));
	run(ROTATE);
	put("decisions.log", "gh");
	sbuf_add_text(&b, read_all());
	ck_assert_msg(strcmp(all, moments[_i].all) == 0, "%s: %s",
		      moments[_i].why, all);
	ck_assert_uint_eq(records_count(records)->failed, 0);
}
END_TEST

START_TEST(the_oldest_may_be_removed)
{
	put("decisions.log.1", "ab");
	put("decisions.log", "cd");
	open_since(0);
	run("rm decisions.log.1");
	ck_assert_str_eq(read_all(), "cd");
}
END_TEST

START_TEST(all_may_be_removed)
{
	put("decisions.log", "cd");
	open_since(0);
	run("rm decisions.log");
	ck_assert_str_eq(read_all(), "");
	ck_assert_uint_eq(records_count(records)->failed, 1);
}
END_TEST

/* ---- trouble ---------------------------------------------------------------
 */

START_TEST(no_file_is_an_error)
{
	struct records_setup s = setup(), none = { .file = "" };

	ck_assert_int_eq(records_open(&s, &records), -ENOENT);
	ck_assert_int_eq(records_open(&none, &records), -ENOENT);
	s.file = "/nowhere/at/all.log";
	ck_assert_int_eq(records_open(&s, &records), -ENOENT);
}
END_TEST

START_TEST(what_cannot_be_unpacked_is_left_out)
{
	put("decisions.log.2", "ab");
	put("decisions.log.1", "cd");
	put("decisions.log", "ef");
	run("gzip decisions.log.2 && echo nonsense >decisions.log.2.gz");
	open_since(0);
	ck_assert_str_eq(read_all(), "cdef");
	ck_assert_uint_eq(records_count(records)->failed, 1);
}
END_TEST

START_TEST(a_program_that_is_missing_is_told)
{
	put("decisions.log.1", "ab");
	put("decisions.log", "cd");
	run("gzip decisions.log.1");
	setenv("PATH", "/nowhere", 1);
	open_since(0);
	ck_assert_str_eq(read_all(), "cd");
	ck_assert_uint_eq(records_count(records)->failed, 1);
	setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("records");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, rotated_files_are_known_by_their_names, 0,
			    ROWS(names));
	tcase_add_loop_test(tc, packed_files_are_read, 0, ROWS(packers));
	tcase_add_test(tc, files_go_by_their_first_lines);
	tcase_add_test(tc, a_file_that_is_being_packed_counts_once);
	tcase_add_test(tc, a_log_in_the_folder_we_are_in);
	tcase_add_test(tc, folders_and_pipes_are_none);
	tcase_add_test(tc, where_was_looked_is_told);
	tcase_add_test(tc, what_is_older_is_left_out);
	tcase_add_loop_test(tc, what_is_no_line_is_skipped, 0, ROWS(texts));
	tcase_add_test(tc, a_row_of_zeros_is_torn);
	tcase_add_test(tc, only_what_holds_a_text_is_read);
	tcase_add_loop_test(tc, nothing_is_lost_or_doubled, 0, ROWS(moments));
	tcase_add_test(tc, the_oldest_may_be_removed);
	tcase_add_test(tc, all_may_be_removed);
	tcase_add_test(tc, no_file_is_an_error);
	tcase_add_test(tc, what_cannot_be_unpacked_is_left_out);
	tcase_add_test(tc, a_program_that_is_missing_is_told);
	return unit_run();
}
