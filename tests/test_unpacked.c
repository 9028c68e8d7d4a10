#include "history/unpacked.h"
#include "shell.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], plain[96], packed[112];
static struct unpacked u;

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_unpacked.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(plain, sizeof(plain), "%s/log", dir);
	packed[0] = '\0';
}

static void remove_dir(void)
{
	unlink(plain);
	unlink(packed);
	rmdir(dir);
}

static void put(const char *file, struct span text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.p, text.len), (ssize_t)text.len);
	close(fd);
}

/* PROGRAM makes `packed` of `plain`, which stays. */
static void pack(const char *program, const char *suffix)
{
	char command[256];

	snprintf(packed, sizeof(packed), "%s%s", plain, suffix);
	snprintf(command, sizeof(command), "%s -c <%s >%s", program, plain,
		 packed);
	shell_run(command);
}

static const struct {
	const char *name, *suffix;
} suffixes[] = {
	{ "log", "" },		 { "log.gz", ".gz" }, { "log.1.xz", ".xz" },
	{ "log-2.zst", ".zst" }, { "a.bz2", ".bz2" }, { ".gz", "" },
	{ "log.gz.1", "" },	 { "log.GZ", "" },
};

START_TEST(the_names_end_tells)
{
	ck_assert_str_eq(unpacked_suffix(suffixes[_i].name),
			 suffixes[_i].suffix);
}
END_TEST

/* ---- lines -----------------------------------------------------------------
 */

static const struct {
	const char *why;
	struct span text;
	const char *lines[4]; /* with a "+" before those that are whole */
} texts[] = {
	{ "none", { "", 0 }, { NULL } },
	{ "one", { "a\n", 2 }, { "+a" } },
	{ "the last has no line feed", { "a\nb", 3 }, { "+a", "-b" } },
	{ "empty ones", { "\n\na\n", 4 }, { "+", "+", "+a" } },
	{ "a lone line feed", { "\n", 1 }, { "+" } },
};

START_TEST(lines_are_given_out)
{
	struct span line;
	bool whole;
	int n = 0;

	put(plain, texts[_i].text);
	ck_assert_int_eq(unpacked_open(&u, plain), 0);
	while (unpacked_line(&u, &line, &whole)) {
		const char *want = texts[_i].lines[n++];

		ck_assert_ptr_nonnull(want);
		ck_assert_msg(whole == (*want == '+'), "%s", texts[_i].why);
		ck_assert_span(line, want + 1);
	}
	ck_assert(n == 4 || !texts[_i].lines[n]);
	ck_assert_int_eq(unpacked_close(&u, false), 0);
}
END_TEST

/* Lines of growing length, more than one buffer holds. */
static void put_many(size_t most)
{
	FILE *f = fopen(plain, "we");

	ck_assert_ptr_nonnull(f);
	for (size_t n = 0; n < most; n++) {
		for (size_t i = 0; i < n; i++)
			putc('a' + (int)(n % 26), f);
		putc('\n', f);
	}
	fclose(f);
}

static void check_many(size_t most)
{
	char want[2000];
	struct span line;
	bool whole;

	for (size_t n = 0; n < most; n++) {
		ck_assert(unpacked_line(&u, &line, &whole));
		ck_assert(whole);
		ck_assert_uint_eq(line.len, n);
		memset(want, 'a' + (int)(n % 26), n);
		ck_assert(memcmp(line.p, want, n) == 0);
	}
	ck_assert(!unpacked_line(&u, &line, &whole));
}

static const struct {
	const char *program, *suffix;
} packers[] = {
	{ "cat", "" },	    { "gzip", ".gz" },	 { "xz", ".xz" },
	{ "zstd", ".zst" }, { "bzip2", ".bz2" },
};

START_TEST(what_was_packed_is_unpacked)
{
	put_many(1000);
	if (packers[_i].suffix[0] != '\0')
		pack(packers[_i].program, packers[_i].suffix);
	ck_assert_int_eq(
		unpacked_open(&u, packers[_i].suffix[0] ? packed : plain), 0);
	check_many(1000);
	ck_assert_int_eq(unpacked_close(&u, false), 0);
}
END_TEST

static const struct {
	const char *why;
	size_t length;
	bool fits;
} lengths[] = {
	{ "just fits", UNPACKED_LINE - 1, true },
	{ "without its line feed there is no room for another byte",
	  UNPACKED_LINE, false },
	{ "one too many", UNPACKED_LINE + 1, false },
	{ "many times too long", 5 * UNPACKED_LINE + 7, false },
};

START_TEST(what_is_too_long_is_left_out)
{
	FILE *f = fopen(plain, "we");
	struct span line;
	bool whole;

	ck_assert_ptr_nonnull(f);
	fputs("first\n", f);
	for (size_t i = 0; i < lengths[_i].length; i++)
		putc('x', f);
	fputs("\nnext\n", f);
	fclose(f);
	ck_assert_int_eq(unpacked_open(&u, plain), 0);
	ck_assert(unpacked_line(&u, &line, &whole));
	ck_assert_span(line, "first");
	ck_assert(unpacked_line(&u, &line, &whole));
	ck_assert_msg(whole == lengths[_i].fits, "%s", lengths[_i].why);
	ck_assert_uint_eq(line.len, lengths[_i].fits ? lengths[_i].length : 0);
	ck_assert(unpacked_line(&u, &line, &whole));
	ck_assert_span(line, "next");
	ck_assert(!unpacked_line(&u, &line, &whole));
	unpacked_close(&u, false);
}
END_TEST

START_TEST(one_too_long_line_may_be_the_last)
{
	FILE *f = fopen(plain, "we");
	struct span line;
	bool whole;

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < 3 * UNPACKED_LINE; i++)
		putc('x', f);
	fclose(f);
	ck_assert_int_eq(unpacked_open(&u, plain), 0);
	ck_assert(unpacked_line(&u, &line, &whole));
	ck_assert(!whole && line.len == 0);
	ck_assert(!unpacked_line(&u, &line, &whole));
	ck_assert_int_eq(unpacked_close(&u, false), 0);
}
END_TEST

/* ---- trouble ---------------------------------------------------------------
 */

static size_t count_lines(void)
{
	struct span line;
	size_t n = 0;
	bool whole;

	while (unpacked_line(&u, &line, &whole))
		n++;
	return n;
}

START_TEST(what_is_cut_is_told)
{
	struct stat st;

	put_many(1000);
	pack("gzip", ".gz");
	ck_assert_int_eq(stat(packed, &st), 0);
	ck_assert_int_eq(truncate(packed, st.st_size / 2), 0);
	ck_assert_int_eq(unpacked_open(&u, packed), 0);
	ck_assert_uint_gt(count_lines(), 100);
	ck_assert_int_eq(unpacked_close(&u, false), -EBADMSG);
}
END_TEST

START_TEST(what_never_was_packed_is_told)
{
	snprintf(packed, sizeof(packed), "%s.xz", plain);
	put(packed, SPAN("not packed\n"));
	ck_assert_int_eq(unpacked_open(&u, packed), 0);
	ck_assert_uint_eq(count_lines(), 0);
	ck_assert_int_eq(unpacked_close(&u, false), -EBADMSG);
}
END_TEST

/* It has far more to say than a pipe holds. */
START_TEST(who_has_enough_may_stop)
{
	struct span line;
	bool whole;

	put_many(2000);
	pack("gzip", ".gz");
	ck_assert_int_eq(unpacked_open(&u, packed), 0);
	ck_assert(unpacked_line(&u, &line, &whole));
	ck_assert_int_eq(unpacked_close(&u, true), 0);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_told)
{
	put(plain, SPAN("a\n"));
	pack("gzip", ".gz");
	setenv("PATH", dir, 1);
	ck_assert_int_eq(unpacked_open(&u, packed), -ENOENT);
	ck_assert_int_eq(unpacked_close(&u, true), 0);
}
END_TEST

START_TEST(only_files_are_read)
{
	ck_assert_int_eq(unpacked_open(&u, plain), -ENOENT);
	ck_assert_int_eq(unpacked_open(&u, dir), -EINVAL);
	ck_assert_int_eq(mkfifo(plain, 0600), 0);
	ck_assert_int_eq(unpacked_open(&u, plain), -EINVAL);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("unpacked");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, the_names_end_tells, 0, ROWS(suffixes));
	tcase_add_loop_test(tc, lines_are_given_out, 0, ROWS(texts));
	tcase_add_loop_test(tc, what_was_packed_is_unpacked, 0, ROWS(packers));
	tcase_add_loop_test(tc, what_is_too_long_is_left_out, 0, ROWS(lengths));
	tcase_add_test(tc, one_too_long_line_may_be_the_last);
	tcase_add_test(tc, what_is_cut_is_told);
	tcase_add_test(tc, what_never_was_packed_is_told);
	tcase_add_test(tc, who_has_enough_may_stop);
	tcase_add_test(tc, a_program_that_is_not_there_is_told);
	tcase_add_test(tc, only_files_are_read);
	return unit_run();
}
