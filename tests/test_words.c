#include "handoff/words.h"

#include "unit.h"

static const struct {
	const char *why;
	struct span text;
	enum words_error error;
	const char *words[5];
} rows[] = {
#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
	{ "one word",
	  TEXT("/usr/sbin/exim4"),
	  WORDS_OK,
	  { "/usr/sbin/exim4" } },
	{ "arguments", TEXT(" a  -bs\t-x "), WORDS_OK, { "a", "-bs", "-x" } },
	{ "nothing", TEXT(""), WORDS_OK, { NULL } },
	{ "only space", TEXT(" \t\n"), WORDS_OK, { NULL } },
	{ "quotes keep space",
	  TEXT("a \"b  c\" d"),
	  WORDS_OK,
	  { "a", "b  c", "d" } },
	{ "quotes within a word", TEXT("-o\"b c\"d"), WORDS_OK, { "-ob cd" } },
	{ "an empty word", TEXT("a \"\" b"), WORDS_OK, { "a", "", "b" } },
	{ "a backslash is nothing special",
	  TEXT("a\\ b 'c d'"),
	  WORDS_OK,
	  { "a\\", "b", "'c", "d'" } },
	{ "not closed", TEXT("a \"b c"), WORDS_UNCLOSED, { NULL } },
	{ "a lone quote", TEXT("\""), WORDS_UNCLOSED, { NULL } },
	{ "a NUL", TEXT("a\0b"), WORDS_NUL, { NULL } },
	{ "bytes over 127", TEXT("\377 \240"), WORDS_OK, { "\377", "\240" } },
};

START_TEST(split_makes_words)
{
	char *const *words = NULL;
	struct arena arena;
	enum words_error error;
	size_t i;

	ck_assert_int_eq(arena_open(&arena, 1 << 16), 0);
	error = words_split(rows[_i].text, &arena, &words);
	ck_assert_msg(error == rows[_i].error, "%s", rows[_i].why);
	if (error != WORDS_OK) {
		ck_assert_ptr_null(words);
	} else {
		for (i = 0; rows[_i].words[i]; i++) {
			ck_assert_ptr_nonnull(words[i]);
			ck_assert_str_eq(words[i], rows[_i].words[i]);
		}
		ck_assert_ptr_null(words[i]);
	}
	arena_close(&arena);
}
END_TEST

START_TEST(split_knows_when_the_arena_is_full)
{
	static char many[20000];
	char *const *words = NULL;
	struct arena arena;

	ck_assert_int_eq(arena_open(&arena, 4096), 0);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 ? ' ' : 'x';
	ck_assert_int_eq(words_split((struct span){ many, sizeof(many) },
				     &arena, &words),
			 WORDS_NO_ROOM);
	ck_assert_ptr_null(words);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("words");

	tcase_add_loop_test(tc, split_makes_words, 0, ROWS(rows));
	tcase_add_test(tc, split_knows_when_the_arena_is_full);
	return unit_run();
}
