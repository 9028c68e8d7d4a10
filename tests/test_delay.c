#include "base/delay.h"
#include "unit.h"

static const struct {
	int64_t us;
	int digits;
	const char *text;
} delays[] = {
	{ 0, 2, "0" },	       { 1, 2, "0" },	      { 10000, 2, "0.01" },
	{ 120000, 2, "0.12" }, { 126000, 2, "0.13" }, { 1300000, 2, "1.3" },
	{ 1349999, 2, "1.3" }, { 2000000, 2, "2" },   { 9900000, 2, "9.9" },
	{ 9990000, 2, "10" },  { 12000000, 2, "12" }, { 340000000, 2, "340" },
	{ 100000, 2, "0.1" },  { -5, 2, "0" },	      { 1234567, 0, "1" },
	{ 123, 6, "0.00012" }, { 123456, 6, "0.12" },
};

START_TEST(delays_are_short)
{
	char memory[32];
	struct sbuf b = SBUF(memory);

	delay_format(delays[_i].us, delays[_i].digits, &b);
	ck_assert_str_eq(memory, delays[_i].text);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("delay");

	tcase_add_loop_test(tc, delays_are_short, 0, ROWS(delays));
	return unit_run();
}
