#include "base/sbuf.h"
#include "unit.h"

START_TEST(adding_builds_a_c_string)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	sbuf_add(&b, SPAN("ab"));
	sbuf_add_char(&b, 'c');
	sbuf_add_text(&b, "de");
	sbuf_addf(&b, "-%d", 42);
	ck_assert_str_eq(memory, "abcde-42");
	ck_assert_uint_eq(b.len, 8);
	ck_assert(sbuf_fitted(&b));
}
END_TEST

START_TEST(overflow_is_cut_and_remembered)
{
	char memory[5];
	struct sbuf b = SBUF(memory);

	sbuf_add_text(&b, "1234");
	ck_assert(sbuf_fitted(&b));
	sbuf_add_text(&b, "");
	ck_assert(sbuf_fitted(&b));
	sbuf_add_char(&b, '5');
	ck_assert(!sbuf_fitted(&b));
	ck_assert_str_eq(memory, "1234");
	sbuf_clear(&b);
	ck_assert(sbuf_fitted(&b));
	sbuf_addf(&b, "%s", "exactly too long");
	ck_assert(!sbuf_fitted(&b));
	ck_assert_str_eq(memory, "exac");
	ck_assert_uint_eq(b.len, 4);
}
END_TEST

START_TEST(a_nul_is_a_byte_like_others)
{
	char memory[8];
	struct sbuf b = SBUF(memory);

	sbuf_add(&b, SPAN("a\0b"));
	ck_assert_uint_eq(b.len, 3);
	ck_assert_int_eq(memcmp(memory, "a\0b", 4), 0);
}
END_TEST

static const struct {
	int64_t number;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ -1, "-1" },
	{ 10, "10" },
	{ INT64_MAX, "9223372036854775807" },
	{ INT64_MIN, "-9223372036854775808" },
};

START_TEST(numbers_are_decimal)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	sbuf_add_number(&b, numbers[_i].number);
	ck_assert_str_eq(memory, numbers[_i].text);
}
END_TEST

START_TEST(a_number_that_does_not_fit_is_remembered)
{
	char memory[3];
	struct sbuf b = SBUF(memory);

	sbuf_add_number(&b, 123);
	ck_assert(!sbuf_fitted(&b));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("sbuf");

	tcase_add_test(tc, adding_builds_a_c_string);
	tcase_add_test(tc, overflow_is_cut_and_remembered);
	tcase_add_test(tc, a_nul_is_a_byte_like_others);
	tcase_add_loop_test(tc, numbers_are_decimal, 0, ROWS(numbers));
	tcase_add_test(tc, a_number_that_does_not_fit_is_remembered);
	return unit_run();
}
