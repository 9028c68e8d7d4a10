#include "base/moment.h"
#include "unit.h"

static const struct {
	int64_t wall;
	const char *text;
} moments[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 1795304587, "2026-11-21T23:43:07Z" },
	{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
	{ INT64_C(253402300800), "-" },
	{ -1, "-" },
	{ INT64_MAX, "-" },
	{ INT64_MIN, "-" },
};

START_TEST(format_is_utc)
{
	char memory[40];
	struct sbuf b = SBUF(memory);

	moment_format(moments[_i].wall, &b);
	ck_assert_str_eq(memory, moments[_i].text);
}
END_TEST

static const struct {
	int64_t seconds;
	int units;
	const char *text;
} periods[] = {
	{ 0, 2, "0s" },
	{ -5, 2, "0s" },
	{ 59, 2, "59s" },
	{ 60, 2, "1m" },
	{ 3605, 2, "1h" },
	{ 3605, 3, "1h 5s" },
	{ 86400 * 30 - 1, 2, "29d 23h" },
	{ 86400 * 30 - 1, 1, "29d" },
	{ 86400 * 30 - 1, 9, "29d 23h 59m 59s" },
	{ INT64_MAX, 1, "106751991167300d" },
};

START_TEST(period_has_the_largest_units)
{
	char memory[40] = "x";
	struct sbuf b = SBUF(memory);

	sbuf_add_char(&b, '+'); /* what is there already is not looked at */
	moment_format_period(periods[_i].seconds, periods[_i].units, &b);
	ck_assert_str_eq(memory + 1, periods[_i].text);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("moment");

	tcase_add_loop_test(tc, format_is_utc, 0, ROWS(moments));
	tcase_add_loop_test(tc, period_has_the_largest_units, 0, ROWS(periods));
	return unit_run();
}
