#include "cache/stamps.h"
#include "unit.h"

#include <inttypes.h>

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

static const struct {
	const char *why, *in, *out;
} values[] = {
	{ "ours", "11;12;13;14;15;16;17;18", "11;12;13;14;15;16;17;18" },
	{ "postscreen's own", "1795304587;1795219421;1797810187;1;1",
	  "1795304587;1795219421;1797810187;1;1;0;0;0" },
	{ "nothing", "", "1;1;1;1;1;0;0;0" },
	{ "one stamp", "0", "0;1;1;1;1;0;0;0" },
	{ "empty fields", ";;;;;;;", "1;1;1;1;1;0;0;0" },
	{ "malformed stamps", "-1;+2;0x3; 4;5 ;6;7;8", "1;1;1;1;1;6;7;8" },
	{ "malformed counters", "2;3;4;5;6;a;-7;8b", "2;3;4;5;6;0;0;0" },
	{ "leading zeros", "01;002;3;4;5;6;7;00000008", "1;2;3;4;5;6;7;8" },
	{ "the largest", "9223372036854775807;1;1;1;1;0;0;9223372036854775807",
	  "9223372036854775807;1;1;1;1;0;0;9223372036854775807" },
	{ "one more", "9223372036854775808;1;1;1;1;0;0;9223372036854775808",
	  "1;1;1;1;1;0;0;0" },
	{ "fields of the future", "2;3;4;5;6;7;8;9;10;11", "2;3;4;5;6;7;8;9" },
	{ "bytes over 127", "\377;\200;3;4;5;6;7;8", "1;1;3;4;5;6;7;8" },
};

START_TEST(parse_reads_what_format_writes)
{
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);
	struct stamps s;

	stamps_parse(span_of(values[_i].in), &s);
	stamps_format(&s, &text);
	ck_assert(sbuf_fitted(&text));
	ck_assert_msg(strcmp(memory, values[_i].out) == 0, "%s: %s",
		      values[_i].why, memory);
}
END_TEST

START_TEST(parse_survives_a_nul)
{
	struct stamps s;

	stamps_parse(SPAN("2\0003;4\0;5"), &s);
	ck_assert_int_eq(s.until[TEST_PREGREET], STAMP_DISABLED);
	ck_assert_int_eq(s.until[TEST_DNSBL], STAMP_DISABLED);
	ck_assert_int_eq(s.until[TEST_PIPELINING], 5);
}
END_TEST

START_TEST(format_fits_the_largest)
{
	struct stamps s = { .first = INT64_MAX,
			    .last = INT64_MAX,
			    .count = UINT64_MAX };
	char memory[STAMPS_TEXT + 1];
	struct sbuf text = SBUF(memory);

	for (int t = 0; t < TESTS; t++)
		s.until[t] = INT64_MIN;
	stamps_format(&s, &text);
	ck_assert(sbuf_fitted(&text));
}
END_TEST

static const struct {
	const char *why;
	int64_t until, last;
	bool due;
} expiry[] = {
	{ "a second left", NOON + 1, NOON, false },
	{ "ends this second, still good", NOON, NOON, false },
	{ "ended a second ago", NOON - 1, NOON, true },
	{ "never passed", STAMP_NEW, NOON, true },
	{ "was disabled", STAMP_DISABLED, NOON, true },
	{ "written by nobody knows whom", NOON + 1, 0, false },
	{ "written within a day from now", NOON + 1, NOON + DAY, false },
	{ "written in the future", NOON + 1, NOON + DAY + 1, true },
	{ "written at the end of time", INT64_MAX, INT64_MAX, true },
};

START_TEST(due_honours_expiry)
{
	struct stamps s = { .last = expiry[_i].last };

	for (int t = 0; t < TESTS; t++)
		s.until[t] = expiry[_i].until;
	for (enum test t = 0; t < TESTS; t++)
		ck_assert_msg(stamps_due(&s, t, NOON) == expiry[_i].due, "%s",
			      expiry[_i].why);
}
END_TEST

START_TEST(due_looks_at_its_own_stamp)
{
	struct stamps s = { .last = NOON };

	for (int t = 0; t < TESTS; t++)
		s.until[t] = NOON + 1;
	s.until[_i] = NOON - 1;
	for (enum test t = 0; t < TESTS; t++)
		ck_assert_int_eq(stamps_due(&s, t, NOON), (int)t == _i);
}
END_TEST

START_TEST(any_new_finds_a_zero)
{
	struct stamps s = { .last = NOON };

	for (int t = 0; t < TESTS; t++)
		s.until[t] = STAMP_DISABLED;
	ck_assert(!stamps_any_new(&s));
	s.until[_i] = STAMP_NEW;
	ck_assert(stamps_any_new(&s));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("stamps");

	tcase_add_loop_test(tc, parse_reads_what_format_writes, 0,
			    ROWS(values));
	tcase_add_test(tc, parse_survives_a_nul);
	tcase_add_test(tc, format_fits_the_largest);
	tcase_add_loop_test(tc, due_honours_expiry, 0, ROWS(expiry));
	tcase_add_loop_test(tc, due_looks_at_its_own_stamp, 0, TESTS);
	tcase_add_loop_test(tc, any_new_finds_a_zero, 0, TESTS);
	return unit_run();
}
