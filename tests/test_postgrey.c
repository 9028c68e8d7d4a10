#include "migrate/postgrey.h"
#include "triplet/triplet.h"
#include "unit.h"

#define NOW INT64_C(1790000000)
#define OLD "1700000000,1700000304"

static const struct {
	const char *key, *value;
	enum postgrey_entry kind;
	const char *name;
} records[] = {
	{ "10.9.8.0/a@example.com/b@example.org", OLD, POSTGREY_TRIPLET,
	  "10.9.8.0/a@example.com/b@example.org" },
	{ "10.9.8.0//b@example.org", OLD, POSTGREY_TRIPLET,
	  "10.9.8.0//b@example.org" },
	{ "10.9.8.0/x/y@a/b@b", OLD, POSTGREY_TRIPLET, "10.9.8.0/x/y@a/b@b" },
	{ "10.9.8.0/a@b/", OLD, POSTGREY_TRIPLET, "10.9.8.0/a@b/" },
	{ "10.9.8.7/32/a@b/c@d", OLD, POSTGREY_TRIPLET, "10.9.8.7/32/a@b/c@d" },
	{ "2001:db8:1:2:0:0:0:0/a@b/c@d", OLD, POSTGREY_TRIPLET,
	  "2001:db8:1:2::/a@b/c@d" },
	{ "2001:db8:1:2:0:0:0:5/128/a@b/c@d", OLD, POSTGREY_TRIPLET,
	  "2001:db8:1:2::5/128/a@b/c@d" },
	{ "0:0:0:0:0:ffff:a09:807/128/a@b/c@d", OLD, POSTGREY_TRIPLET,
	  "10.9.8.7/32/a@b/c@d" },
	{ "0:0:0:0:0:0:0:0/a@b/c@d", OLD, POSTGREY_TRIPLET, "::/a@b/c@d" },
	{ "172.30.1.9", "7,1700028000", POSTGREY_CLIENT, "172.30.1.9" },
	{ "2001:DB8:1:2:FFFF:0:0:9", "1,1700000400", POSTGREY_CLIENT,
	  "2001:db8:1:2:ffff::9" },
	{ "0:0:0:0:0:FFFF:A09:807", "1,1700000400", POSTGREY_CLIENT,
	  "10.9.8.7" },
	{ "5bc0184d93b4f554dc38409dd778af711a944c06", OLD, POSTGREY_HASHED,
	  NULL },
	{ "5bc0184d93b4f554dc38409dd778af711a944c0g", OLD, POSTGREY_STRANGE,
	  NULL },
	{ "10.9.8.0/a@b", OLD, POSTGREY_STRANGE, NULL },
	{ "mail.example/a@b/c@d", OLD, POSTGREY_STRANGE, NULL },
	{ "", OLD, POSTGREY_STRANGE, NULL },
	{ "10.9.8.0/a@b/c@d", "1700000000", POSTGREY_STRANGE, NULL },
	{ "10.9.8.0/a@b/c@d", "1700000000,x", POSTGREY_STRANGE, NULL },
	{ "10.9.8.0/a@b/c@d", "1,1790086400", POSTGREY_TRIPLET,
	  "10.9.8.0/a@b/c@d" },
	{ "10.9.8.0/a@b/c@d", "1,1790086401", POSTGREY_STRANGE, NULL },
	{ "10.9.8.0/a@b/c@d", "1790086401,1", POSTGREY_STRANGE, NULL },
	{ "10.9.8.7", "5,1790086401", POSTGREY_STRANGE, NULL },
	{ "10.9.8.7", "5", POSTGREY_STRANGE, NULL },
};

START_TEST(entry_reads_records)
{
	char memory[TRIPLET_TEXT + 1];
	struct sbuf name = SBUF(memory);
	struct ledger_entry e = { .is_client = false };
	enum postgrey_entry kind =
		postgrey_entry(span_of(records[_i].key),
			       span_of(records[_i].value), NOW, &name, &e);

	ck_assert_msg(kind == records[_i].kind, "%s: %d", records[_i].key,
		      kind);
	if (!records[_i].name)
		return;
	ck_assert_str_eq(memory, records[_i].name);
	ck_assert(span_equal(e.name, span_of(records[_i].name)));
	ck_assert(e.is_client == (kind == POSTGREY_CLIENT));
	ck_assert(e.is_client == ledger_is_client(e.name));
}
END_TEST

START_TEST(entry_keeps_times)
{
	char memory[TRIPLET_TEXT + 1];
	struct sbuf name = SBUF(memory);
	struct ledger_entry e;

	postgrey_entry(SPAN("10.9.8.0/a/b"), SPAN(OLD), NOW, &name, &e);
	ck_assert(e.triplet.known);
	ck_assert_int_eq(e.triplet.first, 1700000000);
	ck_assert_int_eq(e.triplet.last, 1700000304);
	postgrey_entry(SPAN("10.9.8.7"), SPAN("7,1700028000"), NOW, &name, &e);
	ck_assert(e.client.known);
	ck_assert_uint_eq(e.client.count, 7);
	ck_assert_int_eq(e.client.last, 1700028000);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("postgrey");

	tcase_add_loop_test(tc, entry_reads_records, 0, ROWS(records));
	tcase_add_test(tc, entry_keeps_times);
	return unit_run();
}
