#include "base/sbuf.h"
#include "conf/linefile.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char dir[] = "/tmp/test_linefile.XXXXXX";
static char path[64];

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(path);
	rmdir(dir);
	arena_close(&arena);
}

static void write_file(struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.p, text.len), (ssize_t)text.len);
	close(fd);
}

/* "N:line|N:line|", and "N!" for a line that is none. */
static const struct {
	const char *why;
	struct span in;
	const char *out;
} lines[] = {
	{ "plain", SPAN("a b\nc\n"), "1:a b|2:c|" },
	{ "no LF at the end", SPAN("a"), "1:a|" },
	{ "nothing", SPAN(""), "" },
	{ "only what is ignored", SPAN("\n# x\n  \n\t# y"), "" },
	{ "numbers count ignored lines", SPAN("\n#\na\n\nb\n"), "3:a|5:b|" },
	{ "continued", SPAN("a\n b\n\tc\nd"), "1:a b\tc|4:d|" },
	{ "comments and blanks do not end a line",
	  SPAN("a\n# x\n\n # y\n b\nc\n"), "1:a b|6:c|" },
	{ "CR LF", SPAN("a\r\n b\r\n\r\nc\r\n"), "1:a b|4:c|" },
	{ "white space at the end goes", SPAN("a \t\n"), "1:a|" },
	{ "nothing to continue", SPAN(" a\nb\n"), "1: a|2:b|" },
	{ "# inside a line is text", SPAN("a # b\n"), "1:a # b|" },
	{ "bytes over 127", SPAN("\xff\xfe\n\x80"), "1:\xff\xfe|2:\x80|" },
	{ "NUL", SPAN("a\nb\0c\nd"), "1:a|2!" },
	{ "NUL in a comment", SPAN("a\nb\n# \0\n"), "1:a|3!" },
	{ "NUL in a continuation", SPAN("a\n b\n \0"), "3!" },
	{ "only a NUL", SPAN("\0"), "1!" },
};

static void check_lines(struct linefile *f, const char *want, const char *why)
{
	char text[256];
	struct sbuf out = SBUF(text);
	struct span line;
	int r;

	while ((r = linefile_next(f, &line)) > 0) {
		sbuf_addf(&out, "%u:", f->number);
		sbuf_add(&out, line);
		sbuf_add_char(&out, '|');
	}
	if (r < 0) {
		ck_assert_int_eq(r, -EBADMSG);
		sbuf_addf(&out, "%u!", f->number);
	}
	ck_assert_msg(strcmp(text, want) == 0, "%s: %s", why, text);
}

START_TEST(lines_are_joined_and_numbered)
{
	size_t len = lines[_i].in.len;
	char *copy =
		malloc(len + 1); /* exact, so that ASan sees a step aside */
	struct linefile f;

	memcpy(copy, lines[_i].in.p, len);
	linefile_over(&f, copy, len);
	check_lines(&f, lines[_i].out, lines[_i].why);
	free(copy);
}
END_TEST

START_TEST(a_file_is_read_as_the_same_text_would_be)
{
	struct linefile f;

	write_file(lines[_i].in);
	ck_assert_int_eq(linefile_open(&f, path, &arena), 0);
	check_lines(&f, lines[_i].out, lines[_i].why);
}
END_TEST

START_TEST(the_byte_behind_a_line_is_ours)
{
	char text[] = "a\nb\n c\nd";
	struct linefile f;
	struct span line;

	linefile_over(&f, text, sizeof(text) - 1);
	for (const char *want = "a\0b c\0d\0"; *want; want += line.len + 1) {
		ck_assert_int_eq(linefile_next(&f, &line), 1);
		text[line.p + line.len - text] = '\0';
		ck_assert_str_eq(line.p, want);
	}
	ck_assert_int_eq(linefile_next(&f, &line), 0);
}
END_TEST

START_TEST(only_regular_files_are_read)
{
	struct linefile f;

	ck_assert_int_eq(linefile_open(&f, path, &arena), -ENOENT);
	ck_assert_int_eq(linefile_open(&f, "/dev/zero", &arena), -EINVAL);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(linefile_open(&f, path, &arena), -EINVAL);
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(linefile_open(&f, path, &arena), -EISDIR);
}
END_TEST

START_TEST(size_is_bounded)
{
	struct linefile f;

	write_file(SPAN("a"));
	ck_assert_int_eq(truncate(path, LINEFILE_MAX + 1), 0);
	ck_assert_int_eq(linefile_open(&f, path, &arena), -EFBIG);
	ck_assert_int_eq(truncate(path, 2 << 20), 0);
	ck_assert_int_eq(linefile_open(&f, path, &arena), -ENOMEM);
}
END_TEST

START_TEST(a_file_is_known_by_any_name)
{
	char other[80];
	struct linefile f, g;

	write_file(SPAN("a"));
	snprintf(other, sizeof(other), "%s/../%s/file", dir, dir + 5);
	ck_assert_int_eq(linefile_open(&f, path, &arena), 0);
	ck_assert_int_eq(linefile_open(&g, other, &arena), 0);
	ck_assert(f.id.device == g.id.device && f.id.inode == g.id.inode);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("linefile");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lines_are_joined_and_numbered, 0, ROWS(lines));
	tcase_add_loop_test(tc, a_file_is_read_as_the_same_text_would_be, 0,
			    ROWS(lines));
	tcase_add_test(tc, the_byte_behind_a_line_is_ours);
	tcase_add_test(tc, only_regular_files_are_read);
	tcase_add_test(tc, size_is_bounded);
	tcase_add_test(tc, a_file_is_known_by_any_name);
	return unit_run();
}
