#include "conf/table.h"
#include "conf/table_regexp.h"
#include "tables.h"

/* "-" in RESULT: not found. */
static const struct {
	const char *why, *type, *rules, *key, *result, *warning;
} rows[] = {
	{ "a match", "regexp", "/b/ x", "abc", "x", NULL },
	{ "no match", "regexp", "/d/ x", "abc", "-", NULL },
	{ "the first match wins", "regexp", "/b/ x\n/c/ y", "abc", "x", NULL },
	{ "the result has spaces", "regexp", "/b/ \t x y  ", "abc", "x y",
	  NULL },
	{ "the pattern has spaces", "regexp", "/a b/ x", "a b", "x", NULL },
	{ "any case", "regexp", "/B/ x", "abc", "x", NULL },
	{ "one case", "regexp", "/B/i x", "abc", "-", NULL },
	{ "i twice", "regexp", "/B/ii x", "abc", "x", NULL },
	{ "extended", "regexp", "/^(a|b)+$/ x", "abab", "x", NULL },
	{ "basic", "regexp", "/^\\(a\\)+$/x x", "a+", "x", NULL },
	{ "lines", "regexp", "/^b$/m x", "a\nb\nc", "x", NULL },
	{ "no lines", "regexp", "/^b$/ x", "a\nb\nc", "-", NULL },
	{ "another delimiter", "regexp", "=/b/= x", "a/b/c", "x", NULL },
	{ "an escaped delimiter", "regexp", "/a\\/b/ x", "a/b", "x", NULL },
	{ "bytes over 127", "regexp", "/\xff/ x", "a\xff", "x", NULL },

	{ "not", "regexp", "!/b/ x", "ac", "x", NULL },
	{ "not, and it is", "regexp", "!/b/ x", "abc", "-", NULL },
	{ "not not", "regexp", "! !/b/ x", "abc", "x", NULL },
	{ "if", "regexp", "if /a/\n/b/ x\nendif\n/./ y", "abc", "x", NULL },
	{ "if not met", "regexp", "if /d/\n/b/ x\nendif\n/./ y", "abc", "y",
	  NULL },
	{ "if not", "regexp", "if !/d/i\n/b/ x\nendif\n/./ y", "abc", "x",
	  NULL },
	{ "if with the pattern close", "regexp", "IF/a/\n/b/ x\nENDIF", "abc",
	  "x", NULL },
	{ "nested", "regexp",
	  "if /a/\nif /z/\n/b/ x\nendif\n/b/ y\nendif\n/./ z", "abc", "y",
	  NULL },
	{ "a bad if holds for nobody", "regexp", "if /(/\n/b/ x\nendif\n/./ y",
	  "abc", "y", "line 1: bad pattern \"(\"" },
	{ "more behind if", "regexp", "if /a/ x\n/b/ y\nendif", "abc", "y",
	  "line 1: ignoring what follows the pattern" },

	{ "a group", "regexp", "/(b)(c)/ <$2$1>", "abc", "<cb>", NULL },
	{ "a group at the start", "regexp", "/^(a)/ <$1>", "abc", "<a>", NULL },
	{ "a group in braces", "regexp", "/(b)/ ${1}1$(1)2", "abc", "b1b2",
	  NULL },
	{ "a group that took no part", "regexp", "/(b)|(z)/ <$2>", "abc", "<>",
	  NULL },
	{ "a group as the client wrote it", "regexp", "/(b+)/ $1", "aBbC", "Bb",
	  NULL },
	{ "dollar", "regexp", "/b/ $$1 $$", "abc", "$1 $", NULL },
	{ "no such group", "regexp", "/(b)/ $2\n/b/ x", "abc", "x",
	  "line 1: $2 is no group of the pattern, which has 1: skipping" },
	{ "group 0", "regexp", "/(b)/ $0", "abc", "-", "$0 is no group" },
	{ "a group far away", "regexp", "/(b)/ $99999999999999999999", "abc",
	  "-", "\"$\" needs" },
	{ "a group of no number", "regexp", "/(b)/ ${x}", "abc", "-",
	  "\"$\" needs the number" },
	{ "a group without end", "regexp", "/(b)/ ${1", "abc", "-",
	  "\"$\" needs the number" },
	{ "dollar at the end", "regexp", "/(b)/ x$", "abc", "-",
	  "\"$\" needs the number" },
	{ "a group of what did not match", "regexp", "!/(z)/ $1", "abc", "-",
	  "$1 has no meaning" },

	{ "no result", "regexp", "/b/\n/./ y", "abc", "", "result is empty" },
	{ "no closing delimiter", "regexp", "/b x\n/./ y", "abc", "y",
	  "line 1: no closing \"/\"" },
	{ "a backslash before the end", "regexp", "/b\\/ x", "b", "-",
	  "no closing" },
	{ "a backslash at the end", "regexp", "/b\\", "b", "-", "no closing" },
	{ "no delimiter", "regexp", "b x\n/./ y", "abc", "y",
	  "line 1: expected \"/pattern/flags result\"" },
	{ "an unknown flag", "regexp", "/b/q x\n/./ y", "abc", "y",
	  "line 1: unknown flag \"q\"" },
	{ "a bad pattern", "regexp", "/[/ x\n/./ y", "abc", "y",
	  "line 1: bad pattern \"[\"" },

	{ "pcre", "pcre", "/^\\w+$/ x", "abc", "x", NULL },
	{ "pcre, any case", "pcre", "/B/ x", "abc", "x", NULL },
	{ "pcre, one case", "pcre", "/B/i x", "abc", "-", NULL },
	{ "pcre, lines", "pcre", "/^b$/m x", "a\nb\nc", "x", NULL },
	{ "pcre, no lines", "pcre", "/^b$/ x", "a\nb\nc", "-", NULL },
	{ "pcre, groups", "pcre", "/(?:a|z)(b)(?:c)/ $1", "abc", "b", NULL },
	{ "pcre, no such group", "pcre", "/(?:a)(b)/ $2", "abc", "-",
	  "$2 is no group of the pattern, which has 1" },
	{ "pcre, x", "pcre", "/a b # c/x x", "abc", "x", NULL },
	{ "pcre, flags without effect", "pcre", "/b/sEX x", "abc", "x", NULL },
	{ "pcre, beyond us", "pcre", "/x/ y\n/a(?=b)/ x", "abc", "-",
	  "line 2: \"(?=\" (lookahead) is beyond POSIX expressions: skipping" },
	{ "pcre, a flag beyond us", "pcre", "/a/A x", "abc", "-",
	  "line 1: flag \"A\" is beyond" },
	{ "pcre, an unknown flag", "pcre", "/a/q x", "abc", "-",
	  "line 1: unknown flag" },
};

static struct table *open_rules(const char *type, const char *rules)
{
	const char *path = file_with("f", span_of(rules));
	char spec[256];
	struct table *t;

	snprintf(spec, sizeof(spec), "%s:%s", type, path);
	t = table_open(span_of(spec), &arena, &report, &here);
	ck_assert_ptr_nonnull(t);
	return t;
}

START_TEST(rules_are_matched_in_order)
{
	char text[64];
	struct sbuf value = SBUF(text);
	int found = table_find(open_rules(rows[_i].type, rows[_i].rules),
			       span_of(rows[_i].key), &value);

	ck_assert_int_ge(found, 0);
	ck_assert_msg(strcmp(found ? text : "-", rows[_i].result) == 0,
		      "%s: %d \"%s\"\n%s", rows[_i].why, found, text,
		      reports());
	ck_assert_warned(rows[_i].warning, rows[_i].why);
}
END_TEST

START_TEST(a_key_may_hold_a_nul)
{
	struct table *t = open_rules("regexp", "/^a.?(b)$/ x$1");
	char text[8];
	struct sbuf value = SBUF(text);

	ck_assert_int_eq(table_find(t, SPAN("ab"), &value), 1);
	ck_assert_int_eq(table_find(t, SPAN("ab\0"), &value), 0);
	ck_assert_int_eq(table_find(t, SPAN("a\0"), &value), 0);
}
END_TEST

START_TEST(a_long_key_matches_nothing)
{
	struct table *t = open_rules("regexp", "/a/ x\n!/b/ y");
	char key[REGEXP_KEY_MAX + 1], text[8];
	struct sbuf value = SBUF(text);
	struct span s = { key, sizeof(key) };

	memset(key, 'a', sizeof(key));
	ck_assert_int_eq(table_find(t, s, &value), 0);
	s.len--;
	ck_assert_int_eq(table_find(t, s, &value), 1);
}
END_TEST

START_TEST(a_long_pattern_is_refused)
{
	char rules[3000];

	memset(rules, '(', sizeof(rules));
	rules[0] = '/';
	memcpy(rules + sizeof(rules) - 4, "/ x", 4);
	open_rules("regexp", rules);
	open_rules("pcre", rules);
	ck_assert_uint_eq(report.warnings, 2);
	ck_assert(reported(REPORT_WARNING, "longer than 2048 bytes"));
}
END_TEST

START_TEST(many_groups)
{
	char rules[1024], text[64];
	struct sbuf b = SBUF(rules), value = SBUF(text);

	sbuf_add_char(&b, '/');
	for (int i = 0; i < 40; i++)
		sbuf_add_text(&b, "(.)");
	sbuf_add_text(&b, "/ $31$9\n/./ ${32}\n");
	ck_assert_int_eq(
		table_find(open_rules("regexp", rules),
			   SPAN("123456789012345678901234567890ABCDEFGHIJ"),
			   &value),
		1);
	ck_assert_str_eq(text, "A9");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("table_regexp");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, rules_are_matched_in_order, 0, ROWS(rows));
	tcase_add_test(tc, a_key_may_hold_a_nul);
	tcase_add_test(tc, a_long_key_matches_nothing);
	tcase_add_test(tc, a_long_pattern_is_refused);
	tcase_add_test(tc, many_groups);
	return unit_run();
}
