#include "dns/dnsbl_filter.h"
#include "net/address.h"
#include "unit.h"

static const struct {
	const char *why, *filter, *address;
	bool matches, names;
} good[] = {
	{ "one address", "127.0.0.4", "127.0.0.4", true, true },
	{ "another one", "127.0.0.4", "127.0.0.5", false, false },
	{ "each field counts", "127.0.0.4", "126.0.0.4", false, false },
	{ "brackets around all", "[127.0.0.1]", "127.0.0.1", true, true },
	{ "brackets around brackets", "[127.0.0.[1;2]]", "127.0.0.2", true,
	  true },
	{ "a first field in brackets", "[1;2].0.0.1", "2.0.0.1", true, true },
	{ "brackets at both ends", "[1;2].0.0.[1]", "2.0.0.1", true, true },
	{ "a set", "127.0.0.[2;4]", "127.0.0.4", true, true },
	{ "not in the set", "127.0.0.[2;4]", "127.0.0.3", false, false },
	{ "a range's start", "127.0.0.[2..4]", "127.0.0.2", true, false },
	{ "a range's end", "127.0.0.[2..4]", "127.0.0.4", true, false },
	{ "behind a range", "127.0.0.[2..4]", "127.0.0.5", false, false },
	{ "a range of one is a range", "127.0.0.[2..2]", "127.0.0.2", true,
	  false },
	{ "named beside a range", "127.0.0.[2..4;3]", "127.0.0.3", true, true },
	{ "named beside a range: not its neighbour", "127.0.0.[2..4;3]",
	  "127.0.0.2", true, false },
	{ "one range is enough", "127.0.[0..255].1", "127.0.0.1", true, false },
	{ "0 to 255", "[0..255].[0..255].[0..255].[0..255]", "255.0.63.64",
	  true, false },
	{ "leading zeros are decimal", "0127.000.00.010", "127.0.0.10", true,
	  true },
	{ "the fact sheet's", "127.0.[0;1].[2;4;6..8]", "127.0.1.7", true,
	  false },
};

START_TEST(parse_takes_filters)
{
	struct dnsbl_filter f;
	struct address a;
	char why[64];
	struct sbuf b = SBUF(why);

	ck_assert(address_parse(span_of(good[_i].address), &a));
	ck_assert_msg(dnsbl_filter_parse(span_of(good[_i].filter), &f, &b),
		      "%s: %s", good[_i].why, why);
	ck_assert_msg(dnsbl_filter_matches(&f, a.bytes) == good[_i].matches,
		      "%s", good[_i].why);
	ck_assert_msg(dnsbl_filter_names(&f, a.bytes) == good[_i].names, "%s",
		      good[_i].why);
}
END_TEST

static const struct {
	const char *why, *a, *b;
	bool overlap, names;
} pairs[] = {
	{ "the same", "127.0.0.2", "127.0.0.2", true, true },
	{ "another", "127.0.0.2", "127.0.0.3", false, false },
	{ "one field is not enough", "127.0.[0;1].2", "127.0.2.2", false,
	  false },
	{ "in a range of the second", "127.0.0.2", "127.0.0.[1..9]", true,
	  true },
	{ "in a range of the first", "127.0.0.[1..9]", "127.0.0.2", true,
	  false },
	{ "named beside a range", "127.0.0.[1..9;255]", "127.0.0.[200..255]",
	  true, true },
};

START_TEST(overlaps)
{
	struct dnsbl_filter a, b;
	char memory[64];
	struct sbuf why = SBUF(memory);

	ck_assert(dnsbl_filter_parse(span_of(pairs[_i].a), &a, &why));
	ck_assert(dnsbl_filter_parse(span_of(pairs[_i].b), &b, &why));
	ck_assert_msg(dnsbl_filter_overlaps(&a, &b) == pairs[_i].overlap, "%s",
		      pairs[_i].why);
	ck_assert_msg(dnsbl_filter_names_any(&a, &b) == pairs[_i].names, "%s",
		      pairs[_i].why);
}
END_TEST

/* What postscreen of Postfix 3.7 says of each. */
static const struct {
	const char *filter, *why;
} bad[] = {
	{ "", "empty address pattern" },
	{ "[]", "empty address pattern" },
	{ "1.2.300.4",
	  "need decimal number 0..255 or \"[\" at \"1.2.>300<.4\"" },
	{ "1.2.3", "need \".\" at \"1.2.3><\"" },
	{ "1.2.3.4.5", "garbage after pattern at \"1.2.3.4>.<5\"" },
	{ "1.2.3.4x", "garbage after pattern at \"1.2.3.4>x<\"" },
	{ "1.2.3.[1;2", "need \";\" or \"]\" at \"1.2.3.[1;2><\"" },
	{ "1.2.3.[5..3]", "numeric range error at \"1.2.3.[5..>3<]\"" },
	{ "1.2.3.[1;]", "need decimal number 0..255 at \"1.2.3.[1;>]<\"" },
	{ "1.2.3.[]", "need decimal number 0..255 at \"1.2.3.[>]<\"" },
	{ "1.2.3.[;1]", "need decimal number 0..255 at \"1.2.3.[>;<1]\"" },
	{ "1.2.3.[1..]", "numeric range error at \"1.2.3.[1..>]<\"" },
	{ "1.2.3.[1.2]", "numeric range error at \"1.2.3.[1.>2<]\"" },
	{ "1.2.3.[1,2]", "need \";\" or \"]\" at \"1.2.3.[1>,<2]\"" },
	{ "a", "need decimal number 0..255 or \"[\" at \">a<\"" },
	{ "1..2.3", "need decimal number 0..255 or \"[\" at \"1.>.<2.3\"" },
	{ "1.2.3.", "need decimal number 0..255 or \"[\" at \"1.2.3.><\"" },
	{ "[1.2.3.4", "missing \"]\" character" },
	{ "[", "missing \"]\" character" },
	{ "[[", "missing \"]\" character" },
	{ "[127.0.0.[1;2]", "missing \"]\" character" },
	{ "[1.2.3.4]x", "numeric range error at \"[1.>2<.3.4]x\"" },
	{ "[1.2.3.4]]", "numeric range error at \"[1.>2<.3.4]]\"" },
	{ "[]1.2.3.4", "need decimal number 0..255 at \"[>]<1.2.3.4\"" },
	{ "1.2.3.[1]2", "garbage after pattern at \"1.2.3.[1]>2<\"" },
	{ "1.2.3.[300]", "need decimal number 0..255 at \"1.2.3.[>300<]\"" },
	{ "1.2.3.[1..300]", "numeric range error at \"1.2.3.[1..>300<]\"" },
	{ "1.2.3.[1...3]", "numeric range error at \"1.2.3.[1..>.<3]\"" },
	{ "1.2.3.*", "need decimal number 0..255 or \"[\" at \"1.2.3.>*<\"" },
	{ "1.2[3].4.5", "need \".\" at \"1.2>[<3].4.5\"" },
	{ "127.0.0.[1..2..3]",
	  "need \";\" or \"]\" at \"127.0.0.[1..2>.<.3]\"" },
	{ "127.0.0.[[1]]", "need decimal number 0..255 at "
			   "\"127.0.0.[>[<1]]\"" },
	{ "1.2.3.4]", "garbage after pattern at \"1.2.3.4>]<\"" },
	{ "[1;2]", "need \".\" at \"1>;<2\"" },
	{ "1.2.3.4294967297", "need decimal number 0..255 or \"[\" at "
			      "\"1.2.3.>4294967297<\"" },
	{ "1;2.3.4.5", "need \".\" at \"1>;<2.3.4.5\"" },
	{ "1.[", "need decimal number 0..255 at \"1.[><\"" },
	{ "1.2.3.-4", "need decimal number 0..255 or \"[\" at "
		      "\"1.2.3.>-<4\"" },
};

START_TEST(parse_names_mistakes)
{
	struct dnsbl_filter f;
	char why[128];
	struct sbuf b = SBUF(why);

	ck_assert(!dnsbl_filter_parse(span_of(bad[_i].filter), &f, &b));
	ck_assert_str_eq(why, bad[_i].why);
}
END_TEST

START_TEST(parse_stops_at_no_nul)
{
	struct dnsbl_filter f;
	char why[64];
	struct sbuf b = SBUF(why);

	ck_assert(!dnsbl_filter_parse(SPAN("127.0.0.1\0"), &f, &b));
	sbuf_clear(&b);
	/* a long mistake is cut, not written past its room */
	ck_assert(!dnsbl_filter_parse(
		SPAN("1.2.3.99999999999999999999999999999999999999999999999"),
		&f, &b));
	ck_assert(!sbuf_fitted(&b));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dnsbl_filter");

	tcase_add_loop_test(tc, parse_takes_filters, 0, ROWS(good));
	tcase_add_loop_test(tc, parse_names_mistakes, 0, ROWS(bad));
	tcase_add_test(tc, parse_stops_at_no_nul);
	tcase_add_loop_test(tc, overlaps, 0, ROWS(pairs));
	return unit_run();
}
