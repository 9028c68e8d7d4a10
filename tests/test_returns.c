#include "history/returns.h"

#include "base/sbuf.h"
#include "unit.h"

static struct returns *r;

static void make(void)
{
	r = calloc(1, sizeof(*r));
	ck_assert_ptr_nonnull(r);
}

static void drop(void)
{
	free(r);
}

START_TEST(who_comes_back_is_counted_from_the_first_time)
{
	returns_told(r, SPAN("a"), 100);
	returns_told(r, SPAN("a"), 150);
	returns_told(r, SPAN("b"), 160);
	ck_assert(r->told == 2 && r->came == 0);
	returns_passed(r, SPAN("a"), 190);
	ck_assert(r->told == 2 && r->came == 1);
	ck_assert_int_eq(histogram_quantile(&r->after, 50), 90);
	/* a client that passes again has not come back again */
	returns_passed(r, SPAN("a"), 300);
	returns_passed(r, SPAN("c"), 300);
	ck_assert_uint_eq(r->came, 1);
	returns_told(r, SPAN("a"), 400);
	ck_assert_uint_eq(r->told, 3);
}
END_TEST

START_TEST(a_clock_that_jumps_back_is_no_time)
{
	returns_told(r, SPAN("a"), 100);
	returns_passed(r, SPAN("a"), 50);
	ck_assert_int_eq(histogram_quantile(&r->after, 50), 0);
}
END_TEST

START_TEST(of_too_many_the_oldest_are_given_up)
{
	unsigned n, many = 2 * RETURNS_MOST;
	char text[16];
	struct sbuf b = SBUF(text);

	for (n = 0; n < many; n++) {
		sbuf_clear(&b);
		sbuf_addf(&b, "%u", n);
		returns_told(r, sbuf_span(&b), n);
	}
	ck_assert_uint_eq(r->told, many);
	ck_assert_uint_ge(r->given_up, many - RETURNS_MOST);
	/* the last thousand are there */
	for (n = many - 1000; n < many; n++) {
		sbuf_clear(&b);
		sbuf_addf(&b, "%u", n);
		returns_passed(r, sbuf_span(&b), many);
	}
	ck_assert_uint_eq(r->came, 1000);
	returns_passed(r, SPAN("0"), many);
	ck_assert_uint_eq(r->came, 1000);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("returns");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, who_comes_back_is_counted_from_the_first_time);
	tcase_add_test(tc, a_clock_that_jumps_back_is_no_time);
	tcase_add_test(tc, of_too_many_the_oldest_are_given_up);
	return unit_run();
}
