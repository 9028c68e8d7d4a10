#include "cache/expiry.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)
#define WEEK (7 * DAY)

static const struct {
	const char *why;
	struct stamps s;
	bool over;
} entries[] = {
	{ "all good",
	  { { NOON + 1, NOON + 1, NOON + 1, NOON + 1, NOON + 1 }, 1, NOON, 1 },
	  false },
	{ "the lists' pass ended long ago, the others are good",
	  { { NOON + 1, NOON - WEEK - 1, NOON + 1, 1, 1 }, 1, NOON, 1 },
	  false },
	{ "the last pass ended just within the retention time",
	  { { NOON - WEEK, 1, 1, 1, 1 }, 1, NOON - WEEK, 1 },
	  false },
	{ "and a second before",
	  { { NOON - WEEK - 1, 1, 1, 1, 1 }, 1, NOON - WEEK, 1 },
	  true },
	{ "a partial one: it left before the tests behind the greeting",
	  { { NOON + DAY, NOON - DAY, 0, 0, 0 }, 1, NOON, 0 },
	  false },
	{ "a partial one that never came back",
	  { { NOON - WEEK - 1, NOON - WEEK - DAY, 0, 0, 0 }, 1, 1, 0 },
	  true },
	{ "nothing was passed", { { 0, 0, 1, 1, 1 }, NOON, NOON, 0 }, true },
	{ "written by a clock that was wrong, or ours is",
	  { { 0, 0, 0, 0, 0 }, NOON, NOON + DAY + 1, 1 },
	  false },
	{ "a clock that differs a little",
	  { { 0, 0, 0, 0, 0 }, NOON, NOON + DAY, 1 },
	  true },
};

START_TEST(over_when_nothing_is_of_use)
{
	ck_assert_msg(expiry_is_over(&entries[_i].s, NOON, WEEK) ==
			      entries[_i].over,
		      "%s", entries[_i].why);
}
END_TEST

START_TEST(over_when_nobody_wrote_it)
{
	ck_assert(expiry_is_over(NULL, NOON, WEEK));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("expiry");

	tcase_add_loop_test(tc, over_when_nothing_is_of_use, 0, ROWS(entries));
	tcase_add_test(tc, over_when_nobody_wrote_it);
	return unit_run();
}
