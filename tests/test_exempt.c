#include "log/log.h"
#include "triplet/exempt.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

static char file[64];
static struct exempt e;

static void make(void)
{
	strcpy(file, "/tmp/test_exempt.XXXXXX");
	ck_assert_int_ge(mkstemp(file), 0);
	ck_assert_int_eq(exempt_open(&e), 0);
}

static void drop(void)
{
	exempt_close(&e);
	unlink(file);
}

static void write_file(const char *text)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static const struct {
	const char *line, *name, *address;
	bool exempt;
} clients[] = {
	{ "friend.net", "friend.net", "1.2.3.4", true },
	{ "friend.net", "Mail.Friend.Net", "1.2.3.4", true },
	{ "friend.net", "notfriend.net", "1.2.3.4", false },
	{ "friend.net", "friend.net.evil", "1.2.3.4", false },
	{ "FRIEND.net", "friend.net", "1.2.3.4", true },
	{ "  friend.net # since 2004", "friend.net", "1.2.3.4", true },
	{ "# friend.net", "friend.net", "1.2.3.4", false },
	{ "two words", "two words", "1.2.3.4", false },
	{ "203.0.113.7", "unknown", "203.0.113.7", true },
	{ "203.0.113.7", "unknown", "203.0.113.8", false },
	{ "198.51.100.0/24", "unknown", "198.51.100.9", true },
	{ "198.51.100.9/24", "unknown", "198.51.100.1", true },
	{ "192.168.77", "unknown", "192.168.77.5", true },
	{ "192.168.77", "unknown", "192.168.78.5", false },
	{ "10.77", "unknown", "10.77.0.1", true },
	{ "10.77", "unknown", "10.77.200.1", true },
	{ "10.77", "unknown", "10.78.0.1", false },
	{ "2001:db8:aa::/48", "unknown", "2001:db8:aa:1::5", true },
	{ "2001:db8:aa::/48", "unknown", "2001:db8:ab::5", false },
	{ "2001:db8::1", "unknown", "2001:db8::1", true },
	{ "300.1.1.1", "unknown", "44.1.1.1", false },
	{ "1.2.3.4/33", "unknown", "1.2.3.4", false },
	{ "10", "a.10", "1.2.3.4", true },
	{ "/^mx\\d+\\.rx\\.org$/", "MX12.rx.org", "1.2.3.4", true },
	{ "/^mx\\d+\\.rx\\.org$/", "mx.rx.org", "1.2.3.4", false },
	{ "/dyn/", "a.dyn.b", "1.2.3.4", true },
	{ "/a#b/ # with a comment", "a#b", "1.2.3.4", true },
	{ "/a\\/b/", "a/b", "1.2.3.4", true },
	{ "/a b/", "a b", "1.2.3.4", false },
	{ "/a(/", "a(", "1.2.3.4", false },
	{ "/a", "/a", "1.2.3.4", false },
	{ "", "", "1.2.3.4", false },
};

START_TEST(clients_are_found)
{
	struct address who;

	write_file(clients[_i].line);
	exempt_read_clients(&e, file, false);
	ck_assert(address_parse(span_of(clients[_i].address), &who));
	ck_assert_msg(exempt_client(&e, span_of(clients[_i].name), &who) ==
			      clients[_i].exempt,
		      "%s: %s", clients[_i].line, clients[_i].name);
}
END_TEST

static const struct {
	const char *line, *recipient;
	bool exempt;
} recipients[] = {
	{ "user@domain", "user@domain", true },
	{ "user@domain", "User@DOMAIN", true },
	{ "user@domain", "user+anything@domain", true },
	{ "user@domain", "user@sub.domain", false },
	{ "user@domain", "users@domain", false },
	{ "postmaster@", "PostMaster+x@any.org", true },
	{ "postmaster@", "postmaster@any.org", true },
	{ "postmaster@", "xpostmaster@any.org", false },
	{ "domain", "x@domain", true },
	{ "domain", "x@sub.domain", true },
	{ "domain", "x@notdomain", false },
	{ "domain", "domain@elsewhere", false },
	{ "@domain", "x@domain", true },
	{ "@domain", "x@sub.domain", false },
	{ "/^list-.*@x\\.org$/", "List-1@x.org", true },
	{ "/^list-.*@x\\.org$/", "list@x.org", false },
	{ "domain", "\"a@b\"@domain", true },
	{ "a b", "a b", false },
	{ "@", "a@b", false },
	{ "user@domain", "", false },
};

START_TEST(recipients_are_found)
{
	write_file(recipients[_i].line);
	exempt_read_recipients(&e, file, false);
	ck_assert_msg(exempt_recipient(&e, span_of(recipients[_i].recipient)) ==
			      recipients[_i].exempt,
		      "%s: %s", recipients[_i].line, recipients[_i].recipient);
}
END_TEST

START_TEST(files_add_up)
{
	struct address who;

	ck_assert(address_parse(SPAN("1.2.3.4"), &who));
	write_file("a.org\nwrong one\n\n/b/\n");
	exempt_read_clients(&e, file, false);
	write_file("1.2.3.0/24\r\n");
	exempt_read_clients(&e, file, false);
	exempt_read_clients(&e, "/nonexistent", false);
	exempt_read_clients(&e, "/nonexistent.local", false);
	ck_assert(exempt_client(&e, SPAN("a.org"), &who));
	ck_assert(exempt_client(&e, SPAN(""), &who));
	who.family = ADDRESS_NONE;
	ck_assert(exempt_client(&e, SPAN("b"), &who));
	ck_assert(!exempt_client(&e, SPAN("c"), &who));
}
END_TEST

START_TEST(no_file_is_no_mistake)
{
	log_take_warned(LOG_TABLE_TROUBLE);
	exempt_read_clients(&e, "/dev/null", false);
	exempt_read_recipients(&e, "/dev/null", false);
	ck_assert_uint_eq(log_take_warned(LOG_TABLE_TROUBLE), 0);
	exempt_read_clients(&e, "/dev/zero", false);
	ck_assert_uint_eq(log_take_warned(LOG_TABLE_TROUBLE), 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("exempt");

	log_open(&(struct log_settings){ .target = "syslog:/nonexistent",
					 .client = -1 });
	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_loop_test(tc, clients_are_found, 0, ROWS(clients));
	tcase_add_loop_test(tc, recipients_are_found, 0, ROWS(recipients));
	tcase_add_test(tc, files_add_up);
	tcase_add_test(tc, no_file_is_no_mistake);
	return unit_run();
}
