#include "conf/table.h"
#include "net/cidr.h"
#include "random_cidr.h"
#include "tables.h"

static struct table *open_rules(const char *rules)
{
	const char *path = file_with("f", span_of(rules));
	char spec[256];
	struct table *t;

	snprintf(spec, sizeof(spec), "cidr:%s", path);
	t = table_open(span_of(spec), &arena, &report, &here);
	ck_assert_ptr_nonnull(t);
	return t;
}

/* "-" in RESULT: not found. */
static const struct {
	const char *why, *rules, *key, *result, *warning;
} rows[] = {
	{ "an address", "192.0.2.1 a", "192.0.2.1", "a", NULL },
	{ "another address", "192.0.2.1 a", "192.0.2.2", "-", NULL },
	{ "a network", "192.0.2.0/24 a b", "192.0.2.255", "a b", NULL },
	{ "the first match wins", "192.0.2.0/24 a\n192.0.2.1 b", "192.0.2.1",
	  "a", NULL },
	{ "later rules are reached", "192.0.2.1 a\n192.0.2.0/24 b", "192.0.2.2",
	  "b", NULL },
	{ "tabs and spaces", "192.0.2.1 \t a \t", "192.0.2.1", "a", NULL },
	{ "all of IPv4", "0.0.0.0/0 a", "255.255.255.255", "a", NULL },
	{ "all of IPv4 is no IPv6", "0.0.0.0/0 a", "::1", "-", NULL },
	{ "all of IPv6", "::/0 a", "ffff::", "a", NULL },
	{ "all of IPv6 is no IPv4", "::/0 a", "192.0.2.1", "-", NULL },
	{ "the key in another spelling", "2001:db8::1 a",
	  "2001:0DB8:0:0:0:0:0:1", "a", NULL },
	{ "brackets", "[2001:db8::1] a", "2001:db8::1", "a", NULL },
	{ "brackets around all", "[2001:db8::/32] a", "2001:db8::9", "a",
	  NULL },
	{ "brackets around the address", "[2001:db8::]/32 a", "2001:db8::9",
	  "a", NULL },
	{ "brackets around IPv4", "[192.0.2.0/24] a", "192.0.2.9", "a", NULL },

	{ "not", "!192.0.2.0/24 a", "198.51.100.1", "a", NULL },
	{ "not, and it is", "!192.0.2.0/24 a", "192.0.2.1", "-", NULL },
	{ "not is for its own family", "!192.0.2.0/24 a", "::1", "-", NULL },
	{ "not all", "!0.0.0.0/0 a", "192.0.2.1", "-", NULL },
	{ "not not", "!!192.0.2.0/24 a", "192.0.2.1", "a", NULL },
	{ "not not not, apart", "! !  !192.0.2.0/24 a", "192.0.2.1", "-",
	  NULL },
	{ "not, in brackets", "![2001:db8::]/32 a", "2001:db9::", "a", NULL },
	{ "not what?", "! \n192.0.2.1 a", "192.0.2.1", "a",
	  "line 1: no pattern: skipping this rule" },

	{ "if", "if 192.0.2.0/24\n192.0.2.1 a\nendif\n0.0.0.0/0 b", "192.0.2.1",
	  "a", NULL },
	{ "if, and nothing in it",
	  "if 192.0.2.0/24\n192.0.2.1 a\nendif\n"
	  "0.0.0.0/0 b",
	  "192.0.2.2", "b", NULL },
	{ "if not met", "if 192.0.2.0/24\n0.0.0.0/0 a\nendif\n0.0.0.0/0 b",
	  "198.51.100.1", "b", NULL },
	{ "if not", "if !192.0.2.0/24\n0.0.0.0/0 a\nendif\n0.0.0.0/0 b",
	  "198.51.100.1", "a", NULL },
	{ "if not, and it is",
	  "if !192.0.2.0/24\n0.0.0.0/0 a\nendif\n"
	  "0.0.0.0/0 b",
	  "192.0.2.1", "b", NULL },
	{ "if of the other family", "if ::/0\n0.0.0.0/0 a\nendif", "192.0.2.1",
	  "-", NULL },
	{ "if not of the other family", "if !::/0\n0.0.0.0/0 a\nendif",
	  "192.0.2.1", "-", NULL },
	{ "any case", "IF 192.0.2.0/24\n192.0.2.1 a\nEndIf\n0.0.0.0/0 b",
	  "198.51.100.1", "b", NULL },
	{ "if without a space", "if!192.0.2.0/24\n0.0.0.0/0 a\nendif",
	  "198.51.100.1", "a", NULL },
	{ "if with brackets", "if[2001:db8::/32]\n::/0 a\nendif", "2001:db8::1",
	  "a", NULL },
	{ "nested",
	  "if 10.0.0.0/8\nif 10.1.0.0/16\n10.1.1.0/24 a\nendif\n"
	  "10.1.0.0/16 b\nendif\n0.0.0.0/0 c",
	  "10.1.2.0", "b", NULL },
	{ "nested, outer not met",
	  "if 10.0.0.0/8\nif 11.0.0.0/8\nendif\n"
	  "0.0.0.0/0 a\nendif\n0.0.0.0/0 c",
	  "11.0.0.1", "c", NULL },
	{ "if without endif", "if 10.0.0.0/8\n0.0.0.0/0 a", "10.0.0.1", "a",
	  "line 1: if without endif" },
	{ "if without endif, not met",
	  "11.0.0.0/8 b\nif 10.0.0.0/8\n"
	  "0.0.0.0/0 a",
	  "12.0.0.1", "-", "line 2: if without endif" },
	{ "outer if without endif",
	  "if 10.0.0.0/8\nif 10.1.0.0/16\nendif\n"
	  "0.0.0.0/0 a",
	  "10.2.0.1", "a", "line 1: if without endif" },
	{ "endif without if", "endif\n10.0.0.0/8 a", "10.0.0.1", "a",
	  "line 1: ignoring an endif without if" },
	{ "more behind if", "if 10.0.0.0/8 x\n0.0.0.0/0 a\nendif\n", "10.0.0.1",
	  "a", "line 1: ignoring what follows the pattern" },
	{ "more behind endif", "if 10.0.0.0/8\nendif x\n0.0.0.0/0 a",
	  "10.0.0.1", "a", "line 2: ignoring what follows endif" },
	{ "an if that makes no sense holds for nobody",
	  "if 10.0.0.1/8\n0.0.0.0/0 a\nendif\n0.0.0.0/0 b", "10.0.0.1", "b",
	  "\"10.0.0.0/8\" is meant: skipping everything up to its endif" },
	{ "nor its nested ones",
	  "if x\nif 10.0.0.0/8\n0.0.0.0/0 a\nendif\n"
	  "0.0.0.0/0 b\nendif\n",
	  "10.0.0.1", "-", "line 1: \"x\" is neither address nor network" },
	{ "an if without pattern", "if\n0.0.0.0/0 a\nendif\n", "10.0.0.1", "-",
	  "line 1: no pattern" },

	{ "host bits", "10.0.0.1/8 a\n0.0.0.0/0 b", "10.0.0.1", "b",
	  "line 1: host bits are set in \"10.0.0.1/8\", perhaps "
	  "\"10.0.0.0/8\" is meant: skipping this rule" },
	{ "host bits, IPv6", "[2001:db8::1]/32 a\n::/0 b", "2001:db8::1", "b",
	  "perhaps \"2001:db8::/32\" is meant" },
	{ "too long a prefix", "10.0.0.0/33 a", "10.0.0.0", "-",
	  "bad prefix length in \"10.0.0.0/33\"" },
	{ "a prefix that is no number", "10.0.0.0/+8 a", "10.0.0.0", "-",
	  "bad prefix length" },
	{ "no prefix", "10.0.0.0/ a", "10.0.0.0", "-", "bad prefix length" },
	{ "a netmask", "10.0.0.0/255.0.0.0 a", "10.0.0.0", "-",
	  "bad prefix length" },
	{ "no address", "10.0.0 a", "10.0.0.0", "-",
	  "\"10.0.0\" is neither address nor network" },
	{ "a bracket that stays open", "[::1 a", "::1", "-", "neither" },
	{ "no result", "10.0.0.0/8\n10.0.0.0/8 b", "10.0.0.0", "b",
	  "line 1: no result: skipping this rule" },
	{ "a NUL is far away", "10.0.0.0/8 \xff\x80", "10.0.0.0", "\xff\x80",
	  NULL },
	{ "comments and continuation",
	  "# a\n\n10.0.0.0/8\n# b\n\n  a\n\t# c\n b\n#\n", "10.0.0.0",
	  "a\x20"
	  "b",
	  NULL },
	{ "keys that are no address", "0.0.0.0/0 a\n::/0 b", "x.example", "-",
	  NULL },
	{ "keys with a prefix", "0.0.0.0/0 a", "10.0.0.0/8", "-", NULL },
	{ "keys in brackets", "::/0 a", "[::1]", "-", NULL },
	{ "the empty key", "0.0.0.0/0 a", "", "-", NULL },
	{ "no rules", "", "10.0.0.0", "-", NULL },
};

START_TEST(rules_are_matched_in_order)
{
	char text[64];
	struct sbuf value = SBUF(text);
	int found = table_find(open_rules(rows[_i].rules),
			       span_of(rows[_i].key), &value);

	ck_assert_int_ge(found, 0);
	ck_assert_msg(strcmp(found ? text : "-", rows[_i].result) == 0,
		      "%s: %d \"%s\"\n%s", rows[_i].why, found, text,
		      reports());
	ck_assert_warned(rows[_i].warning, rows[_i].why);
}
END_TEST

START_TEST(deep_nesting_is_no_recursion)
{
	size_t size = 8 << 20;
	char *memory = malloc(size), text[8];
	struct sbuf b = sbuf_in(memory, size), value = SBUF(text);
	struct table *t;

	for (int i = 0; i < 100000; i++)
		sbuf_add_text(&b, "if ::/0\n");
	sbuf_add_text(&b, "::1 a\n");
	for (int i = 0; i < 100000; i++)
		sbuf_add_text(&b, "endif\n");
	sbuf_add_text(&b, "0.0.0.0/0 b\n");
	ck_assert(sbuf_fitted(&b));
	t = open_rules(memory);
	free(memory);
	ck_assert_int_eq(table_find(t, SPAN("::1"), &value), 1);
	ck_assert_str_eq(text, "a");
	ck_assert_int_eq(table_find(t, SPAN("192.0.2.1"), &value), 1);
	ck_assert_str_eq(text, "b");
}
END_TEST

START_TEST(random_tables_mean_what_they_say)
{
	unsigned found_some = 0;

	random_seed();
	for (int round = 0; round < 2000; round++) {
		unsigned long start = seed;
		struct obvious o[OBVIOUS_RULES];
		char memory[8192], text[64], name[64];
		struct sbuf rules = SBUF(memory), value = SBUF(text);
		unsigned count = make_table(o, OBVIOUS_RULES, &rules);
		struct table *t;

		ck_assert(sbuf_fitted(&rules));
		t = open_rules(memory);
		for (int k = 0; k < 20; k++) {
			struct sbuf key = SBUF(name);
			bool ipv6 = pick(2);
			unsigned char who[16];
			unsigned want;

			pick_bytes(ipv6, who);
			add_address(&key, ipv6, who);
			want = obvious_find(o, count, ipv6, who);
			found_some += want > 0;
			ck_assert_int_eq(table_find(t, sbuf_span(&key), &value),
					 want > 0);
			ck_assert_msg(
				want == 0 || strtoul(text, NULL, 10) == want,
				"TEST_SEED=%lu: %s: have %s, want %u in\n%s",
				start, name, text, want, memory);
		}
		arena_close(&arena);
		ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
		report_init(&report, &arena);
	}
	/* or else the comparison would have compared nothing */
	ck_assert_uint_gt(found_some, 10000);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("table_cidr");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, rules_are_matched_in_order, 0, ROWS(rows));
	tcase_add_test(tc, deep_nesting_is_no_recursion);
	tcase_add_test(tc, random_tables_mean_what_they_say);
	return unit_run();
}
