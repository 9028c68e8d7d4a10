#include "conf/master_cf.h"
#include "unit.h"

#include "base/sbuf.h"

#include <errno.h>
#include <unistd.h>

static struct arena arena;
static struct report report;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 16 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

static struct master_service *read_text(const char *text)
{
	char path[] = "/tmp/screen-test-master.XXXXXX";
	int fd = mkstemp(path);
	struct master_service *first = NULL;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	ck_assert_int_eq(master_cf_read(path, &arena, &report, &first), 0);
	unlink(path);
	return first;
}

START_TEST(services_are_read_as_postfix_does)
{
	const struct master_service *s = read_text(
		"# a comment\n"
		"smtp inet n - y - 1 postscreen\n"
		"  # within\n"
		"\t-o a=b\n"
		"\n"
		"  -v\n"
		"smtpd\tpass  -       -       n       -       -  smtpd\n"
		"short unix - - n\n"
		"last unix - - n - 0 dnsblog");

	ck_assert_span(s->column[MASTER_NAME], "smtp");
	ck_assert_span(s->column[MASTER_CHROOT], "y");
	ck_assert_span(s->column[MASTER_COMMAND], "postscreen");
	ck_assert_span(s->arguments, "-o a=b  -v");
	ck_assert_span(s->text, "smtp inet n - y - 1 postscreen\t-o a=b  -v");
	ck_assert_uint_eq(s->line, 2);
	s = s->next;
	ck_assert_span(s->column[MASTER_TYPE], "pass");
	ck_assert_span(s->column[MASTER_LIMIT], "-");
	ck_assert_span(s->arguments, "");
	s = s->next;
	ck_assert_span(s->column[MASTER_NAME], "last");
	ck_assert_uint_eq(s->line, 9);
	ck_assert_ptr_null(s->next);
	ck_assert_uint_eq(report.warnings, 1);
}
END_TEST

START_TEST(a_missing_or_binary_file_is_told)
{
	struct master_service *first;

	ck_assert_int_eq(master_cf_read("/nonexistent/x", &arena, &report,
					&first),
			 -ENOENT);
	ck_assert_int_eq(master_cf_read("/", &arena, &report, &first), -EISDIR);
}
END_TEST

static const struct {
	const char *why, *arguments, *settings;
} options[] = {
	{ "none", "", "" },
	{ "one", "-o a=b", "a=b|" },
	{ "attached", "-oa=b -oc=d", "a=b|c=d|" },
	{ "in braces", "-o { a = b c } -o x=y", "a = b c|x=y|" },
	{ "braces within a value", "-o a=${x?{b c}:{d}}", "a=${x?{b c}:{d}}|" },
	{ "a cluster", "-vo a=b -v", "a=b|" },
	{ "other options' arguments are none", "-n -o -m x -o a=b", "a=b|" },
	{ "what is no option", "a=b -o c=d", "c=d|" },
	{ "nothing behind it", "-v -o", "" },
	{ "the end of options", "-o a=b -- -o c=d", "a=b|" },
};

START_TEST(options_are_read_as_services_do)
{
	struct span rest = span_of(options[_i].arguments), setting;
	char memory[256];
	struct sbuf all = sbuf_in(memory, sizeof(memory));

	while (master_cf_next_setting(&rest, &setting)) {
		sbuf_add(&all, setting);
		sbuf_add_char(&all, '|');
	}
	ck_assert_msg(strcmp(memory, options[_i].settings) == 0, "%s: %s",
		      options[_i].why, memory);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("master_cf");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, services_are_read_as_postfix_does);
	tcase_add_test(tc, a_missing_or_binary_file_is_told);
	tcase_add_loop_test(tc, options_are_read_as_services_do, 0,
			    ROWS(options));
	return unit_run();
}
