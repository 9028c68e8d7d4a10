#include "conf/netlist.h"
#include "tables.h"

#include <errno.h>

#define LOST (-EBADF)

static struct address address_of(const char *text)
{
	struct address a;

	ck_assert(address_parse(span_of(text), &a));
	return a;
}

static struct netlist *open_list(const char *text)
{
	struct netlist *list =
		netlist_open(in_dir(text), &arena, &report, &here);

	ck_assert_ptr_nonnull(list);
	return list;
}

static const struct {
	const char *why, *list, *who;
	int found;
} matches[] = {
	{ "nothing", "", "192.0.2.1", 0 },
	{ "an address", "192.0.2.1", "192.0.2.1", 1 },
	{ "another", "192.0.2.1", "192.0.2.2", 0 },
	{ "a network", "192.0.2.0/24", "192.0.2.2", 1 },
	{ "separators", ",\n192.0.2.1 ,\t192.0.2.2\n", "192.0.2.2", 1 },
	{ "IPv6", "[::1]", "::1", 1 },
	{ "IPv6 network", "[2001:db8::/32]", "2001:db8::1", 1 },
	{ "IPv6 network, other brackets", "[2001:db8::]/32", "2001:db8::1", 1 },
	{ "families stay apart", "0.0.0.0/0", "::1", 0 },
	{ "families stay apart", "[::]/0", "192.0.2.1", 0 },
	{ "not", "!192.0.2.1, 192.0.2.0/24", "192.0.2.1", 0 },
	{ "not that", "!192.0.2.1, 192.0.2.0/24", "192.0.2.2", 1 },
	{ "the first match decides", "192.0.2.0/24 !192.0.2.1", "192.0.2.1",
	  1 },
	{ "only not", "!192.0.2.1", "192.0.2.2", 0 },
	{ "not not", "!!192.0.2.1", "192.0.2.1", 1 },
	{ "all but the backup address", "!192.0.2.9, static:all", "192.0.2.1",
	  1 },
	{ "the backup address", "!192.0.2.9, static:all", "192.0.2.9", 0 },
	{ "a table", "cidr:{ {192.0.2.0/24 x}, {::/0 y} }", "192.0.2.9", 1 },
	{ "a table's value means nothing", "cidr:{ {192.0.2.0/24 reject} }",
	  "192.0.2.9", 1 },
	{ "not a table", "!cidr:{ {192.0.2.0/24 x} } 192.0.0.0/16", "192.0.2.9",
	  0 },
	{ "a table asks for IPv6 without brackets", "inline:{2001:db8::1=x}",
	  "2001:db8::1", 1 },

	{ "a file", "DIR/f", "192.0.2.1", 1 },
	{ "a file, other lines", "DIR/f", "198.51.100.3", 1 },
	{ "a file that says not", "DIR/f", "192.0.2.7", 0 },
	{ "a file, not in it", "DIR/f", "203.0.113.1", 0 },
	{ "a file and more", "DIR/f, 203.0.113.1", "203.0.113.1", 1 },
	{ "not what is in a file", "!DIR/f, 0.0.0.0/0", "192.0.2.1", 0 },
	{ "not what is not in a file", "!DIR/f, !0.0.0.0/0", "192.0.2.7", 1 },
	{ "a file in a file", "DIR/g", "192.0.2.1", 1 },
	{ "a file in a file, negated there", "DIR/h 0.0.0.0/0", "192.0.2.1",
	  0 },
	{ "what a file in a file negates, negated", "!DIR/h", "192.0.2.1", 1 },
	{ "a table in a file", "DIR/t", "203.0.113.9", 1 },
	{ "an empty file", "DIR/e", "203.0.113.9", 0 },
};

static void put_files(void)
{
	file_with("f", SPAN("# mine\n!192.0.2.7\n192.0.2.0/24,\n"
			    "  198.51.100.3\n"));
	file_with("e", SPAN(""));
	file_with("g", span_of(in_dir("DIR/f\n")));
	file_with("h", span_of(in_dir("!DIR/f\n")));
	file_with("t", SPAN("cidr:{ {203.0.113.0/24 x} }\n"));
}

START_TEST(the_first_pattern_that_matches_decides)
{
	struct address who = address_of(matches[_i].who);
	char text[64];
	struct sbuf warning = SBUF(text);
	struct netlist *list;

	put_files();
	list = open_list(matches[_i].list);
	ck_assert_msg(netlist_find(list, &who, &warning) == matches[_i].found,
		      "%s: %s", matches[_i].why, reports());
	ck_assert_str_eq(text, "");
	ck_assert_warned(NULL, matches[_i].why);
}
END_TEST

/* What is wrong matches nothing, and what stands behind it still counts. */
static const struct {
	const char *list;
	enum report_level level;
	const char *text;
} mistakes[] = {
	{ "10.0.0.1/8 192.0.2.1", REPORT_ERROR,
	  "/etc/x.conf, line 3: param: \"10.0.0.1/8\" has host bits set, "
	  "perhaps \"10.0.0.0/8\" is meant" },
	{ "!10.0.0.1/8 192.0.2.1", REPORT_ERROR, "host bits" },
	{ "192.0.2.1/33 192.0.2.1", REPORT_ERROR, "bad prefix length" },
	{ "192.0.2.1/x 192.0.2.1", REPORT_ERROR, "bad prefix length" },
	{ "192.0.2 192.0.2.1", REPORT_ERROR, "no address or network" },
	{ "[x] 192.0.2.1", REPORT_ERROR, "no address or network" },
	{ "[::1 192.0.2.1", REPORT_ERROR, "no address or network" },
	{ "! 192.0.2.1", REPORT_ERROR, "\"!\" negates nothing" },
	{ "2001:db8::1 192.0.2.1", REPORT_ERROR,
	  "\"2001:db8::1\" is a table to us: write IPv6 addresses in "
	  "brackets" },
	{ "!2001:db8::/32 192.0.2.1", REPORT_ERROR, "in brackets" },
	{ "localhost 192.0.2.1", REPORT_WARNING,
	  "\"localhost\" is ignored: only addresses" },
	{ "\xff 192.0.2.1", REPORT_WARNING, "only addresses" },
	{ "DIR/good 10.0.0.1/8 192.0.2.1", REPORT_ERROR,
	  "line 3: param: \"10.0.0.1/8\" has host bits" },
	{ "DIR/bad 192.0.2.1", REPORT_WARNING,
	  "bad, line 3: \"10.0.0.1/8\" has host bits" },
};

START_TEST(a_mistake_is_reported_and_matches_nothing)
{
	struct address who = address_of("192.0.2.1");
	char text[64];
	struct sbuf warning = SBUF(text);
	struct netlist *list;

	file_with("good", SPAN("198.51.100.1\n"));
	file_with("bad", SPAN("# x\n\n10.0.0.1/8\n"));
	list = open_list(mistakes[_i].list);
	ck_assert_msg(reported(mistakes[_i].level, mistakes[_i].text), "%s: %s",
		      mistakes[_i].list, reports());
	ck_assert_uint_eq(report.errors + report.warnings, 1);
	ck_assert_int_eq(netlist_find(list, &who, &warning), 1);
	ck_assert_str_eq(text, "");
}
END_TEST

/* What cannot be asked ends the search, unless a pattern before decided. */
static const struct {
	const char *list;
	enum report_level level;
	const char *text, *warning;
} lost[] = {
	{ "DIR/none", REPORT_WARNING, "none: No such file",
	  "none: No such file" },
	{ "!DIR/none", REPORT_WARNING, "No such file", "No such file" },
	{ "DIR", REPORT_WARNING, "Is a directory", "Is a directory" },
	{ "DIR/nul", REPORT_WARNING, "nul, line 2: holds a NUL",
	  "nul, line 2: holds a NUL" },
	{ "cidr:DIR/none", REPORT_WARNING, "none: No such file",
	  "none: table lookup error" },
	{ "DIR/cycle", REPORT_ERROR, "cycle: includes itself", "itself" },
	{ "DIR/ring1", REPORT_ERROR, "ring1: includes itself", "itself" },
	{ "DIR/1", REPORT_ERROR, "9: is included by too many", "too many" },
};

START_TEST(what_cannot_be_asked_ends_the_search)
{
	struct address who = address_of("192.0.2.1");
	char list[256], text[256], name[16];
	struct sbuf b = SBUF(list), warning = SBUF(text);

	file_with("nul", SPAN("198.51.100.1\n\0\n"));
	file_with("cycle", span_of(in_dir("DIR/cycle DIR/cycle")));
	file_with("ring1", span_of(in_dir("DIR/ring2")));
	file_with("ring2", span_of(in_dir("!DIR//ring1")));
	for (int i = 1; i < 10; i++) {
		char next[32];

		snprintf(name, sizeof(name), "%d", i);
		snprintf(next, sizeof(next), "DIR/%d", i + 1);
		file_with(name, span_of(in_dir(next)));
	}
	sbuf_addf(&b, "%s, 192.0.2.1", lost[_i].list);
	ck_assert_int_eq(netlist_find(open_list(list), &who, &warning), LOST);
	ck_assert_msg(reported(lost[_i].level, lost[_i].text), "%s: %s", list,
		      reports());
	ck_assert_msg(strstr(text, lost[_i].warning) != NULL, "%s: %s", list,
		      text);

	sbuf_clear(&b);
	sbuf_clear(&warning);
	sbuf_addf(&b, "192.0.2.1, %s", lost[_i].list);
	ck_assert_int_eq(netlist_find(open_list(list), &who, &warning), 1);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(eight_files_deep_is_fine)
{
	struct address who = address_of("192.0.2.1");
	char text[64], name[16], next[32];
	struct sbuf warning = SBUF(text);

	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(next, sizeof(next), "DIR/%d", i + 1);
		file_with(name, span_of(in_dir(next)));
	}
	file_with("8", SPAN("192.0.2.1"));
	ck_assert_int_eq(netlist_find(open_list("DIR/1"), &who, &warning), 1);
	ck_assert_warned(NULL, "eight files");
}
END_TEST

/* A value that is too long is a value. */
START_TEST(a_long_value_matches)
{
	struct address who = address_of("192.0.2.1");
	char list[1024], text[64];
	struct sbuf b = SBUF(list), warning = SBUF(text);

	sbuf_add_text(&b, "static:");
	for (int i = 0; i < 900; i++)
		sbuf_add_char(&b, 'x');
	ck_assert_int_eq(netlist_find(open_list(list), &who, &warning), 1);
}
END_TEST

START_TEST(a_full_arena_is_the_only_null)
{
	const char *text = in_dir("DIR/f DIR/none DIR/t [::1]");
	struct netlist *list = NULL;
	struct arena small;
	struct report r;

	put_files();
	for (size_t size = 16; !list; size += 16) {
		ck_assert_uint_lt(size, 1 << 20);
		ck_assert_int_eq(arena_open(&small, size), 0);
		report_init(&r, &small);
		list = netlist_open(text, &small, &r, &here);
		arena_close(&small);
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("netlist");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, the_first_pattern_that_matches_decides, 0,
			    ROWS(matches));
	tcase_add_loop_test(tc, a_mistake_is_reported_and_matches_nothing, 0,
			    ROWS(mistakes));
	tcase_add_loop_test(tc, what_cannot_be_asked_ends_the_search, 0,
			    ROWS(lost));
	tcase_add_test(tc, eight_files_deep_is_fine);
	tcase_add_test(tc, a_long_value_matches);
	tcase_add_test(tc, a_full_arena_is_the_only_null);
	return unit_run();
}
