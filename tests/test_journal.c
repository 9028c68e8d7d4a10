#include "log/journal.h"

#include "unit.h"

static char memory[400];

/* The wire form holds NULs: compare bytes. */
static void assert_bytes(const struct sbuf *have, const char *want, size_t len)
{
	ck_assert_uint_eq(have->len, len);
	ck_assert_int_eq(memcmp(have->text, want, len), 0);
}

#define ASSERT_BYTES(have, literal) \
	assert_bytes((have), (literal), sizeof(literal) - 1)

static const struct {
	const char *why;
	struct span value;
	const char *want;
	size_t len;
} values[] = {
#define ROW(why, in, out)                                         \
	{                                                         \
		why, { in, sizeof(in) - 1 }, out, sizeof(out) - 1 \
	}
	ROW("a word", "PASS OLD", "F=PASS OLD\n"),
	ROW("empty", "", "F=\n"),
	ROW("an equals sign is text", "a=b", "F=a=b\n"),
	ROW("a line feed inside", "a\nb", "F\n\3\0\0\0\0\0\0\0a\nb\n"),
	ROW("only a line feed", "\n", "F\n\1\0\0\0\0\0\0\0\n\n"),
	ROW("a forged field", "x\nPRIORITY=0",
	    "F\n\14\0\0\0\0\0\0\0x\nPRIORITY=0\n"),
	ROW("NUL and high bytes", "\0\377", "F=\0\377\n"),
#undef ROW
};

START_TEST(add_encodes)
{
	struct sbuf b = SBUF(memory);

	journal_add(&b, "F", values[_i].value);
	assert_bytes(&b, values[_i].want, values[_i].len);
}
END_TEST

START_TEST(length_is_little_endian)
{
	static char value[300];
	struct sbuf b = SBUF(memory);

	memset(value, '\n', sizeof(value));
	journal_add(&b, "F", (struct span){ value, sizeof(value) });
	ck_assert_uint_eq(b.len, 2 + 8 + 300 + 1);
	ck_assert_int_eq(memcmp(b.text, "F\n\x2c\x01\0\0\0\0\0\0", 10), 0);
}
END_TEST

START_TEST(numbers_are_text)
{
	struct sbuf b = SBUF(memory);

	journal_add_number(&b, "PRIORITY", 6);
	journal_add_number(&b, "PORT", 65535);
	ASSERT_BYTES(&b, "PRIORITY=6\nPORT=65535\n");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("journal");

	tcase_add_loop_test(tc, add_encodes, 0, ROWS(values));
	tcase_add_test(tc, length_is_little_endian);
	tcase_add_test(tc, numbers_are_text);
	return unit_run();
}
