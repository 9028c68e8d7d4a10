#include "history/histogram.h"

#include "unit.h"

static struct histogram h;

static void make(void)
{
	memset(&h, 0, sizeof(h));
}

START_TEST(of_nothing_there_is_no_median)
{
	ck_assert_int_eq(histogram_quantile(&h, 50), -1);
	ck_assert_int_eq(histogram_quantile(&h, 100), -1);
}
END_TEST

/* By nearest rank, as anybody can count it. */
START_TEST(small_periods_are_exact)
{
	for (int64_t v = 1; v <= 100; v++)
		histogram_add(&h, 101 - v);
	for (unsigned percent = 1; percent <= 100; percent++)
		ck_assert_int_eq(histogram_quantile(&h, percent), percent);
	ck_assert_int_eq(h.longest, 100);
}
END_TEST

static const struct {
	const char *why;
	int64_t value[4];
	int values;
	unsigned percent;
	int64_t want;
} ranks[] = {
	{ "one", { 7 }, 1, 50, 7 },
	{ "one, at its end", { 7 }, 1, 95, 7 },
	{ "of two the lower", { 3, 9 }, 2, 50, 3 },
	{ "of two at 51 the upper", { 3, 9 }, 2, 51, 9 },
	{ "of three the middle", { 9, 3, 5 }, 3, 50, 5 },
	{ "of four the second", { 9, 3, 5, 100 }, 4, 50, 5 },
	{ "equal ones", { 4, 4, 4, 9 }, 4, 75, 4 },
	{ "0", { 0, 0, 0, 1 }, 4, 50, 0 },
};

START_TEST(nearest_rank)
{
	for (int i = 0; i < ranks[_i].values; i++)
		histogram_add(&h, ranks[_i].value[i]);
	ck_assert_msg(histogram_quantile(&h, ranks[_i].percent) ==
			      ranks[_i].want,
		      "%s: %jd", ranks[_i].why,
		      (intmax_t)histogram_quantile(&h, ranks[_i].percent));
}
END_TEST

START_TEST(large_periods_are_within_a_percent)
{
	for (int64_t v = 1; v < INT64_C(1) << HISTOGRAM_BITS; v += v / 3 + 1) {
		int64_t have;

		make();
		histogram_add(&h, v);
		histogram_add(&h, (INT64_C(1) << HISTOGRAM_BITS) - 1);
		have = histogram_quantile(&h, 50);
		ck_assert_msg(llabs(have - v) * 125 <= v, "%jd for %jd",
			      (intmax_t)have, (intmax_t)v);
	}
}
END_TEST

START_TEST(nothing_is_longer_than_the_longest)
{
	histogram_add(&h, 6001005);
	ck_assert_int_le(histogram_quantile(&h, 95), 6001005);
}
END_TEST

START_TEST(what_is_impossible_counts_as_the_nearest)
{
	histogram_add(&h, INT64_MIN);
	ck_assert_int_eq(histogram_quantile(&h, 100), 0);
	histogram_add(&h, INT64_MAX);
	ck_assert_int_gt(histogram_quantile(&h, 100),
			 (INT64_C(1) << HISTOGRAM_BITS) / 100 * 99);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("histogram");

	tcase_add_checked_fixture(tc, make, NULL);
	tcase_add_test(tc, of_nothing_there_is_no_median);
	tcase_add_test(tc, small_periods_are_exact);
	tcase_add_loop_test(tc, nearest_rank, 0, ROWS(ranks));
	tcase_add_test(tc, large_periods_are_within_a_percent);
	tcase_add_test(tc, nothing_is_longer_than_the_longest);
	tcase_add_test(tc, what_is_impossible_counts_as_the_nearest);
	return unit_run();
}
