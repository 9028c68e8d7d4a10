#include "base/json_text.h"
#include "unit.h"

#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct {
	const char *why;
	struct span text;
	size_t limit;
	const char *json;
} strings[] = {
	{ "plain", BYTES("abc"), 9, "\"abc\"" },
	{ "empty", BYTES(""), 0, "\"\"" },
	{ "plain, then not", BYTES("ab\"\xc3\xa4z"), 9, "\"ab\\\"\xc3\xa4z\"" },
	{ "quotes", BYTES("a\"b\\c"), 9, "\"a\\\"b\\\\c\"" },
	{ "controls", BYTES("\0\n\x7f"), 9, "\"\\u0000\\u000a\\u007f\"" },
	{ "UTF-8", BYTES("\xc3\xa4\xf0\x9f\x98\x80"), 9,
	  "\"\xc3\xa4\xf0\x9f\x98\x80\"" },
	{ "a byte of no character", BYTES("a\xff\xc3z"), 9,
	  "\"a\\ufffd\\ufffdz\"" },
	{ "overlong", BYTES("\xc0\xaf"), 9, "\"\\ufffd\\ufffd\"" },
	{ "as long as it may be", BYTES("abc"), 3, "\"abc\"" },
	{ "too long", BYTES("abcd"), 3, "\"abc\\u2026\"" },
	{ "not cut within a character", BYTES("ab\xc3\xa4"), 3,
	  "\"ab\\u2026\"" },
};

START_TEST(strings_are_json)
{
	char memory[64];
	struct sbuf b = SBUF(memory);

	json_text_string(&b, strings[_i].text, strings[_i].limit);
	ck_assert_msg(strcmp(memory, strings[_i].json) == 0, "%s: %s",
		      strings[_i].why, memory);
}
END_TEST

START_TEST(commas_stand_between)
{
	char memory[128];
	struct sbuf b = SBUF(memory);

	json_text_begin(&b, '{');
	json_text_number(&b, "a", -1);
	json_text_member(&b, "b", "{");
	json_text_name(&b, "c");
	json_text_begin(&b, '[');
	json_text_string(&b, SPAN("["), 9);
	json_text_string(&b, SPAN("x"), 9);
	json_text_end(&b, ']');
	json_text_true(&b, "d");
	json_text_seconds(&b, "e", 1000001);
	json_text_end(&b, '}');
	ck_assert_str_eq(memory, "{\"a\":-1,\"b\":\"{\",\"c\":[\"[\",\"x\"],"
				 "\"d\":true,\"e\":1.000001}");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("json_text");

	tcase_add_loop_test(tc, strings_are_json, 0, ROWS(strings));
	tcase_add_test(tc, commas_stand_between);
	return unit_run();
}
