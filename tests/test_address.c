#include "net/address.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const struct {
	const char *why, *in, *out; /* OUT NULL: refused */
} addresses[] = {
	{ "IPv4", "192.0.2.1", "192.0.2.1" },
	{ "IPv6 in any spelling", "2001:DB8:0:0::1", "2001:db8::1" },
	{ "mapped stays IPv6 here", "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "octal tricks", "192.0.2.010", NULL },
	{ "three parts", "192.0.2", NULL },
	{ "brackets", "[::1]", NULL },
	{ "a zone", "fe80::1%lo", NULL },
	{ "white space", " 192.0.2.1", NULL },
	{ "a prefix", "192.0.2.0/24", NULL },
	{ "nothing", "", NULL },
	{ "far too long",
	  "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL },
};

START_TEST(parse_and_format)
{
	char memory[ADDRESS_TEXT];
	struct sbuf b = SBUF(memory);
	struct address a;
	bool good = address_parse(span_of(addresses[_i].in), &a);

	ck_assert_msg(good == (addresses[_i].out != NULL), "%s",
		      addresses[_i].why);
	if (good) {
		address_format(&a, &b);
		ck_assert_str_eq(memory, addresses[_i].out);
	}
}
END_TEST

START_TEST(a_nul_hides_nothing)
{
	struct address a;

	ck_assert(!address_parse(SPAN("192.0.2.1\0junk"), &a));
}
END_TEST

static const struct {
	const char *why, *in, *out;
	bool has_port;
} endpoints[] = {
	{ "IPv4 alone", "192.0.2.1", "[192.0.2.1]:0", false },
	{ "IPv4 and port", "192.0.2.1:25", "[192.0.2.1]:25", true },
	{ "IPv6 alone", "2001:db8::1", "[2001:db8::1]:0", false },
	{ "IPv6 in brackets", "[2001:db8::1]", "[2001:db8::1]:0", false },
	{ "IPv6 and port", "[2001:db8::1]:65535", "[2001:db8::1]:65535", true },
	{ "mapped becomes IPv4", "[::ffff:192.0.2.1]:7", "[192.0.2.1]:7",
	  true },
	{ "port too large", "192.0.2.1:65536", NULL, false },
	{ "empty port", "192.0.2.1:", NULL, false },
	{ "no closing bracket", "[::1", NULL, false },
	{ "junk behind the bracket", "[::1]x25", NULL, false },
	{ "a name", "localhost:25", NULL, false },
};

START_TEST(endpoint_parse_takes_ports)
{
	char memory[ADDRESS_TEXT + 16];
	struct sbuf b = SBUF(memory);
	struct endpoint e;
	bool has_port = !endpoints[_i].has_port;
	bool good = endpoint_parse(span_of(endpoints[_i].in), &e, &has_port);

	ck_assert_msg(good == (endpoints[_i].out != NULL), "%s",
		      endpoints[_i].why);
	if (good) {
		endpoint_format(&e, &b);
		ck_assert_str_eq(memory, endpoints[_i].out);
		ck_assert(has_port == endpoints[_i].has_port);
	}
}
END_TEST

static struct address parsed(const char *text)
{
	struct address a;

	ck_assert(address_parse(span_of(text), &a));
	return a;
}

static const struct {
	const char *in, *out;
	unsigned prefix;
} masks[] = {
	{ "192.0.2.255", "192.0.2.255", 32 },
	{ "192.0.2.255", "0.0.0.0", 0 },
	{ "192.0.2.255", "192.0.2.224", 27 },
	{ "192.0.2.255", "192.0.2.0", 24 },
	{ "2001:db8::ffff", "2001:db8::", 64 },
	{ "2001:db8:ffff::", "2001:db8:8000::", 33 },
};

START_TEST(mask_clears_host_bits)
{
	struct address a = parsed(masks[_i].in);
	struct address want = parsed(masks[_i].out);

	address_mask(&a, masks[_i].prefix);
	ck_assert(address_equal(&a, &want));
}
END_TEST

static const struct {
	const char *text;
	bool loopback;
} machines[] = {
	{ "127.0.0.1", true },	  { "127.255.255.255", true },
	{ "128.0.0.1", false },	  { "0.0.0.0", false },
	{ "::1", true },	  { "::", false },
	{ "::127.0.0.1", false }, { "7f00::1", false },
	{ "2001:db8::1", false },
};

START_TEST(loopback_is_the_machine_itself)
{
	struct address a = parsed(machines[_i].text);

	ck_assert_msg(address_is_loopback(&a) == machines[_i].loopback, "%s",
		      machines[_i].text);
}
END_TEST

START_TEST(families_are_never_equal)
{
	struct address a = parsed("0.0.0.0"), b = parsed("::");

	ck_assert(!address_equal(&a, &b));
}
END_TEST

START_TEST(sockaddr_is_unmapped)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	struct endpoint e;
	char memory[ADDRESS_TEXT + 16];
	struct sbuf b = SBUF(memory);

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(4321);
	ck_assert_int_eq(
		inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6->sin6_addr), 1);
	ck_assert(endpoint_from_sockaddr(&ss, &e));
	endpoint_format(&e, &b);
	ck_assert_str_eq(memory, "[192.0.2.7]:4321");
	ss.ss_family = AF_UNIX;
	ck_assert(!endpoint_from_sockaddr(&ss, &e));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("address");

	tcase_add_loop_test(tc, parse_and_format, 0, ROWS(addresses));
	tcase_add_test(tc, a_nul_hides_nothing);
	tcase_add_loop_test(tc, endpoint_parse_takes_ports, 0, ROWS(endpoints));
	tcase_add_loop_test(tc, mask_clears_host_bits, 0, ROWS(masks));
	tcase_add_loop_test(tc, loopback_is_the_machine_itself, 0,
			    ROWS(machines));
	tcase_add_test(tc, families_are_never_equal);
	tcase_add_test(tc, sockaddr_is_unmapped);
	return unit_run();
}
