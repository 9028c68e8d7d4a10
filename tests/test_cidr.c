#include "net/cidr.h"
#include "unit.h"

static const struct {
	const char *why, *in;
	enum cidr_error error;
	const char *out; /* NULL: not written */
} networks[] = {
	{ "address", "192.0.2.1", CIDR_OK, "192.0.2.1/32" },
	{ "network", "192.0.2.0/24", CIDR_OK, "192.0.2.0/24" },
	{ "everything", "0.0.0.0/0", CIDR_OK, "0.0.0.0/0" },
	{ "IPv6", "2001:db8::/32", CIDR_OK, "2001:db8::/32" },
	{ "all in brackets", "[2001:db8::/32]", CIDR_OK, "2001:db8::/32" },
	{ "address in brackets", "[2001:db8::]/32", CIDR_OK, "2001:db8::/32" },
	{ "IPv4 in brackets", "[192.0.2.1]", CIDR_OK, "192.0.2.1/32" },
	{ "host bits", "192.0.2.1/24", CIDR_HOST_BITS, "192.0.2.0/24" },
	{ "prefix too long", "192.0.2.0/33", CIDR_BAD_PREFIX, NULL },
	{ "IPv6 prefix too long", "::/129", CIDR_BAD_PREFIX, NULL },
	{ "no digits", "192.0.2.0/", CIDR_BAD_PREFIX, NULL },
	{ "a netmask", "192.0.2.0/255.255.255.0", CIDR_BAD_PREFIX, NULL },
	{ "negative", "192.0.2.0/-1", CIDR_BAD_PREFIX, NULL },
	{ "two prefixes", "[192.0.2.0/24]/24", CIDR_BAD_ADDRESS, NULL },
	{ "open bracket", "[192.0.2.0/24", CIDR_BAD_ADDRESS, NULL },
	{ "junk behind", "[::1]x", CIDR_BAD_ADDRESS, NULL },
	{ "short", "192.0.2/24", CIDR_BAD_ADDRESS, NULL },
	{ "nothing", "", CIDR_BAD_ADDRESS, NULL },
	{ "endless", "[111111111111111111111111111111111111111111111111111111]",
	  CIDR_BAD_ADDRESS, NULL },
};

START_TEST(parse_names_the_mistake)
{
	struct cidr net;
	char memory[64];
	struct sbuf b = SBUF(memory);

	ck_assert_msg(cidr_parse(span_of(networks[_i].in), &net) ==
			      networks[_i].error,
		      "%s", networks[_i].why);
	if (networks[_i].out) {
		cidr_format(&net, &b);
		ck_assert_str_eq(memory, networks[_i].out);
	}
}
END_TEST

static const struct {
	const char *net, *who;
	bool inside;
} members[] = {
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.200", true },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "0.0.0.0/0", "255.255.255.255", true },
	{ "0.0.0.0/0", "::1", false },
	{ "::/0", "192.0.2.1", false },
	{ "::/0", "2001:db8::1", true },
	{ "2001:db8::/33", "2001:db8:8000::", false },
	{ "2001:db8::/33", "2001:db8:7fff::", true },
};

START_TEST(contains_compares_the_prefix)
{
	struct cidr net;
	struct address who;

	ck_assert_int_eq(cidr_parse(span_of(members[_i].net), &net), CIDR_OK);
	ck_assert(address_parse(span_of(members[_i].who), &who));
	ck_assert_msg(cidr_contains(&net, &who) == members[_i].inside,
		      "%s in %s", members[_i].who, members[_i].net);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cidr");

	tcase_add_loop_test(tc, parse_names_the_mistake, 0, ROWS(networks));
	tcase_add_loop_test(tc, contains_compares_the_prefix, 0, ROWS(members));
	return unit_run();
}
