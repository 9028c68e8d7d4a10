#include "base/span.h"
#include "unit.h"

static const struct {
	const char *why, *in, *item, *rest;
} items[] = {
	{ "plain", "a b", "a", " b" },
	{ "separators first", " ,\ta,b", "a", ",b" },
	{ "braces keep separators", "cidr:{ {1 a}, {2 b} } z",
	  "cidr:{ {1 a}, {2 b} }", " z" },
	{ "a brace that never closes takes all", "{a b", "{a b", "" },
	{ "a closing brace alone is text", "} a", "}", " a" },
	{ "nothing", ", ,", NULL, "" },
};

START_TEST(next_item_takes_lists_apart)
{
	struct span rest = span_of(items[_i].in), item = { "", 0 };
	bool found = span_next_item(&rest, SPAN_LIST_SEPARATORS, &item);

	ck_assert_msg(found == (items[_i].item != NULL), "%s", items[_i].why);
	if (found)
		ck_assert_span(item, items[_i].item);
	ck_assert_span(rest, items[_i].rest);
}
END_TEST

START_TEST(next_line_takes_lines)
{
	struct span rest = SPAN("one\n\nthree"), line;

	ck_assert(span_next_line(&rest, &line));
	ck_assert_span(line, "one");
	ck_assert(span_next_line(&rest, &line));
	ck_assert_span(line, "");
	ck_assert(span_next_line(&rest, &line));
	ck_assert_span(line, "three");
	ck_assert(!span_next_line(&rest, &line));
}
END_TEST

START_TEST(trim_takes_white_space_only)
{
	ck_assert_span(span_trim(SPAN(" \t\r\n\v\fa b ")), "a b");
	ck_assert_span(span_trim(SPAN(" \t")), "");
	ck_assert_span(span_trim_start(SPAN(" a ")), "a ");
	ck_assert_span(span_trim_end(SPAN(" a ")), " a");
}
END_TEST

START_TEST(equal_compares_bytes)
{
	ck_assert(span_equal(SPAN("a\0b"), SPAN("a\0b")));
	ck_assert(!span_equal(SPAN("a\0b"), SPAN("a\0c")));
	ck_assert(span_equal_nocase(SPAN("EHLO"), SPAN("ehlo")));
	ck_assert(!span_equal_nocase(SPAN("@"), SPAN("`")));
	ck_assert(span_starts_with(SPAN("PROXY x"), SPAN("PROXY ")));
	ck_assert(!span_starts_with(SPAN("PROX"), SPAN("PROXY")));
	ck_assert(span_starts_with_nocase(SPAN("proxy x"), SPAN("PROXY ")));
}
END_TEST

START_TEST(compare_orders_as_bytes)
{
	ck_assert_int_eq(span_compare(SPAN("ab"), SPAN("ab")), 0);
	ck_assert_int_lt(span_compare(SPAN("ab"), SPAN("abc")), 0);
	ck_assert_int_gt(span_compare(SPAN("b"), SPAN("abc")), 0);
	ck_assert_int_gt(span_compare(SPAN("\xff"), SPAN("a")), 0);
	ck_assert_int_lt(span_compare(SPAN(""), SPAN("\0")), 0);
	ck_assert_int_eq(span_compare(span_of(NULL), SPAN("")), 0);
}
END_TEST

START_TEST(cut_splits_at_the_first)
{
	struct span before, behind;

	ck_assert(span_cut(SPAN("a=b=c"), '=', &before, &behind));
	ck_assert_span(before, "a");
	ck_assert_span(behind, "b=c");
	ck_assert(!span_cut(SPAN("abc"), '=', &before, &behind));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("span");

	tcase_add_loop_test(tc, next_item_takes_lists_apart, 0, ROWS(items));
	tcase_add_test(tc, next_line_takes_lines);
	tcase_add_test(tc, trim_takes_white_space_only);
	tcase_add_test(tc, equal_compares_bytes);
	tcase_add_test(tc, compare_orders_as_bytes);
	tcase_add_test(tc, cut_splits_at_the_first);
	return unit_run();
}
