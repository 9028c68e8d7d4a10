#include "net/proxy_format.h"

#include "unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static const struct {
	const char *why;
	enum proxy_version version;
	const char *client, *server, *want;
	size_t len;
} rows[] = {
#define ROW(why, version, client, server, want)                      \
	{                                                            \
		why, version, client, server, want, sizeof(want) - 1 \
	}
	ROW("no header", PROXY_NONE, "192.0.2.7:4321", "192.0.2.25:25", ""),
	ROW("v1", PROXY_V1, "192.0.2.7:4321", "192.0.2.25:25",
	    "PROXY TCP4 192.0.2.7 192.0.2.25 4321 25\r\n"),
	ROW("v1, IPv6", PROXY_V1, "[2001:db8::7]:4321", "[2001:db8::25]:25",
	    "PROXY TCP6 2001:db8::7 2001:db8::25 4321 25\r\n"),
	ROW("v1, no mapped address", PROXY_V1, "[::ffff:192.0.2.7]:1",
	    "[::ffff:192.0.2.25]:25",
	    "PROXY TCP4 192.0.2.7 192.0.2.25 1 25\r\n"),
	ROW("v1, two families", PROXY_V1, "192.0.2.7:4321", "[::1]:25",
	    "PROXY TCP4 192.0.2.7 0.0.0.0 4321 25\r\n"),
	ROW("v2", PROXY_V2, "192.0.2.7:4321", "192.0.2.25:25",
	    SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x19\x10\xe1\0"
		      "\x19"),
	ROW("v2, IPv6", PROXY_V2, "[2001:db8::7]:65535", "[2001:db8::25]:256",
	    SIGNATURE "\x21\x21\0\x24"
		      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
		      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25"
		      "\xff\xff\x01\0"),
	ROW("v2, two families", PROXY_V2, "[2001:db8::7]:1", "192.0.2.25:25",
	    SIGNATURE "\x21\x21\0\x24"
		      "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		      "\0\x01\0\x19"),
	ROW("v1, the longest there is", PROXY_V1,
	    "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
	    "[2001:db8:1111:2222:3333:4444:5555:7777]:65535",
	    "PROXY TCP6 2001:db8:1111:2222:3333:4444:5555:6666 "
	    "2001:db8:1111:2222:3333:4444:5555:7777 65535 65535\r\n"),
};

START_TEST(headers_are_those_of_the_specification)
{
	char memory[PROXY_HEADER];
	struct sbuf b = SBUF(memory);
	struct endpoint client, server;
	bool has_port;

	ck_assert(endpoint_parse(span_of(rows[_i].client), &client, &has_port));
	ck_assert(endpoint_parse(span_of(rows[_i].server), &server, &has_port));
	proxy_format(rows[_i].version, &client, &server, &b);
	ck_assert(sbuf_fitted(&b));
	ck_assert_msg(b.len == rows[_i].len &&
			      memcmp(memory, rows[_i].want, b.len) == 0,
		      "%s: %s", rows[_i].why, memory);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("proxy_format");

	tcase_add_loop_test(tc, headers_are_those_of_the_specification, 0,
			    ROWS(rows));
	return unit_run();
}
