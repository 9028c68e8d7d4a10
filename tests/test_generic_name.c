#include "net/generic_name.h"
#include "unit.h"

static const struct {
	const char *why, *address, *name;
	bool generic;
} rows[] = {
	{ "a mail server", "192.0.2.25", "mx1.example.com", false },
	{ "of a large provider", "209.85.128.44", "mail-wm1-f44.google.com",
	  false },
	{ "of another, with two bytes", "54.240.8.32",
	  "a8-32.smtp-out.amazonses.com", false },
	{ "with many digits", "40.107.22.58",
	  "mail-am6eur05on2058.outbound.protection.outlook.com", false },
	{ "no name", "192.0.2.25", "unknown", true },
	{ "empty", "192.0.2.25", "", true },
	{ "no host name", "192.0.2.25", "a b", true },
	{ "an address in brackets", "192.0.2.25", "[192.0.2.25]", true },
	{ "bytes with dashes", "198.51.100.7", "198-51-100-7.isp.example",
	  true },
	{ "with dots, backwards", "198.51.100.7", "7.100.51.198.isp.example",
	  true },
	{ "a host of a cloud", "198.51.100.7",
	  "ec2-198-51-100-7.compute-1.amazonaws.com", true },
	{ "padded", "198.51.100.7", "host-198-051-100-007.example.net", true },
	{ "in one", "198.51.100.7", "host198051100007.example.net", true },
	{ "the last three", "198.51.100.7", "c-51-100-7.example.net", true },
	{ "the last three, backwards", "198.51.100.7", "7-100-51.example.net",
	  true },
	{ "two are chance", "198.51.100.7", "c-100-7.example.net", false },
	{ "not its own", "198.51.100.7", "198-51-101-8.example.net", false },
	{ "three of the same number", "10.10.10.9", "mx10-10-10.example.net",
	  true },
	{ "two of the same number", "10.10.10.9", "mx10-10.example.net",
	  false },
	{ "a number before", "198.51.100.7", "n1-198-51-100-7.example.net",
	  true },
	{ "its first byte before", "198.51.100.7",
	  "n198-198-51-100.example.net", true },
	{ "the last byte behind", "198.51.100.7", "a100-7-100-51.example.net",
	  true },
	{ "hexadecimal", "198.51.100.7", "pC6336407.example.net", true },
	{ "hexadecimal, backwards", "198.51.100.7", "x076433c6.example.net",
	  true },
	{ "one number", "198.51.100.7", "3325256711.example.net", true },
	{ "a number that is too large", "198.51.100.7",
	  "99999999999999999999-198.example.net", false },
	{ "dialled", "192.0.2.25", "a12.dyn.example.net", true },
	{ "by line", "192.0.2.25", "x.adsl7.example.net", true },
	{ "by line, in capitals", "192.0.2.25", "x.POOL-3.example.net", true },
	{ "a word within another", "192.0.2.25", "dynamics.crm.example.net",
	  false },
	{ "a word in whose it is", "192.0.2.25", "mail.cable.net", false },
	{ "a word alone", "192.0.2.25", "dsl", false },
	{ "IPv6, backwards", "2001:db8:1:2:3:4:5:6",
	  "6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.isp.example", true },
	{ "IPv6, in full", "2001:db8:1:2:3:4:5:6",
	  "h-0003-0004-0005-0006.isp.example", true },
	{ "IPv6, as written", "2001:db8::25", "2001-db8--25.isp.example",
	  true },
	{ "IPv6, a server", "2001:db8::25", "mx.example.com", false },
	{ "IPv6, few digits", "2001:db8::25", "mx25.example.com", false },
};

START_TEST(names_are_told_apart)
{
	struct address who;

	ck_assert(address_parse(span_of(rows[_i].address), &who));
	ck_assert_msg(generic_name(span_of(rows[_i].name), &who) ==
			      rows[_i].generic,
		      "%s: %s", rows[_i].why, rows[_i].name);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("generic_name");

	tcase_add_loop_test(tc, names_are_told_apart, 0, ROWS(rows));
	return unit_run();
}
