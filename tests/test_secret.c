#include "base/secret.h"
#include "unit.h"

static const struct {
	const char *why, *word;
	bool is_key;
} words[] = {
	{ "26 letters and digits", "abcdefghijklmnopqrst012345", true },
	{ "with dashes", "0123abcd-0123-0123-0123", true },
	{ "20, one a digit", "abcdefghijklmnopqrs1", true },
	{ "19 are too few", "abcdefghijklmnopqr1", false },
	{ "no digit: a name", "junkemailfilterandsome", false },
	{ "two labels are no word", "abcdefghij.klmnopqrst1", false },
	{ "nothing", "", false },
};

START_TEST(is_key)
{
	ck_assert_msg(secret_is_key(span_of(words[_i].word)) ==
			      words[_i].is_key,
		      "%s", words[_i].why);
}
END_TEST

#define K "abcdefghijklmnopqrst012345"

static bool is_abc(const void *context, struct span word, struct span rest)
{
	return span_equal(word, span_of(context)) &&
	       span_starts_with(rest, SPAN(".x"));
}

static const struct {
	const char *why, *text, *shown;
} texts[] = {
	{ "nothing secret", "zen.example*2", "zen.example*2" },
	{ "in front of a domain", K ".zen.example=127.0.0.2",
	  "KEY.zen.example=127.0.0.2" },
	{ "in the middle, odd neighbours", "a;" K "?b", "a;KEY?b" },
	{ "alone", K, "KEY" },
	{ "twice", K "." K, "KEY.KEY" },
	{ "part of a path", "/etc/" K ".conf", "/etc/" K ".conf" },
	{ "what the caller knows", "abc.x abc.y abc", "KEY.x abc.y abc" },
	{ "nothing at all", "", "" },
};

START_TEST(mask)
{
	char memory[200];
	struct sbuf b = SBUF(memory);

	secret_mask(&b, span_of(texts[_i].text), is_abc, "abc");
	ck_assert_msg(strcmp(memory, texts[_i].shown) == 0, "%s: %s",
		      texts[_i].why, memory);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("secret");

	tcase_add_loop_test(tc, is_key, 0, ROWS(words));
	tcase_add_loop_test(tc, mask, 0, ROWS(texts));
	return unit_run();
}
