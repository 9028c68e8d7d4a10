#include "smtp/answer.h"

#include "unit.h"

static const struct {
	const char *why;
	struct span bytes;
	enum answer_state state;
	unsigned code;
	size_t behind; /* bytes that do not belong to it */
} answers[] = {
	{ "one line", SPAN("250 2.0.0 Ok\r\n"), ANSWER_WHOLE, 250, 0 },
	{ "only a code", SPAN("250\r\n"), ANSWER_WHOLE, 250, 0 },
	{ "a code and a space", SPAN("250 \r\n"), ANSWER_WHOLE, 250, 0 },
	{ "LF alone", SPAN("250 ok\n"), ANSWER_WHOLE, 250, 0 },
	{ "several lines", SPAN("250-a\r\n250-b\r\n250 c\r\n"), ANSWER_WHOLE,
	  250, 0 },
	{ "several empty lines", SPAN("250-\r\n250-\r\n250\r\n"), ANSWER_WHOLE,
	  250, 0 },
	{ "another one behind it", SPAN("250 a\r\n421 b\r\n"), ANSWER_WHOLE,
	  250, 7 },
	{ "any bytes in its text", SPAN("550 a\0b\xff\x1b\r\n"), ANSWER_WHOLE,
	  550, 0 },
	{ "nothing", SPAN(""), ANSWER_PART, 0, 0 },
	{ "half a line", SPAN("250 2.0"), ANSWER_PART, 0, 0 },
	{ "a line that goes on", SPAN("250-a\r\n"), ANSWER_PART, 0, 0 },
	{ "and half of the next", SPAN("250-a\r\n25"), ANSWER_PART, 0, 0 },
	{ "no code", SPAN("sh: smtpd: not found\n"), ANSWER_ODD, 0, 0 },
	{ "an empty line", SPAN("\r\n"), ANSWER_ODD, 0, 0 },
	{ "two digits", SPAN("25 a\r\n"), ANSWER_ODD, 0, 0 },
	{ "four digits", SPAN("2500 a\r\n"), ANSWER_ODD, 0, 0 },
	{ "no space behind the code", SPAN("250a\r\n"), ANSWER_ODD, 0, 0 },
	{ "no such code", SPAN("650 a\r\n"), ANSWER_ODD, 0, 0 },
	{ "nor this", SPAN("150 a\r\n"), ANSWER_ODD, 0, 0 },
	{ "a code that changes", SPAN("250-a\r\n550 b\r\n"), ANSWER_ODD, 0, 0 },
	{ "a line that is none", SPAN("250-a\r\nb\r\n250 c\r\n"), ANSWER_ODD, 0,
	  0 },
};

START_TEST(parse_knows_replies)
{
	struct span bytes = answers[_i].bytes;
	struct answer a = { .code = 0 };

	ck_assert_msg(answer_parse(bytes, &a) == answers[_i].state, "%s",
		      answers[_i].why);
	ck_assert_uint_eq(a.code, answers[_i].code);
	if (answers[_i].state != ANSWER_WHOLE)
		return;
	ck_assert_ptr_eq(a.text.p, bytes.p);
	ck_assert_uint_eq(a.text.len, bytes.len - answers[_i].behind);
	/* wherever it is cut, the rest is waited for */
	for (size_t i = 0; i < a.text.len; i++)
		ck_assert_int_eq(answer_parse((struct span){ bytes.p, i }, &a),
				 ANSWER_PART);
}
END_TEST

START_TEST(parse_knows_when_to_stop)
{
	static char bytes[ANSWER_SIZE + 2];
	struct span text = { bytes, ANSWER_SIZE };
	struct answer a;

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "250 ", 4);
	ck_assert_int_eq(answer_parse(text, &a), ANSWER_ODD);
	text.len--;
	ck_assert_int_eq(answer_parse(text, &a), ANSWER_PART);

	bytes[ANSWER_SIZE - 1] = '\n';
	text.len = sizeof(bytes);
	ck_assert_int_eq(answer_parse(text, &a), ANSWER_WHOLE);
	ck_assert_uint_eq(a.text.len, ANSWER_SIZE);
	bytes[ANSWER_SIZE - 1] = 'x';
	bytes[ANSWER_SIZE] = '\n';
	ck_assert_int_eq(answer_parse(text, &a), ANSWER_ODD);
}
END_TEST

static const struct {
	const char *why, *in, *out;
} ehlos[] = {
	{ "nothing to keep back", "250-a\r\n250-SIZE 1\r\n250 DSN\r\n",
	  "250-a\r\n250-SIZE 1\r\n250 DSN\r\n" },
	{ "in the middle", "250-a\r\n250-PIPELINING\r\n250 DSN\r\n",
	  "250-a\r\n250 DSN\r\n" },
	{ "the last", "250-a\r\n250-DSN\r\n250 CHUNKING\r\n",
	  "250-a\r\n250 DSN\r\n" },
	{ "the last two",
	  "250-a\r\n250-DSN\r\n250-LIMITS A=1\r\n250 CHUNKING\r\n",
	  "250-a\r\n250 DSN\r\n" },
	{ "all",
	  "250-a\r\n250-pipelining\r\n250-BinaryMime\r\n250 CHUNKING\r\n",
	  "250 a\r\n" },
	{ "the early ones",
	  "250-a\r\n250-PIPECONNECT\r\n250-X_PIPE_CONNECT\r\n"
	  "250 HELP\r\n",
	  "250-a\r\n250 HELP\r\n" },
	{ "to speak for others",
	  "250-a\r\n250-XCLIENT NAME ADDR\r\n"
	  "250-XFORWARD NAME\r\n250 HELP\r\n",
	  "250-a\r\n250 HELP\r\n" },
	{ "a name that only begins so",
	  "250-a\r\n250-PIPELININGS\r\n"
	  "250 XPIPELINING\r\n",
	  "250-a\r\n250-PIPELININGS\r\n250 XPIPELINING\r\n" },
	{ "a host of that name", "250-PIPELINING\r\n250 DSN\r\n",
	  "250-PIPELINING\r\n250 DSN\r\n" },
	{ "one line", "250 PIPELINING\r\n", "250 PIPELINING\r\n" },
	{ "empty lines", "250-\r\n250\r\n", "250-\r\n250 \r\n" },
	{ "LF alone", "250-a\n250 CHUNKING\n", "250 a\n" },
};

START_TEST(ehlo_loses_what_invites)
{
	struct answer a;
	char text[200];
	struct sbuf to = SBUF(text);

	ck_assert_int_eq(answer_parse(span_of(ehlos[_i].in), &a), ANSWER_WHOLE);
	answer_add_ehlo(&a, &to);
	ck_assert_msg(strcmp(text, ehlos[_i].out) == 0, "%s: %s", ehlos[_i].why,
		      text);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("answer");

	tcase_add_loop_test(tc, parse_knows_replies, 0, ROWS(answers));
	tcase_add_test(tc, parse_knows_when_to_stop);
	tcase_add_loop_test(tc, ehlo_loses_what_invites, 0, ROWS(ehlos));
	return unit_run();
}
