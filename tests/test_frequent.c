#include "history/frequent.h"

#include "base/sbuf.h"
#include "unit.h"

static struct frequent *f;
static struct frequent_item top[20];

static void make(void)
{
	f = frequent_new();
	ck_assert_ptr_nonnull(f);
}

static void drop(void)
{
	frequent_free(f);
}

static void add_number(unsigned number)
{
	char text[16];
	struct sbuf b = SBUF(text);

	sbuf_addf(&b, "n%u", number);
	frequent_add(f, sbuf_span(&b), 0, number);
}

START_TEST(nothing_is_most_frequent_of_nothing)
{
	ck_assert_int_eq(frequent_top(f, top, 20), 0);
	ck_assert_uint_eq(frequent_known(f), 0);
}
END_TEST

START_TEST(the_most_frequent_comes_first)
{
	for (unsigned n = 1; n <= 30; n++)
		for (unsigned times = 0; times < n; times++)
			add_number(n);
	ck_assert_int_eq(frequent_top(f, top, 20), 20);
	ck_assert_str_eq(top[0].text, "n30");
	ck_assert_uint_eq(top[0].count, 30);
	ck_assert_str_eq(top[19].text, "n11");
	ck_assert_uint_eq(frequent_short_by(f), 0);
	ck_assert_uint_eq(frequent_known(f), 30);
}
END_TEST

START_TEST(of_equals_the_first_by_name)
{
	frequent_add(f, SPAN("b"), 0, 1);
	frequent_add(f, SPAN("c"), 0, 1);
	frequent_add(f, SPAN("a"), 0, 1);
	ck_assert_int_eq(frequent_top(f, top, 2), 2);
	ck_assert_str_eq(top[0].text, "a");
	ck_assert_str_eq(top[1].text, "b");
}
END_TEST

START_TEST(kinds_and_the_last_time)
{
	frequent_add(f, SPAN("a"), 1, 70);
	frequent_add(f, SPAN("a"), 2, 90);
	frequent_add(f, SPAN("a"), 2, 80);
	ck_assert_int_eq(frequent_top(f, top, 20), 1);
	ck_assert(top[0].kind[0] == 0 && top[0].kind[1] == 1 &&
		  top[0].kind[2] == 2);
	ck_assert_int_eq(top[0].last, 90);
}
END_TEST

START_TEST(one_text_is_no_part_of_another)
{
	char text[100];

	memset(text, 'x', sizeof(text));
	frequent_add(f, SPAN("ab"), 0, 1);
	frequent_add(f, SPAN("a"), 0, 1);
	frequent_add(f, SPAN("abc"), 0, 1);
	frequent_add(f, SPAN(""), 0, 1);
	ck_assert_uint_eq(frequent_known(f), 4);
	/* what is too long counts by its beginning */
	frequent_add(f, (struct span){ text, 100 }, 0, 1);
	frequent_add(f, (struct span){ text, 99 }, 0, 1);
	ck_assert_uint_eq(frequent_known(f), 5);
	ck_assert_int_eq(frequent_top(f, top, 1), 1);
	ck_assert_uint_eq(top[0].count, 2);
	ck_assert_uint_eq(strlen(top[0].text), FREQUENT_TEXT);
}
END_TEST

/* A million others, and of each tenth occurrence one of three. */
START_TEST(what_is_frequent_outlives_a_million_others)
{
	uint64_t less;
	int n;

	for (unsigned i = 0; i < 1000000; i++)
		add_number(i % 10 == 0 ? i / 10 % 3 : 1000 + i);
	ck_assert_uint_le(frequent_known(f), FREQUENT_MOST);
	less = frequent_short_by(f);
	ck_assert_uint_gt(less, 0);
	ck_assert_uint_le(less, 2 * 1000000 / FREQUENT_MOST);
	n = frequent_top(f, top, 20);
	ck_assert_int_eq(n, 20);
	for (int i = 0; i < 3; i++) {
		ck_assert(strcmp(top[i].text, "n0") == 0 ||
			  strcmp(top[i].text, "n1") == 0 ||
			  strcmp(top[i].text, "n2") == 0);
		ck_assert_uint_le(top[i].count, 33334);
		ck_assert_uint_ge(top[i].count + less, 33333);
	}
	ck_assert_uint_lt(top[3].count, 100);
}
END_TEST

/* Whoever is left after room was made is still found, and counted on. */
START_TEST(who_stays_is_found_again)
{
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 20000; i++)
			add_number(i);
	for (unsigned i = 100000; i < 140000; i++)
		add_number(i);
	ck_assert_uint_eq(frequent_short_by(f), 1);
	for (unsigned i = 0; i < 20000; i++)
		add_number(i);
	ck_assert_uint_lt(frequent_known(f), FREQUENT_MOST);
	ck_assert_int_eq(frequent_top(f, top, 20), 20);
	/* 4 times each, less 1; of equals those that are first by name */
	ck_assert_uint_eq(top[0].count, 3);
	ck_assert_uint_eq(top[19].count, 3);
	ck_assert_str_eq(top[0].text, "n0");
	ck_assert_str_eq(top[1].text, "n1");
	ck_assert_str_eq(top[2].text, "n10");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("frequent");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, nothing_is_most_frequent_of_nothing);
	tcase_add_test(tc, the_most_frequent_comes_first);
	tcase_add_test(tc, of_equals_the_first_by_name);
	tcase_add_test(tc, kinds_and_the_last_time);
	tcase_add_test(tc, one_text_is_no_part_of_another);
	tcase_add_test(tc, what_is_frequent_outlives_a_million_others);
	tcase_add_test(tc, who_stays_is_found_again);
	return unit_run();
}
