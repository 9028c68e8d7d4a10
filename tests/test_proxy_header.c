#include "net/proxy_header.h"

#include "unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V6_CLIENT "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
#define V6_MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x07"

/* Client and server as the log names them, "nobody", or what is wrong. */
static const struct {
	const char *why;
	struct span bytes;
	enum proxy_header_status status;
	const char *said;
	size_t len; /* 0: all of BYTES */
} headers[] = {
	{ "version 1, IPv4",
	  SPAN("PROXY TCP4 192.0.2.7 198.51.100.1 4321 25\r\n"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:4321 [198.51.100.1]:25", 0 },
	{ "version 1, IPv6, any spelling of an address",
	  SPAN("PROXY TCP6 2001:DB8:0:0::1 ::1 1 65535\r\n"),
	  PROXY_HEADER_CLIENT, "[2001:db8::1]:1 [::1]:65535", 0 },
	{ "the protocol in any case, LF alone",
	  SPAN("PROXY tcp4 192.0.2.7 198.51.100.1 0 25\n"), PROXY_HEADER_CLIENT,
	  "[192.0.2.7]:0 [198.51.100.1]:25", 0 },
	{ "a mapped address is IPv4",
	  SPAN("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 4321 25\r\n"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:4321 [198.51.100.1]:25", 0 },
	{ "what stands behind it is the client's",
	  SPAN("PROXY TCP4 192.0.2.7 198.51.100.1 4321 25\r\nEHLO x\r\n"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:4321 [198.51.100.1]:25", 43 },
	{ "version 1, unknown", SPAN("PROXY UNKNOWN\r\n"), PROXY_HEADER_NOBODY,
	  "", 0 },
	{ "unknown, and whatever else",
	  SPAN("PROXY UNKNOWN ffff::1 \0 \xff\r\nEHLO x\r\n"),
	  PROXY_HEADER_NOBODY, "", 27 },
	{ "no end yet", SPAN("PROXY TCP4 192.0.2.7 198.51.100.1 4321 25\r"),
	  PROXY_HEADER_PART, "missing protocol header terminator", 0 },
	{ "not even the word", SPAN("PRO"), PROXY_HEADER_PART,
	  "missing protocol header terminator", 0 },
	{ "nothing", SPAN(""), PROXY_HEADER_PART, "short protocol header", 0 },
	{ "no protocol", SPAN("PROXY \r\n"), PROXY_HEADER_WRONG,
	  "bad or missing protocol type", 0 },
	{ "another protocol", SPAN("PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing protocol type", 0 },
	{ "IPv6 in TCP4", SPAN("PROXY TCP4 ::1 192.0.2.1 1 2\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing client address", 0 },
	{ "IPv4 in TCP6", SPAN("PROXY TCP6 ::1 192.0.2.1 1 2\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing server address", 0 },
	{ "a NUL in an address", SPAN("PROXY TCP4 192.0.2.7\0 192.0.2.1 1 2\n"),
	  PROXY_HEADER_WRONG, "bad or missing client address", 0 },
	{ "two spaces", SPAN("PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing client address", 0 },
	{ "no server", SPAN("PROXY TCP4 192.0.2.7\r\n"), PROXY_HEADER_WRONG,
	  "bad or missing server address", 0 },
	{ "no ports", SPAN("PROXY TCP4 192.0.2.7 192.0.2.1\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing client port", 0 },
	{ "a port too large",
	  SPAN("PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing client port", 0 },
	{ "a zero before a port",
	  SPAN("PROXY TCP4 192.0.2.7 192.0.2.1 1 025\r\n"), PROXY_HEADER_WRONG,
	  "bad or missing server port", 0 },
	{ "something behind the ports",
	  SPAN("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n"), PROXY_HEADER_WRONG,
	  "bad or missing server port", 0 },
	{ "a CR within", SPAN("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\r\n"),
	  PROXY_HEADER_WRONG, "bad or missing server port", 0 },
	{ "in small letters", SPAN("proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n"),
	  PROXY_HEADER_WRONG, "unrecognized protocol header", 0 },
	{ "a client without a proxy", SPAN("EHLO client.example\r\n"),
	  PROXY_HEADER_WRONG, "unrecognized protocol header", 0 },
	{ "one that says little", SPAN("HELO x\r\n"), PROXY_HEADER_WRONG,
	  "short protocol header", 0 },

	{ "version 2, IPv4",
	  SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0\x19"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:4321 [198.51.100.1]:25", 0 },
	{ "with TLVs, and the client's bytes",
	  SPAN(SIGNATURE "\x21\x11\0\x13\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0\x19\x05\0\x04mail"
			 "EHLO x\r\n"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:4321 [198.51.100.1]:25", 35 },
	{ "version 2, IPv6",
	  SPAN(SIGNATURE "\x21\x21\0\x24" V6_CLIENT V6_CLIENT "\xff\xff\0\x19"),
	  PROXY_HEADER_CLIENT, "[2001:db8::7]:65535 [2001:db8::7]:25", 0 },
	{ "version 2, mapped",
	  SPAN(SIGNATURE "\x21\x21\0\x24" V6_MAPPED V6_CLIENT "\xff\xff\0\x19"),
	  PROXY_HEADER_CLIENT, "[192.0.2.7]:65535 [2001:db8::7]:25", 0 },
	{ "a health check", SPAN(SIGNATURE "\x20\0\0\0"), PROXY_HEADER_NOBODY,
	  "", 0 },
	{ "one with an address that does not count",
	  SPAN(SIGNATURE "\x20\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0\x19QUIT\r\n"),
	  PROXY_HEADER_NOBODY, "", 28 },
	{ "no family: unknown", SPAN(SIGNATURE "\x21\0\0\0"),
	  PROXY_HEADER_NOBODY, "", 0 },
	{ "half a signature", SPAN("\r\n\r\n\0\r"), PROXY_HEADER_PART,
	  "short protocol header", 0 },
	{ "no length yet", SPAN(SIGNATURE "\x21\x11\0"), PROXY_HEADER_PART,
	  "short protocol header", 0 },
	{ "a byte is missing",
	  SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0"),
	  PROXY_HEADER_PART, "short version 2 protocol header", 0 },
	{ "as long as may be, still to come",
	  SPAN(SIGNATURE "\x21\x11\x02\x08"), PROXY_HEADER_PART,
	  "short version 2 protocol header", 0 },
	{ "a byte longer", SPAN(SIGNATURE "\x21\x11\x02\x09"),
	  PROXY_HEADER_WRONG, "short version 2 protocol header", 0 },
	{ "as long as can be said", SPAN(SIGNATURE "\x21\x11\xff\xff"),
	  PROXY_HEADER_WRONG, "short version 2 protocol header", 0 },
	{ "another signature", SPAN("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\0"),
	  PROXY_HEADER_WRONG, "unrecognized protocol header", 0 },
	{ "another version", SPAN(SIGNATURE "\x31\x11\0\0"), PROXY_HEADER_WRONG,
	  "unrecognized protocol version", 0 },
	{ "another command", SPAN(SIGNATURE "\x22\x11\0\0"), PROXY_HEADER_WRONG,
	  "bad command in proxy header", 0 },
	{ "UDP", SPAN(SIGNATURE "\x21\x12\0\0"), PROXY_HEADER_WRONG,
	  "unsupported network protocol", 0 },
	{ "a UNIX socket", SPAN(SIGNATURE "\x21\x31\0\0"), PROXY_HEADER_WRONG,
	  "unsupported network protocol", 0 },
	{ "too little for IPv4",
	  SPAN(SIGNATURE "\x21\x11\0\x0b\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0"),
	  PROXY_HEADER_WRONG, "short address field", 0 },
	{ "too little for IPv6",
	  SPAN(SIGNATURE "\x21\x21\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x10\xe1"
			 "\0\x19"),
	  PROXY_HEADER_WRONG, "short address field", 0 },
};

/* What came of it, as the rows say it. */
static void describe(enum proxy_header_status status,
		     const struct proxy_header *h, const char *why,
		     struct sbuf *to)
{
	switch (status) {
	case PROXY_HEADER_CLIENT:
		endpoint_format(&h->client, to);
		sbuf_add_char(to, ' ');
		endpoint_format(&h->server, to);
		break;
	case PROXY_HEADER_NOBODY:
		break;
	case PROXY_HEADER_PART:
	case PROXY_HEADER_WRONG:
		sbuf_add_text(to, why);
		break;
	}
}

START_TEST(parse_knows_headers)
{
	struct span bytes = headers[_i].bytes;
	size_t len = headers[_i].len ? headers[_i].len : bytes.len;
	struct proxy_header h = { 0 };
	const char *why = NULL;
	enum proxy_header_status status = proxy_header_parse(bytes, &h, &why);
	char text[200];
	struct sbuf said = SBUF(text);

	ck_assert_msg(status == headers[_i].status, "%s: %d", headers[_i].why,
		      status);
	describe(status, &h, why, &said);
	ck_assert_str_eq(text, headers[_i].said);
	if (status == PROXY_HEADER_CLIENT || status == PROXY_HEADER_NOBODY)
		ck_assert_uint_eq(h.len, len);
	else
		ck_assert_uint_eq(h.len, 0); /* nothing was written */
}
END_TEST

/* However it is cut, a good header is waited for, and never misread. */
START_TEST(parse_waits_for_the_rest)
{
	enum proxy_header_status status = headers[_i].status;
	struct span bytes = headers[_i].bytes;
	struct proxy_header h;
	const char *why;
	size_t len;

	if (status != PROXY_HEADER_CLIENT && status != PROXY_HEADER_NOBODY)
		return;
	len = headers[_i].len ? headers[_i].len : bytes.len;
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(proxy_header_parse((struct span){ bytes.p, i },
						    &h, &why),
				 PROXY_HEADER_PART);
}
END_TEST

START_TEST(parse_knows_when_to_stop)
{
	char text[PROXY_HEADER_MAX + 1] = "PROXY UNKNOWN ";
	struct span bytes = { text, PROXY_HEADER_MAX };
	struct proxy_header h;
	const char *why = "";

	memset(text + 14, 'x', sizeof(text) - 14);
	text[PROXY_HEADER_MAX - 1] = '\n';
	ck_assert_int_eq(proxy_header_parse(bytes, &h, &why),
			 PROXY_HEADER_NOBODY);
	ck_assert_uint_eq(h.len, PROXY_HEADER_MAX);

	text[PROXY_HEADER_MAX - 1] = 'x';
	text[PROXY_HEADER_MAX] = '\n';
	bytes.len = PROXY_HEADER_MAX - 1;
	ck_assert_int_eq(proxy_header_parse(bytes, &h, &why),
			 PROXY_HEADER_PART);
	bytes.len = sizeof(text);
	ck_assert_int_eq(proxy_header_parse(bytes, &h, &why),
			 PROXY_HEADER_WRONG);
	ck_assert_str_eq(why, "missing protocol header terminator");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("proxy_header");

	tcase_add_loop_test(tc, parse_knows_headers, 0, ROWS(headers));
	tcase_add_loop_test(tc, parse_waits_for_the_rest, 0, ROWS(headers));
	tcase_add_test(tc, parse_knows_when_to_stop);
	return unit_run();
}
