#include "base/sbuf.h"
#include "smtp/forbidden.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define DEFAULT "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}"

static const struct origin nowhere = { .parameter = "forbidden_commands" };
static struct arena arena;
static struct report report;
static char dir[] = "/tmp/test_forbidden.XXXXXX";
static char path[64], list[256];

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 22), 0);
	report_init(&report, &arena);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/words", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
	arena_close(&arena);
}

static const struct {
	const char *why, *list, *word;
	bool forbidden;
} rows[] = {
	{ "a word", DEFAULT, "CONNECT", true },
	{ "in letters of either case", DEFAULT, "gEt", true },
	{ "a word that begins like it", DEFAULT, "GETX", false },
	{ "another word", DEFAULT, "HELP", false },
	{ "no letter first", DEFAULT, "\x16\x03", true },
	{ "digits", DEFAULT, "1", true },
	{ "lower case is no reason", DEFAULT, "help", false },
	{ "empty", DEFAULT, "", false },
	{ "an empty list", "", "CONNECT", false },
	{ "negated first", "!GET static:x", "GET", false },
	{ "negated, others go on", "!GET static:x", "POST", true },
	{ "negated twice", "!!GET", "GET", true },
	{ "a table is asked in lower case", "inline:{get=x}", "GET", true },
	{ "an empty result is a result", "static:{}", "GET", true },
	{ "a long result is a result", "static:" X64 X64 X64 X64 X64, "GET",
	  true },
	{ "a negated table", "!inline:{get=x} static:y", "GET", false },
	{ "a broken table ends the list", "texthash:/nonexistent/x GET", "GET",
	  false },
	{ "but not what came before it", "GET texthash:/nonexistent/x", "GET",
	  true },
};

START_TEST(the_first_match_decides)
{
	struct forbidden *f =
		forbidden_open(rows[_i].list, &arena, &report, &nowhere);

	ck_assert_ptr_nonnull(f);
	ck_assert_msg(forbidden_match(f, span_of(rows[_i].word)) ==
			      rows[_i].forbidden,
		      "%s", rows[_i].why);
}
END_TEST

static const struct {
	const char *why, *text, *list; /* %s: the file */
	const char *word;
	bool forbidden;
	unsigned warnings;
} files[] = {
	{ "a word in it", "# x\nGET, POST\n\nPUT\n", "%s", "PUT", true, 0 },
	{ "a comment is no word", "# x\n", "%s", "x", false, 0 },
	{ "what stands behind it", "GET\n", "%s PUT", "PUT", true, 0 },
	{ "negated, all of it", "GET\nPOST\n", "!%s static:x", "POST", false,
	  0 },
	{ "negated twice", "!GET\n", "!%s", "GET", true, 0 },
	{ "no such file", NULL, "%s GET", "GET", true, 1 },
	{ "a mark alone", "!\nGET", "%s", "GET", true, 1 },
};

/* LIST with the file's path for its "%s". */
static void name_file(const char *text)
{
	struct span before, behind;
	struct sbuf to = SBUF(list);

	ck_assert(span_cut(span_of(text), '%', &before, &behind));
	sbuf_add(&to, before);
	sbuf_add_text(&to, path);
	sbuf_add(&to, span_skip(behind, 1));
}

START_TEST(files_take_their_place)
{
	struct forbidden *f;

	if (files[_i].text) {
		FILE *file = fopen(path, "we");

		ck_assert_ptr_nonnull(file);
		fputs(files[_i].text, file);
		fclose(file);
	}
	name_file(files[_i].list);
	f = forbidden_open(list, &arena, &report, &nowhere);
	ck_assert_ptr_nonnull(f);
	ck_assert_msg(forbidden_match(f, span_of(files[_i].word)) ==
			      files[_i].forbidden,
		      "%s", files[_i].why);
	ck_assert_uint_eq(report.warnings, files[_i].warnings);
}
END_TEST

START_TEST(a_file_that_names_itself_ends)
{
	FILE *file = fopen(path, "we");
	struct forbidden *f;

	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s\nGET\n", path);
	fclose(file);
	f = forbidden_open(path, &arena, &report, &nowhere);
	ck_assert_ptr_nonnull(f);
	ck_assert(forbidden_match(f, SPAN("GET")));
	ck_assert_uint_eq(report.warnings, 1);
}
END_TEST

/* A file that names itself twice doubles with each level. */
START_TEST(files_cannot_fill_the_arena_for_ever)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 64; i++)
		fprintf(file, "%s\n", path);
	fclose(file);
	ck_assert_ptr_null(forbidden_open(path, &arena, &report, &nowhere));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("forbidden");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_first_match_decides, 0, ROWS(rows));
	tcase_add_loop_test(tc, files_take_their_place, 0, ROWS(files));
	tcase_add_test(tc, a_file_that_names_itself_ends);
	tcase_add_test(tc, files_cannot_fill_the_arena_for_ever);
	return unit_run();
}
