#include "conf/access.h"
#include "tables.h"

static struct origin parameter = { "/etc/x.conf", 3, "postscreen_access_list" };

static const struct {
	const char *why, *list, *who;
	enum access access;
	const char *warning; /* while deciding; empty: none */
} rows[] = {
	{ "nothing", "", "192.0.2.1", ACCESS_DUNNO, "" },
	{ "permit", "permit", "192.0.2.1", ACCESS_PERMIT, "" },
	{ "reject", "reject", "192.0.2.1", ACCESS_REJECT, "" },
	{ "dunno ends the list", "dunno, reject", "192.0.2.1", ACCESS_DUNNO,
	  "" },
	{ "any case", "Permit", "192.0.2.1", ACCESS_PERMIT, "" },
	{ "any case", "PERMIT_MYNETWORKS", "10.0.0.1", ACCESS_PERMIT, "" },
	{ "the first decides", "reject permit", "192.0.2.1", ACCESS_REJECT,
	  "" },
	{ "my networks", "permit_mynetworks, reject", "10.0.0.1", ACCESS_PERMIT,
	  "" },
	{ "not my networks", "permit_mynetworks, reject", "192.0.2.1",
	  ACCESS_REJECT, "" },
	{ "a table permits", "cidr:DIR/cidr, reject", "192.0.2.1",
	  ACCESS_PERMIT, "" },
	{ "a table rejects", "cidr:DIR/cidr, permit", "192.0.2.2",
	  ACCESS_REJECT, "" },
	{ "a table's dunno goes on behind it", "cidr:DIR/cidr, reject",
	  "192.0.2.3", ACCESS_REJECT, "" },
	{ "what a table does not have", "cidr:DIR/cidr, reject", "198.51.100.1",
	  ACCESS_REJECT, "" },
	{ "a table says permit_mynetworks, and it is",
	  "static:permit_mynetworks, reject", "10.0.0.1", ACCESS_PERMIT, "" },
	{ "a table says permit_mynetworks, and it is not",
	  "static:permit_mynetworks, reject", "192.0.2.1", ACCESS_REJECT, "" },
	{ "a table's list is walked", "static:{permit_mynetworks, reject}",
	  "192.0.2.1", ACCESS_REJECT, "" },
	{ "what stands behind dunno in a table is not",
	  "static:{dunno, reject}, permit", "192.0.2.1", ACCESS_PERMIT, "" },
	{ "static", "static:reject", "192.0.2.1", ACCESS_REJECT, "" },
	{ "static in braces", "static:{permit}", "192.0.2.1", ACCESS_PERMIT,
	  "" },
	{ "IPv6 keys have no brackets", "inline:{2001:db8::1=permit}",
	  "2001:db8::1", ACCESS_PERMIT, "" },
	{ "only the whole address is looked up", "inline:{192.0.2=permit}",
	  "192.0.2.1", ACCESS_DUNNO, "" },

	{ "an unknown word ends the list", "foo, permit", "192.0.2.1",
	  ACCESS_DUNNO,
	  "postscreen_access_list: unknown command: foo -- ignoring the "
	  "remainder of this access list" },
	{ "unless something decides before", "reject, foo", "192.0.2.1",
	  ACCESS_REJECT, "" },
	{ "an unknown word in a table ends the list too",
	  "static:{foo, permit}, permit", "192.0.2.1", ACCESS_DUNNO,
	  "static:{foo, permit}: unknown command: foo -- ignoring the "
	  "remainder of this access list" },
	{ "a table in a table", "static:{static:permit, reject}, reject",
	  "192.0.2.1", ACCESS_REJECT,
	  "table static:{static:permit, reject}: lookup result "
	  "\"static:permit\" is not allowed -- ignoring remainder of access "
	  "list" },
	{ "a table in a table is never asked", "static:{static:permit}",
	  "192.0.2.1", ACCESS_DUNNO,
	  "table static:{static:permit}: lookup result \"static:permit\" is "
	  "not allowed -- ignoring remainder of access list" },
	{ "two warnings", "static:{a:b} static:foo permit", "192.0.2.1",
	  ACCESS_DUNNO,
	  "table static:{a:b}: lookup result \"a:b\" is not allowed -- "
	  "ignoring remainder of access list; static:foo: unknown command: "
	  "foo -- ignoring the remainder of this access list" },
	{ "a table that cannot be read ends the list",
	  "permit_mynetworks, cidr:/nowhere/x, permit", "192.0.2.1",
	  ACCESS_DUNNO,
	  "postscreen_access_list: cidr:/nowhere/x: table lookup error -- "
	  "ignoring the remainder of "
	  "this access list" },
	{ "unless something decides before",
	  "permit_mynetworks, cidr:/nowhere/x, reject", "10.0.0.1",
	  ACCESS_PERMIT, "" },
	{ "a type that there is not", "mysql:/x reject", "192.0.2.1",
	  ACCESS_DUNNO,
	  "postscreen_access_list: mysql:/x: table lookup error -- ignoring "
	  "the remainder of this "
	  "access list" },
	{ "an empty result goes on", "inline:{192.0.2.1=} reject", "192.0.2.1",
	  ACCESS_REJECT, "" },
};

static struct access_list *open_list(const char *text, const char *mynetworks)
{
	struct netlist *mine = netlist_open(mynetworks, &arena, &report, &here);
	struct access_list *list;

	ck_assert_ptr_nonnull(mine);
	list = access_open(in_dir(text), mine, &arena, &report, &parameter);
	ck_assert_ptr_nonnull(list);
	return list;
}

static struct address address_of(const char *text)
{
	struct address a;

	ck_assert(address_parse(span_of(text), &a));
	return a;
}

START_TEST(elements_decide_from_left_to_right)
{
	struct address who = address_of(rows[_i].who);
	char text[512];
	struct sbuf warning = SBUF(text);
	struct access_list *list;

	file_with("cidr", SPAN("192.0.2.1 permit\n192.0.2.2 reject\n"
			       "192.0.2.3 dunno\n"));
	list = open_list(rows[_i].list, "10.0.0.0/8");
	ck_assert_msg(access_decide(list, &who, &warning) == rows[_i].access,
		      "%s: %s%s", rows[_i].why, text, reports());
	ck_assert_str_eq(text, rows[_i].warning);
	ck_assert_uint_eq(report.errors, 0);
}
END_TEST

START_TEST(mistakes_are_warnings_and_show_at_start)
{
	open_list("permit_mynetworks cidr:/nowhere/x static:reject foo bar",
		  "");
	ck_assert_uint_eq(report.errors, 0);
	ck_assert_uint_eq(report.warnings, 2);
	ck_assert(reported(REPORT_WARNING, "/nowhere/x: No such file"));
	ck_assert(reported(REPORT_WARNING,
			   "/etc/x.conf, line 3: postscreen_access_list: "
			   "unknown command: foo -- ignoring the remainder"));
}
END_TEST

START_TEST(mynetworks_that_cannot_be_asked_end_the_list)
{
	struct address who = address_of("192.0.2.1");
	char text[512];
	struct sbuf warning = SBUF(text);
	struct access_list *list =
		open_list("permit_mynetworks, permit", "/nowhere/x");

	ck_assert_int_eq(access_decide(list, &who, &warning), ACCESS_DUNNO);
	ck_assert_str_eq(text, "mynetworks: /nowhere/x: No such file or "
			       "directory -- ignoring the remainder of this "
			       "access list");
}
END_TEST

START_TEST(a_result_too_long_is_a_lookup_error)
{
	struct address who = address_of("192.0.2.1");
	char big[4096], text[8192];
	struct sbuf b = SBUF(big), warning = SBUF(text);

	sbuf_add_text(&b, "static:{permit");
	for (int i = 0; i < 3000; i++)
		sbuf_add_char(&b, ' ');
	sbuf_add_text(&b, "x}, permit");
	ck_assert_int_eq(access_decide(open_list(big, ""), &who, &warning),
			 ACCESS_DUNNO);
	ck_assert_ptr_nonnull(strstr(text, "table lookup error"));
}
END_TEST

START_TEST(a_full_arena_is_the_only_null)
{
	struct netlist *mine = netlist_open("", &arena, &report, &here);
	struct access_list *list = NULL;
	struct arena small;
	struct report r;

	for (size_t size = 16; !list; size += 16) {
		ck_assert_uint_lt(size, 1 << 20);
		ck_assert_int_eq(arena_open(&small, size), 0);
		report_init(&r, &small);
		list = access_open("permit_mynetworks cidr:{{::/0 permit}} x",
				   mine, &small, &r, &parameter);
		arena_close(&small);
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("access");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, elements_decide_from_left_to_right, 0,
			    ROWS(rows));
	tcase_add_test(tc, mistakes_are_warnings_and_show_at_start);
	tcase_add_test(tc, mynetworks_that_cannot_be_asked_end_the_list);
	tcase_add_test(tc, a_result_too_long_is_a_lookup_error);
	tcase_add_test(tc, a_full_arena_is_the_only_null);
	return unit_run();
}
