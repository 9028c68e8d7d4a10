#include "base/clock.h"
#include "unit.h"

#include <limits.h>

static const struct {
	const char *why;
	int64_t now, deadline;
	int ms;
} waits[] = {
	{ "never", 5, CLOCK_NEVER, -1 },
	{ "passed", 10, 5, 0 },
	{ "this very moment", 10, 10, 0 },
	{ "a microsecond is waited for", 10, 11, 1 },
	{ "a whole millisecond", 0, 1000, 1 },
	{ "rounded up", 0, 1001, 2 },
	{ "longer than poll can", 0, INT64_MAX - 1, INT_MAX },
};

START_TEST(poll_ms_never_wakes_early)
{
	ck_assert_msg(clock_poll_ms(waits[_i].now, waits[_i].deadline) ==
			      waits[_i].ms,
		      "%s", waits[_i].why);
}
END_TEST

START_TEST(clocks_run)
{
	int64_t before = clock_mono();

	ck_assert_int_gt(clock_wall(), INT64_C(1500000000));
	ck_assert_int_ge(clock_mono(), before);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("clock");

	tcase_add_loop_test(tc, poll_ms_never_wakes_early, 0, ROWS(waits));
	tcase_add_test(tc, clocks_run);
	return unit_run();
}
