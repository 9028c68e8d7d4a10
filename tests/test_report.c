#include "conf/report.h"
#include "unit.h"

static struct arena arena;
static struct report report;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

static const struct {
	const char *why;
	struct origin where;
	const char *text;
} places[] = {
	{ "from a file",
	  { "/etc/x.conf", 7, "dnsbl_sites" },
	  "/etc/x.conf, line 7: dnsbl_sites: bad thing" },
	{ "from the command line",
	  { NULL, 0, "dnsbl_sites" },
	  "dnsbl_sites: bad thing" },
	{ "a file as a whole",
	  { "/etc/x.conf", 0, NULL },
	  "/etc/x.conf: bad thing" },
	{ "a line that is no setting",
	  { "/etc/x.conf", 2, NULL },
	  "/etc/x.conf, line 2: bad thing" },
	{ "nothing known", { NULL, 0, NULL }, "bad thing" },
};

START_TEST(messages_begin_with_their_place)
{
	report_add(&report, REPORT_ERROR, &places[_i].where, "bad %s", "thing");
	ck_assert_msg(strcmp(report.first->text, places[_i].text) == 0,
		      "%s: %s", places[_i].why, report.first->text);
}
END_TEST

START_TEST(messages_keep_their_order_and_are_counted)
{
	ck_assert_ptr_null(report_first_error(&report));
	report_add(&report, REPORT_NOTE, NULL, "one");
	report_add(&report, REPORT_WARNING, NULL, "two");
	ck_assert_ptr_null(report_first_error(&report));
	report_add(&report, REPORT_ERROR, NULL, "three");
	report_add(&report, REPORT_ERROR, NULL, "four");
	ck_assert_str_eq(report.first->text, "one");
	ck_assert_str_eq(report.first->next->text, "two");
	ck_assert_str_eq(report.last->text, "four");
	ck_assert_int_eq(report.last->level, REPORT_ERROR);
	ck_assert_uint_eq(report.notes, 1);
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_uint_eq(report.errors, 2);
	ck_assert_str_eq(report_first_error(&report), "three");
}
END_TEST

START_TEST(a_full_arena_still_counts)
{
	while (arena_alloc(&arena, 16))
		;
	report_add(&report, REPORT_ERROR, NULL, "lost");
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_ptr_nonnull(report_first_error(&report));
}
END_TEST

START_TEST(an_absurd_message_is_cut)
{
	char *huge = malloc(100000);

	memset(huge, 'x', 99999);
	huge[99999] = '\0';
	report_add(&report, REPORT_ERROR, NULL, "quote %s", huge);
	ck_assert_uint_lt(strlen(report.first->text), 5000);
	ck_assert_int_eq(strncmp(report.first->text, "quote xxx", 9), 0);
	free(huge);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("report");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, messages_begin_with_their_place, 0,
			    ROWS(places));
	tcase_add_test(tc, messages_keep_their_order_and_are_counted);
	tcase_add_test(tc, a_full_arena_still_counts);
	tcase_add_test(tc, an_absurd_message_is_cut);
	return unit_run();
}
