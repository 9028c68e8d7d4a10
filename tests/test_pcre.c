#include "conf/pcre.h"
#include "unit.h"

#include <regex.h>

/* POSIX NULL: refused, and WHY holds the text of the next field. */
static const struct {
	const char *reason, *pcre, *posix, *why;
	bool extended;
} rows[] = {
	{ "text", "abc", "abc", NULL, false },
	{ "nothing", "", "", NULL, false },
	{ "operators of both", "^(a|b.)*c+d?$", "^(a|b.)*c+d?$", NULL, false },
	{ "intervals", "a{2}b{2,}c{2,5}", "a{2}b{2,}c{2,5}", NULL, false },
	{ "braces that are no interval", "a{,2}b{x}}", "a\\{,2\\}b\\{x\\}\\}",
	  NULL, false },
	{ "a bracket that is none", "a]", "a\\]", NULL, false },
	{ "digits", "\\d+", "[0-9]+", NULL, false },
	{ "words", "\\w", "[0-9A-Z_a-z]", NULL, false },
	{ "space", "\\s*", "[\t-\r ]*", NULL, false },
	{ "word boundary", "\\bx\\B", "\\bx\\B", NULL, false },
	{ "ends of the text", "\\Aa\\z|b\\Z", "\\`a\\'|b\\'", NULL, false },
	{ "operators as text", "\\.\\*\\[\\\\\\/\\-", "\\.\\*\\[\\\\/-", NULL,
	  false },
	{ "bytes by name", "\\t\\x41\\x7a\\012\\e", "\tAz\n\033", NULL, false },
	{ "in capitals", "\\x4A", "J", NULL, false },
	{ "space within a line", "\\h+", "[\t ]+", NULL, false },
	{ "an operator by number", "\\x2a", "\\*", NULL, false },
	{ "GNU operators are text in PCRE", "\\<\\>\\`\\'", "<>`'", NULL,
	  false },
	{ "groups", "(?:a)(b)", "(a)(b)", NULL, false },
	{ "back-references keep up", "(?:a)(b)\\1", "(a)(b)\\2", NULL, false },

	{ "a set", "[abc]", "[a-c]", NULL, false },
	{ "a range", "[b-e]", "[b-e]", NULL, false },
	{ "ranges and more", "[a-cx-z_]", "[_a-cx-z]", NULL, false },
	{ "a range of bytes by name", "[\\x61-\\x64]", "[a-d]", NULL, false },
	{ "a range of one", "[d-d]", "[d]", NULL, false },
	{ "a range to no byte", "[a-\\q]", NULL, "\"\\q\" (escape)", false },
	{ "not a set", "[^abc]", "[^a-c]", NULL, false },
	{ "a class in a set", "[\\d.]", "[.0-9]", NULL, false },
	{ "escapes in a set", "[\\]\\-\\^\\[x]", "[]x[^-]", NULL, false },
	{ "bracket first", "[]a]", "[]a]", NULL, false },
	{ "not bracket first", "[^]a]", "[^]a]", NULL, false },
	{ "hyphen last", "[a-]", "[a-]", NULL, false },
	{ "hyphen before a class", "[a-\\d]", "[0-9a-]", NULL, false },
	{ "only a circumflex", "[\\^]", "\\^", NULL, false },
	{ "only circumflex and hyphen", "[\\^-]", "[-^]", NULL, false },
	{ "not a circumflex", "[^^]", "[^^]", NULL, false },
	{ "POSIX classes", "[[:alpha:]_]", "[A-Z_a-z]", NULL, false },
	{ "a class of PCRE's own", "[[:word:]-]", "[0-9A-Z_a-z-]", NULL,
	  false },
	{ "all but nothing", "[^\\x00]", ".", NULL, false },

	{ "white space means nothing", " a b # c\n + ", "ab+", NULL, true },
	{ "but in a set", "[ #]", "[ #]", NULL, true },
	{ "or escaped", "\\ \\#", " #", NULL, true },
	{ "without x it is text", " #", " #", NULL, false },

	{ "lookahead", "a(?=b)", NULL, "\"(?=\" (lookahead) is beyond POSIX",
	  false },
	{ "lookahead", "(?!b)", NULL, "\"(?!\" (lookahead)", false },
	{ "lookbehind", "(?<=b)", NULL, "\"(?<=\" (lookbehind)", false },
	{ "lookbehind", "(?<!b)", NULL, "\"(?<!\" (lookbehind)", false },
	{ "named", "(?<n>b)", NULL, "\"(?<\" (named group)", false },
	{ "named", "(?P<n>b)", NULL, "\"(?P\" (named group)", false },
	{ "atomic", "(?>b)", NULL, "(atomic group)", false },
	{ "inline option", "(?i)b", NULL, "\"(?\" (inline option)", false },
	{ "verb", "(*UTF8)b", NULL, "(verb)", false },
	{ "lazy", "a*?", NULL, "\"*?\" (lazy quantifier)", false },
	{ "lazy", "a{1,2}?", NULL, "\"{1,2}?\" (lazy quantifier)", false },
	{ "possessive", "a++", NULL, "\"++\" (possessive quantifier)", false },
	{ "unicode", "\\p{L}", NULL, "\"\\p\" (escape)", false },
	{ "quoting", "\\Qa\\E", NULL, "\"\\Q\" (escape)", false },
	{ "long hex", "\\x{263a}", NULL, "\"\\x\" (escape)", false },
	{ "NUL", "\\x00", NULL, "NUL", false },
	{ "a reference ahead", "\\1(a)", NULL, "\"\\1\" (back-reference)",
	  false },
	{ "a high reference", "(a)\\10", NULL, "back-reference above 9",
	  false },
	{ "a bad class", "[[:foo:]]", NULL, "\"foo\" (character class)",
	  false },
	{ "collation", "[[.a.]]", NULL, "collating element", false },
	{ "the wrong way round", "[z-a]", NULL, "the range z-a", false },
	{ "an empty set", "[\\x00]", NULL, "holds nothing", false },
	{ "open set", "[a", NULL, "\"[\" without \"]\"", false },
	{ "open set", "[]", NULL, "\"[\" without \"]\"", false },
	{ "open set", "[^", NULL, "\"[\" without \"]\"", false },
	{ "open group", "(a", NULL, "\"(\" without \")\"", false },
	{ "closed group", "a)", NULL, "\")\" without \"(\"", false },
	{ "nothing to repeat", "*a", NULL, "nothing that \"*\" could repeat",
	  false },
	{ "nothing to repeat", "a**", NULL, "nothing that \"*\"", false },
	{ "nothing to repeat", "(|+)", NULL, "nothing that \"+\"", false },
	{ "a backslash at the end", "a\\", NULL, "nothing follows", false },
};

START_TEST(patterns_are_translated_or_refused)
{
	char have[512], reason[256];
	struct sbuf to = SBUF(have), why = SBUF(reason);
	struct pcre_groups groups;
	bool ok = pcre_to_posix(span_of(rows[_i].pcre), rows[_i].extended, &to,
				&groups, &why);

	ck_assert_msg(ok == (rows[_i].posix != NULL), "%s: %s", rows[_i].pcre,
		      reason);
	if (ok)
		ck_assert_str_eq(have, rows[_i].posix);
	else
		ck_assert_msg(strstr(reason, rows[_i].why) != NULL, "%s",
			      reason);
}
END_TEST

static regex_t compile(const char *pcre, int options)
{
	char posix[8192], reason[256];
	struct sbuf to = SBUF(posix), why = SBUF(reason);
	struct pcre_groups groups;
	regex_t re;

	ck_assert_msg(pcre_to_posix(span_of(pcre), false, &to, &groups, &why),
		      "%s: %s", pcre, reason);
	ck_assert_msg(regcomp(&re, posix, REG_EXTENDED | options) == 0,
		      "%s as %s", pcre, posix);
	return re;
}

#define WORDS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

static const struct {
	const char *set, *bytes;
} classes[] = {
	{ "[^\\H]", "\t " },
	{ "[^\\D]", "0123456789" },
	{ "[^\\W]", WORDS },
	{ "[^\\S]", "\t\n\v\f\r " },
	{ "[^[:^digit:]]", "0123456789" },
	{ "[^[:^word:]]", WORDS },
	{ "[[:xdigit:]]", "0123456789ABCDEFabcdef" },
	{ "[[:blank:]-]", "\t -" },
};

/* Classes that leave out most bytes: all 255 are asked. */
START_TEST(classes_hold_what_they_say)
{
	regex_t re = compile(classes[_i].set, 0);

	for (int c = 1; c < 256; c++) {
		const char text[2] = { (char)c, '\0' };
		bool is = regexec(&re, text, 0, NULL, 0) == 0;

		ck_assert_msg(is == (strchr(classes[_i].bytes, c) != NULL),
			      "%s: \\x%02x", classes[_i].set, (unsigned)c);
	}
	regfree(&re);
}
END_TEST

/* Sets as they are, of bytes as they come: the C library must agree. */
START_TEST(sets_hold_what_they_say)
{
	unsigned long seed = (unsigned long)_i * 7919 + 1;
	bool negated = _i % 2, want[256] = { false };
	char text[1024], subject[2] = "";
	struct sbuf b = SBUF(text);
	regex_t re;

	sbuf_add_text(&b, negated ? "[^" : "[");
	for (int n = _i % 9; n >= 0; n--) {
		static const char often[] = "[]^-.:=\\";
		unsigned char c;

		seed = seed * 6364136223846793005ul + 1442695040888963407ul;
		c = (unsigned char)(seed >> 40);
		if (seed >> 60 < 12)
			c = (unsigned char)often[c % 8];
		if (c == 0)
			c = 1;
		want[c] = true;
		sbuf_addf(&b, "\\x%02x", c);
	}
	sbuf_add_char(&b, ']');
	re = compile(text, 0);
	for (int c = 1; c < 256; c++) {
		subject[0] = (char)c;
		ck_assert_msg((regexec(&re, subject, 0, NULL, 0) == 0) ==
				      (want[c] != negated),
			      "%s and byte %d", text, c);
	}
	regfree(&re);
}
END_TEST

static const struct {
	const char *pcre, *subject;
	bool match;
} matching[] = {
	{ "^(a|)b$", "b", true },
	{ "^(|a)b$", "ab", true },
	{ "^()$", "", true },
	{ "a|", "x", true },
	{ "^\\D\\W\\S$", "x.y", true },
	{ "^\\D\\W\\S$", "xay", false },
	{ "\\bmail\\b", "a-mail.x", true },
	{ "\\bmail\\b", "hotmail.x", false },
	{ "^a{,2}$", "a{,2}", true },
	{ "^(?:\\d{1,3}\\.){3}\\d+$", "192.0.2.1", true },
	{ "^(?:\\d{1,3}\\.){3}\\d+$", "192.0.2", false },
	{ "\\Aa\\z", "a", true },
	{ "\\Aa\\z", "ba", false },
	{ "[^\\W\\d]", "_", true },
	{ "[^\\W\\d]", "9", false },
};

START_TEST(translations_match_the_same)
{
	regex_t re = compile(matching[_i].pcre, 0);

	ck_assert_msg((regexec(&re, matching[_i].subject, 0, NULL, 0) == 0) ==
			      matching[_i].match,
		      "%s and %s", matching[_i].pcre, matching[_i].subject);
	regfree(&re);
}
END_TEST

START_TEST(groups_keep_their_numbers)
{
	char text[64], reason[64];
	struct sbuf to = SBUF(text), why = SBUF(reason);
	struct pcre_groups g;

	ck_assert(pcre_to_posix(SPAN("(a)(?:b(c))(?:(d))"), false, &to, &g,
				&why));
	ck_assert_uint_eq(g.count, 3);
	ck_assert_uint_eq(g.posix[1], 1);
	ck_assert_uint_eq(g.posix[2], 3);
	ck_assert_uint_eq(g.posix[3], 5);
}
END_TEST

START_TEST(more_groups_than_can_be_named)
{
	char text[4096], many[2048], reason[64];
	struct sbuf to = SBUF(text), b = SBUF(many), why = SBUF(reason);
	struct pcre_groups g;

	for (int i = 0; i < 260; i++)
		sbuf_add_text(&b, "(?:)");
	for (int i = 0; i < 100; i++)
		sbuf_add_text(&b, "()");
	ck_assert(pcre_to_posix(sbuf_span(&b), false, &to, &g, &why));
	ck_assert_uint_eq(g.count, 100);
	ck_assert_uint_eq(g.posix[1], 0);
}
END_TEST

START_TEST(too_long_is_said)
{
	char text[4], reason[64];
	struct sbuf to = SBUF(text), why = SBUF(reason);
	struct pcre_groups g;

	ck_assert(!pcre_to_posix(SPAN("abcd"), false, &to, &g, &why));
	ck_assert_str_eq(reason, "the pattern is too long");
	sbuf_clear(&to);
	sbuf_clear(&why);
	ck_assert(!pcre_to_posix(SPAN("[^^][\\^]\\w"), false, &to, &g, &why));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("pcre");

	tcase_add_loop_test(tc, patterns_are_translated_or_refused, 0,
			    ROWS(rows));
	tcase_add_loop_test(tc, classes_hold_what_they_say, 0, ROWS(classes));
	tcase_add_loop_test(tc, sets_hold_what_they_say, 0, 300);
	tcase_add_loop_test(tc, translations_match_the_same, 0, ROWS(matching));
	tcase_add_test(tc, groups_keep_their_numbers);
	tcase_add_test(tc, more_groups_than_can_be_named);
	tcase_add_test(tc, too_long_is_said);
	return unit_run();
}
