#include "base/escape.h"
#include "unit.h"

static const struct {
	const char *why;
	struct span in;
	const char *out;
} evidence[] = {
	{ "printable", { "EHLO x", 6 }, "EHLO x" },
	{ "line end", { "EHLO x\r\n", 8 }, "EHLO x\\r\\n" },
	{ "backslash", { "a\\b", 3 }, "a\\\\b" },
	{ "the named ones", { "\a\b\t\n\v\f\r", 7 }, "\\a\\b\\t\\n\\v\\f\\r" },
	{ "NUL and escape", { "\0\033", 2 }, "\\000\\033" },
	{ "DEL and high", { "\177\377", 2 }, "\\177\\377" },
	{ "UTF-8 is not special", { "\303\244", 2 }, "\\303\\244" },
};

START_TEST(evidence_keeps_every_byte)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	escape_evidence(&b, evidence[_i].in);
	ck_assert_msg(strcmp(memory, evidence[_i].out) == 0, "%s: %s",
		      evidence[_i].why, memory);
}
END_TEST

static const struct {
	const char *why, *in, *plain, *utf8;
} printable[] = {
	{ "ASCII", "a b~", "a b~", "a b~" },
	{ "controls", "a\r\nb\033\177", "a??b??", "a??b??" },
	{ "two bytes", "\303\244", "??", "\303\244" },
	{ "four bytes", "\360\237\222\251", "????", "\360\237\222\251" },
	{ "C1 controls steer terminals", "\302\233x", "??x", "?x" },
	{ "overlong slash", "\300\257", "??", "??" },
	{ "overlong three", "\340\200\257", "???", "???" },
	{ "surrogate", "\355\240\200", "???", "???" },
	{ "beyond U+10FFFF", "\364\220\200\200", "????", "????" },
	{ "cut off", "a\303", "a?", "a?" },
	{ "bad second byte", "\303(", "?(", "?(" },
	{ "lone continuation", "\200a", "?a", "?a" },
};

START_TEST(printable_loses_what_could_forge)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	escape_printable(&b, span_of(printable[_i].in), false);
	ck_assert_msg(strcmp(memory, printable[_i].plain) == 0, "%s: %s",
		      printable[_i].why, memory);
	sbuf_clear(&b);
	escape_printable(&b, span_of(printable[_i].in), true);
	ck_assert_msg(strcmp(memory, printable[_i].utf8) == 0, "%s: %s",
		      printable[_i].why, memory);
}
END_TEST

START_TEST(is_utf8_judges_the_whole)
{
	ck_assert(escape_is_utf8(SPAN("")));
	ck_assert(escape_is_utf8(SPAN("a\303\244")));
	ck_assert(!escape_is_utf8(SPAN("a\303")));
	ck_assert(!escape_is_utf8(SPAN("\377")));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("escape");

	tcase_add_loop_test(tc, evidence_keeps_every_byte, 0, ROWS(evidence));
	tcase_add_loop_test(tc, printable_loses_what_could_forge, 0,
			    ROWS(printable));
	tcase_add_test(tc, is_utf8_judges_the_whole);
	return unit_run();
}
