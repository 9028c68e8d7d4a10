#include "log/syslog.h"

#include "unit.h"

static const struct {
	const char *why, *zone;
	unsigned facility;
	int severity;
	int64_t when;
	const char *want;
} lines[] = {
	{ "mail.info", "UTC0", 2, 6, 1700000000,
	  "<22>Nov 14 22:13:20 smtp-screen[42]: PASS OLD" },
	{ "mail.warning, a day of one digit", "UTC0", 2, 4, 1698883200,
	  "<20>Nov  2 00:00:00 smtp-screen[42]: PASS OLD" },
	{ "mail.crit, the epoch", "UTC0", 2, 2, 0,
	  "<18>Jan  1 00:00:00 smtp-screen[42]: PASS OLD" },
	{ "local0.warning", "UTC0", 16, 4, 0,
	  "<132>Jan  1 00:00:00 smtp-screen[42]: PASS OLD" },
	{ "local time", "XYZ-2", 2, 6, 1700000000,
	  "<22>Nov 15 00:13:20 smtp-screen[42]: PASS OLD" },
	{ "a year that no calendar has", "UTC0", 2, 6, INT64_MAX,
	  "<22>Jan  1 00:00:00 smtp-screen[42]: PASS OLD" },
};

START_TEST(format_is_rfc_3164)
{
	char memory[200];
	struct sbuf b = SBUF(memory);

	setenv("TZ", lines[_i].zone, 1);
	syslog_format(&b, lines[_i].facility, lines[_i].severity,
		      lines[_i].when, SPAN("smtp-screen"), 42,
		      SPAN("PASS OLD"));
	ck_assert_msg(strcmp(memory, lines[_i].want) == 0,
		      "%s: have \"%s\", want \"%s\"", lines[_i].why, memory,
		      lines[_i].want);
}
END_TEST

START_TEST(lines_of_one_process_have_their_own_time)
{
	static const struct {
		int64_t when;
		const char *want;
	} rows[] = {
		{ 1700000000, "<22>Nov 14 22:13:20 " },
		{ 1700000000, "<22>Nov 14 22:13:20 " },
		{ 1700000039, "<22>Nov 14 22:13:59 " },
		{ 1700000040, "<22>Nov 14 22:14:00 " },
		{ 1700000039, "<22>Nov 14 22:13:59 " }, /* set back */
		{ 1700000045, "<22>Nov 14 22:14:05 " },
		{ 1700086445, "<22>Nov 15 22:14:05 " },
	};

	setenv("TZ", "UTC0", 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char memory[200];
		struct sbuf b = SBUF(memory);

		syslog_format(&b, 2, 6, rows[i].when, SPAN("x"), 42, SPAN(""));
		ck_assert_msg(strncmp(memory, rows[i].want,
				      strlen(rows[i].want)) == 0,
			      "%zu: %s", i, memory);
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("syslog");

	tcase_add_loop_test(tc, format_is_rfc_3164, 0, ROWS(lines));
	tcase_add_test(tc, lines_of_one_process_have_their_own_time);
	return unit_run();
}
