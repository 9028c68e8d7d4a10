#include "base/number.h"
#include "unit.h"

#include <limits.h>

static const struct {
	const char *why, *text;
	uint64_t max;
	bool good;
	uint64_t value;
} numbers[] = {
	{ "zero", "0", 10, true, 0 },
	{ "the limit itself", "255", 255, true, 255 },
	{ "one beyond", "256", 255, false, 0 },
	{ "leading zeros", "0025", 255, true, 25 },
	{ "the largest there is", "18446744073709551615", UINT64_MAX, true,
	  UINT64_MAX },
	{ "more than fits", "18446744073709551616", UINT64_MAX, false, 0 },
	{ "digit above a tiny limit", "7", 5, false, 0 },
	{ "nothing", "", 10, false, 0 },
	{ "a sign", "+1", 10, false, 0 },
	{ "white space", " 1", 10, false, 0 },
	{ "garbage behind", "1x", 10, false, 0 },
	{ "no other base", "0x10", 100, false, 0 },
};

START_TEST(parse_takes_digits_only)
{
	uint64_t value = 99;

	ck_assert_msg(number_parse(span_of(numbers[_i].text), numbers[_i].max,
				   &value) == numbers[_i].good,
		      "%s", numbers[_i].why);
	ck_assert_uint_eq(value, numbers[_i].good ? numbers[_i].value : 99);
}
END_TEST

START_TEST(one_thing_is_not_many)
{
	ck_assert_str_eq(number_words(1, "client", "clients"), "client");
	ck_assert_str_eq(number_words(0, "client", "clients"), "clients");
	ck_assert_str_eq(number_words(2, "client", "clients"), "clients");
	ck_assert_str_eq(number_words(UINT64_C(1) << 32 | 1, "is", "are"),
			 "are");
}
END_TEST

static const struct {
	const char *why, *text;
	bool good;
	int value;
} signed_numbers[] = {
	{ "plain", "12", true, 12 },
	{ "plus", "+3", true, 3 },
	{ "minus", "-4", true, -4 },
	{ "largest", "2147483647", true, INT_MAX },
	{ "beyond", "2147483648", false, 0 },
	{ "smallest", "-2147483648", true, INT_MIN },
	{ "below", "-2147483649", false, 0 },
	{ "a sign alone", "-", false, 0 },
	{ "two signs", "--1", false, 0 },
};

START_TEST(parse_int_takes_a_sign)
{
	int value = 99;

	ck_assert_msg(number_parse_int(span_of(signed_numbers[_i].text),
				       &value) == signed_numbers[_i].good,
		      "%s", signed_numbers[_i].why);
	ck_assert_int_eq(
		value, signed_numbers[_i].good ? signed_numbers[_i].value : 99);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("number");

	tcase_add_loop_test(tc, parse_takes_digits_only, 0, ROWS(numbers));
	tcase_add_test(tc, one_thing_is_not_many);
	tcase_add_loop_test(tc, parse_int_takes_a_sign, 0,
			    ROWS(signed_numbers));
	return unit_run();
}
