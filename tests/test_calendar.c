#include "report/calendar.h"

#include "base/clock.h"
#include "unit.h"

#include <time.h>

/* Tuesday, 22 September 2026, 13:33:20 UTC. */
#define NOON INT64_C(1790084000)
#define DAY  INT64_C(86400)

static struct figures *f;
static struct calendar c;

static void make(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	f = figures_new((NOON - 3000 * DAY) * CLOCK_SECOND,
			NOON * CLOCK_SECOND);
	ck_assert_ptr_nonnull(f);
}

static void drop(void)
{
	figures_free(f);
}

static void add(int64_t days_ago)
{
	struct recorded line = {
		.time = (NOON - days_ago * DAY) * CLOCK_SECOND,
		.client = "192.0.2.1",
		.network = "192.0.2.1",
		.privacy = "",
		.cache_trouble = "",
		.waited = -1,
	};

	figures_add(f, &line);
}

START_TEST(of_nothing_no_rows)
{
	calendar_of(f, &c);
	ck_assert(c.rows == 0 && c.most == 0);
}
END_TEST

START_TEST(days_in_between_are_there)
{
	add(3);
	add(0);
	add(0);
	calendar_of(f, &c);
	ck_assert_str_eq(c.unit, "day");
	ck_assert_int_eq(c.rows, 4);
	ck_assert_str_eq(c.row[0].name, "Sat 19 Sep");
	ck_assert_str_eq(c.row[1].name, "Sun 20 Sep");
	ck_assert_str_eq(c.row[3].name, "Tue 22 Sep");
	ck_assert_str_eq(c.row[3].brief, "22");
	ck_assert_uint_eq(c.row[1].count[OUTCOME_PASSED], 0);
	ck_assert_uint_eq(c.row[3].count[OUTCOME_PASSED], 2);
	ck_assert_uint_eq(c.most, 2);
}
END_TEST

static const struct {
	int64_t days;
	const char *unit, *first, *last;
	int rows;
} units[] = {
	{ 34, "day", "Wed 19 Aug", "Tue 22 Sep", 35 },
	{ 35, "week", "17 Aug", "21 Sep", 6 },
	{ 239, "week", "26 Jan", "21 Sep", 35 },
	{ 250, "month", "Jan 2026", "Sep 2026", 9 },
	{ 1000, "month", "Dec 2023", "Sep 2026", 34 },
	{ 2900, "year", "2018", "2026", 9 },
};

START_TEST(rows_are_few)
{
	uint64_t sum = 0;

	for (int64_t day = units[_i].days; day >= 0; day--)
		add(day);
	calendar_of(f, &c);
	ck_assert_str_eq(c.unit, units[_i].unit);
	ck_assert_str_eq(c.row[0].name, units[_i].first);
	ck_assert_str_eq(c.row[c.rows - 1].name, units[_i].last);
	ck_assert_int_eq(c.rows, units[_i].rows);
	for (int i = 0; i < c.rows; i++)
		sum += c.row[i].count[OUTCOME_PASSED];
	ck_assert_int_eq((int64_t)sum, units[_i].days + 1);
}
END_TEST

START_TEST(dates)
{
	char text[16];
	struct sbuf b = SBUF(text);

	calendar_date((int)(NOON / DAY), &b);
	ck_assert_str_eq(text, "2026-09-22");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("calendar");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, of_nothing_no_rows);
	tcase_add_test(tc, days_in_between_are_there);
	tcase_add_loop_test(tc, rows_are_few, 0, ROWS(units));
	tcase_add_test(tc, dates);
	return unit_run();
}
