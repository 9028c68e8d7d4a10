#include "console/json.h"
#include "unit.h"

static const struct {
	struct span text;
	const char *json;
} strings[] = {
	{ { "", 0 }, "\"\"" },
	{ { "a b/c", 5 }, "\"a b/c\"" },
	{ { "\"\\", 2 }, "\"\\\"\\\\\"" },
	{ { "\0\n\x1f\x7f", 4 }, "\"\\u0000\\u000a\\u001f\\u007f\"" },
	{ { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9 },
	  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ { "a\xff\xc3", 3 }, "\"a\\ufffd\\ufffd\"" },
	{ { "\xed\xa0\x80", 3 }, "\"\\ufffd\\ufffd\\ufffd\"" },
	{ { "\xc0\x80", 2 }, "\"\\ufffd\\ufffd\"" },
};

START_TEST(string_escapes)
{
	char memory[100] = "";
	FILE *to = fmemopen(memory, sizeof(memory), "w");

	ck_assert_ptr_nonnull(to);
	json_print(to, strings[_i].text);
	fclose(to);
	ck_assert_str_eq(memory, strings[_i].json);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("json");

	tcase_add_loop_test(tc, string_escapes, 0, ROWS(strings));
	return unit_run();
}
