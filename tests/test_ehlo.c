#include "smtp/ehlo.h"
#include "unit.h"

static const struct {
	const char *why, *in, *out, *unknown;
} lists[] = {
	{ "one", "chunking", "CHUNKING", "" },
	{ "in the order of logs, not as written", "chunking, ETRN",
	  "ETRN CHUNKING", "" },
	{ "all",
	  "silent-discard requiretls chunking smtputf8 dsn "
	  "enhancedstatuscodes starttls xforward xclient vrfy verp "
	  "size pipelining etrn auth 8bitmime",
	  "8BITMIME AUTH ETRN PIPELINING SIZE VERP VRFY XCLIENT XFORWARD "
	  "STARTTLS ENHANCEDSTATUSCODES DSN SMTPUTF8 CHUNKING REQUIRETLS "
	  "SILENT-DISCARD",
	  "" },
	{ "twice is once", "dsn dsn", "DSN", "" },
	{ "unknown ones are told", "dsn foo,bar", "DSN", " foo bar" },
	{ "nothing", "", "", "" },
};

START_TEST(keywords_are_read)
{
	char memory[256], unknown_memory[64];
	struct sbuf to = SBUF(memory), unknown = SBUF(unknown_memory);

	ehlo_format(ehlo_parse(span_of(lists[_i].in), &unknown), &to);
	ck_assert_msg(strcmp(to.text, lists[_i].out) == 0, "%s: %s",
		      lists[_i].why, to.text);
	ck_assert_str_eq(unknown.text, lists[_i].unknown);
	ck_assert_uint_eq(ehlo_parse(span_of(lists[_i].in), NULL),
			  ehlo_parse(span_of(lists[_i].in), &unknown));
}
END_TEST

static const struct {
	const char *why, *discard;
	int64_t size;
	bool no_vrfy, utf8, starttls;
	const char *out;
} replies[] = {
	{ "all there is", "", 10240000, false, true, false,
	  "250-mx.example\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
	  "250-SMTPUTF8\r\n250 CHUNKING\r\n" },
	{ "no SMTPUTF8", "", 10240000, false, false, false,
	  "250-mx.example\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
	  "250 CHUNKING\r\n" },
	{ "no VRFY, no size", "", 0, true, false, false,
	  "250-mx.example\r\n250-SIZE\r\n250-ETRN\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
	  "250 CHUNKING\r\n" },
	{ "a size that is none", "", -1, true, false, false,
	  "250-mx.example\r\n250-SIZE\r\n250-ETRN\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
	  "250 CHUNKING\r\n" },
	{ "the last one discarded", "chunking etrn", 1, false, false, false,
	  "250-mx.example\r\n250-SIZE 1\r\n250-VRFY\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 DSN\r\n" },
	{ "all but one discarded",
	  "size vrfy etrn enhancedstatuscodes 8bitmime dsn smtputf8", 1, false,
	  true, false, "250-mx.example\r\n250 CHUNKING\r\n" },
	{ "all discarded",
	  "size vrfy etrn enhancedstatuscodes 8bitmime dsn smtputf8 chunking",
	  1, false, true, false, "250 mx.example\r\n" },
	{ "STARTTLS has its place", "", 1, false, true, true,
	  "250-mx.example\r\n250-SIZE 1\r\n250-VRFY\r\n250-ETRN\r\n"
	  "250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
	  "250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n" },
	{ "STARTTLS discarded",
	  "starttls size vrfy etrn enhancedstatuscodes dsn smtputf8", 1, false,
	  true, true, "250-mx.example\r\n250-8BITMIME\r\n250 CHUNKING\r\n" },
	{ "discarding what is not offered", "auth pipelining silent-discard", 1,
	  true, false, false,
	  "250-mx.example\r\n250-SIZE 1\r\n250-ETRN\r\n"
	  "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
	  "250 CHUNKING\r\n" },
};

START_TEST(reply_lists_what_is_left)
{
	const struct conf conf = {
		.myhostname = "mx.example",
		.message_size_limit = replies[_i].size,
		.disable_vrfy_command = replies[_i].no_vrfy,
		.postscreen_disable_vrfy_command = !replies[_i].no_vrfy,
		.smtputf8_enable = replies[_i].utf8,
	};
	char memory[512];
	struct sbuf reply = SBUF(memory);

	ehlo_reply(&conf, ehlo_parse(span_of(replies[_i].discard), NULL),
		   replies[_i].starttls, &reply);
	ck_assert_msg(strcmp(reply.text, replies[_i].out) == 0, "%s: %s",
		      replies[_i].why, reply.text);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("ehlo");

	tcase_add_loop_test(tc, keywords_are_read, 0, ROWS(lists));
	tcase_add_loop_test(tc, reply_lists_what_is_left, 0, ROWS(replies));
	return unit_run();
}
