#include "smtp/command.h"
#include "unit.h"

static const struct {
	const char *why, *in;
	enum command command;
	const char *name;
} names[] = {
	{ "as written", "HELO", COMMAND_HELO, "HELO" },
	{ "lower case", "ehlo", COMMAND_EHLO, "EHLO" },
	{ "mixed case", "rCpT", COMMAND_RCPT, "RCPT" },
	{ "never served, but known", "auth", COMMAND_AUTH, "AUTH" },
	{ "never served", "XCLIENT", COMMAND_XCLIENT, "XCLIENT" },
	{ "never served", "XFORWARD", COMMAND_XFORWARD, "XFORWARD" },
	{ "STARTTLS", "STARTTLS", COMMAND_STARTTLS, "STARTTLS" },
	{ "a prefix is not enough", "HEL", COMMAND_UNKNOWN, "UNIMPLEMENTED" },
	{ "nor is more", "HELOX", COMMAND_UNKNOWN, "UNIMPLEMENTED" },
	{ "empty", "", COMMAND_UNKNOWN, "UNIMPLEMENTED" },
	{ "our own name for unknown is unknown", "UNIMPLEMENTED",
	  COMMAND_UNKNOWN, "UNIMPLEMENTED" },
	{ "a tab is part of the word", "HELO\tx", COMMAND_UNKNOWN,
	  "UNIMPLEMENTED" },
	{ "HELP is not offered", "HELP", COMMAND_UNKNOWN, "UNIMPLEMENTED" },
};

START_TEST(commands_are_found)
{
	enum command c = command_find(span_of(names[_i].in));

	ck_assert_msg(c == names[_i].command, "%s", names[_i].why);
	ck_assert_str_eq(command_name(c), names[_i].name);
}
END_TEST

START_TEST(each_name_finds_itself)
{
	for (int i = COMMAND_UNKNOWN + 1; i < COMMANDS; i++)
		ck_assert_int_eq(
			command_find(span_of(command_name((enum command)i))),
			i);
}
END_TEST

static const struct {
	const char *why, *in, *word, *rest;
} words[] = {
	{ "word and rest", "MAIL FROM:<a>", "MAIL", "FROM:<a>" },
	{ "alone", "QUIT", "QUIT", "" },
	{ "a space behind it", "QUIT ", "QUIT", "" },
	{ "spaces before it", "  QUIT", "QUIT", "" },
	{ "one space is taken, the others are text", "HELO   x", "HELO",
	  "  x" },
	{ "tabs part nothing", "HELO\tx y", "HELO\tx", "y" },
	{ "only spaces", "   ", "", "" },
	{ "nothing", "", "", "" },
};

START_TEST(words_are_taken)
{
	struct span rest = span_of(words[_i].in);

	ck_assert_span(command_word(&rest), words[_i].word);
	ck_assert_span(rest, words[_i].rest);
}
END_TEST

static const struct {
	const char *why;
	struct span in;
	bool header;
} headers[] = {
	{ "a label", SPAN("Subject:"), true },
	{ "text at once", SPAN("From:x"), true },
	{ "tabs before the colon", SPAN("Subject\t\t:"), true },
	{ "any printable byte", SPAN("!#~:"), true },
	{ "no colon", SPAN("Subject"), false },
	{ "no label", SPAN(":"), false },
	{ "only tabs for a label", SPAN("\t:"), false },
	{ "text between tab and colon", SPAN("a\tb:"), false },
	{ "a control in the label", SPAN("a\001b:"), false },
	{ "a byte over 127 in the label", SPAN("a\xc3\xa9:"), false },
	{ "NUL in the label", SPAN("a\0b:"), false },
	{ "DEL in the label", SPAN("a\177:"), false },
	{ "nothing", SPAN(""), false },
};

START_TEST(headers_are_seen)
{
	ck_assert_msg(command_is_header(headers[_i].in) == headers[_i].header,
		      "%s", headers[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("command");

	tcase_add_loop_test(tc, commands_are_found, 0, ROWS(names));
	tcase_add_test(tc, each_name_finds_itself);
	tcase_add_loop_test(tc, words_are_taken, 0, ROWS(words));
	tcase_add_loop_test(tc, headers_are_seen, 0, ROWS(headers));
	return unit_run();
}
