#include "conf/expand.h"
#include "unit.h"

static const struct {
	const char *name, *text;
} known[] = {
	{ "a", "1" },
	{ "b", "$a$a" },
	{ "empty", "" },
	{ "to_empty", "$empty" },
	{ "list", "x, y" },
	{ "type", "hash" },
	{ "level", "3.6" },
	{ "self", "$self" },
	{ "ping", "${pong}" },
	{ "pong", "$(ping)" },
	{ "hidden", "${empty?$hidden}done" },
	{ "d0", "$d1$d1" },
	{ "d1", "$d2$d2" },
	{ "d2", "$d3$d3" },
	{ "d3", "$d4$d4" },
	{ "d4", "$d5$d5" },
	{ "d5", "$d6$d6" },
	{ "d6", "$d7$d7" },
	{ "d7", "$d8$d8" },
	{ "d8", "$d9$d9" },
	{ "d9", "$empty$empty" },
};

static bool find(void *context, struct span name, struct span *ret)
{
	(void)context;
	for (int i = 0; i < ROWS(known); i++)
		if (span_equal(name, span_of(known[i].name))) {
			*ret = span_of(known[i].text);
			return true;
		}
	return false;
}

static bool run(const char *text, size_t budget, struct sbuf *to, size_t *len,
		struct expand_problem *problem)
{
	struct expand_names names = { find, NULL, budget, false };

	return expand(span_of(text), &names, to, len, problem);
}

static const struct {
	const char *why, *text, *result;
} good[] = {
	{ "plain", "no dollar", "no dollar" },
	{ "nothing", "", "" },
	{ "a name", "<$a>", "<1>" },
	{ "a name ends where it ends", "$a.b", "1.b" },
	{ "digits and capitals are names", "[$5A]", "[]" },
	{ "in braces", "${a}b", "1b" },
	{ "in parentheses", "$(a)b", "1b" },
	{ "names lead to names", "$b", "11" },
	{ "unknown is empty", "[$nobody${nobody}]", "[]" },
	{ "a dollar", "$$a $$$a", "$a $1" },
	{ "when set", "${a?yes}", "yes" },
	{ "when set, empty", "${empty?yes}", "" },
	{ "when not set", "${empty:no}", "no" },
	{ "when not set, unknown", "${nobody:no}", "no" },
	{ "when not set, set", "${a:no}", "" },
	{ "the text before expansion decides", "${to_empty?yes}", "yes" },
	{ "braces", "${a?{yes}}", "yes" },
	{ "braces with blanks", "${a? {yes} }", "yes" },
	{ "both in braces, yes", "${a?{yes}:{no}}", "yes" },
	{ "both in braces, no", "${empty?{yes}:{no}}", "no" },
	{ "both in braces with blanks", "${empty? {yes} : {no} }", "no" },
	{ "no without braces", "${empty?{yes}:no}", "no" },
	{ "not set in braces", "${empty:{no}}", "no" },
	{ "outcomes are expanded", "${a?{<$b>}:{$$}}", "<11>" },
	{ "nested", "${a?{${empty?{x}:{${a}}}}:{z}}", "1" },
	{ "default of a wait", "${stress?{2}:{6}}s", "6s" },
	{ "an old form of that", "${stress?2}${stress:6}s", "6s" },
	{ "both without braces, yes", "${a?yes:no}", "yes" },
	{ "both without braces, no", "${empty?yes:no}", "no" },
	{ "a colon inside braces divides nothing", "${a?x${empty:y}}", "xy" },
	{ "a table is one text", "${a?hash:x}", "hash:x" },
	{ "a table is one text, unset", "${empty?hash:x}", "" },
	{ "a path is one text", "${a?$type:/etc/x}", "hash:/etc/x" },
	{ "an address is one text", "${a?[::1]}", "[::1]" },
	{ "unset takes all behind its colon", "${empty:a:b}", "a:b" },
	{ "blanks around a name", "<${ a }>", "<1>" },
	{ "blanks around a name and its texts", "${ a ? {yes} : {no} }",
	  "yes" },
	{ "equal", "${{$a} == {1} ? {y} : {n}}", "y" },
	{ "not equal", "${{$a} != {1} ? {y} : {n}}", "n" },
	{ "numbers, not texts", "${{9} < {10} ? {y} : {n}}", "y" },
	{ "numbers with zeros", "${{010} == {10} ? {y} : {n}}", "y" },
	{ "texts, not numbers", "${{9x} < {10x} ? {y} : {n}}", "n" },
	{ "a prefix is less", "${{ab} < {abc} ? {y} : {n}}", "y" },
	{ "less or equal", "${{2} <= {2} ? {y} : {n}}", "y" },
	{ "greater", "${{2} > {2} ? {y} : {n}}", "n" },
	{ "greater or equal", "${{2} >= {2} ? {y} : {n}}", "y" },
	{ "without blanks", "${{1}=={1}?{y}:{n}}", "y" },
	{ "only no", "${{1}=={2}:{n}}", "n" },
	{ "its own value, true", "${{1}=={1}}", "true" },
	{ "its own value, false", "[${{1}=={2}}]", "[]" },
	{ "levels", "${{$level} <level {3.10} ? {y} : {n}}", "y" },
	{ "levels are no texts", "${{$level} < {3.10} ? {y} : {n}}", "n" },
	{ "levels, short and long", "${{3} ==level {3.0.0} ? {y} : {n}}", "y" },
	{ "levels, later", "${{3.6.1} >level {3.6} ? {y} : {n}}", "y" },
	{ "what is not taken is not followed", "$hidden", "done" },
};

START_TEST(good_texts_become)
{
	char memory[256];
	struct sbuf to = SBUF(memory);
	struct expand_problem problem = { "", { "", 0 } };
	size_t len = 0;

	ck_assert_msg(run(good[_i].text, 1 << 20, &to, &len, &problem),
		      "%s: %s at %.*s", good[_i].why, problem.what,
		      (int)problem.at.len, problem.at.p);
	ck_assert_msg(strcmp(memory, good[_i].result) == 0,
		      "%s: have \"%s\", want \"%s\"", good[_i].why, memory,
		      good[_i].result);
	ck_assert_uint_eq(len, strlen(good[_i].result));
}
END_TEST

static const struct {
	const char *why, *text, *what;
} bad[] = {
	{ "a dollar at the end", "x$", "expected a name" },
	{ "a dollar before a blank", "$ a", "expected a name" },
	{ "no closing brace", "${a", "closing bracket" },
	{ "no closing parenthesis", "$(a}", "closing bracket" },
	{ "inner brace takes the only one", "${a?{b}", "closing bracket" },
	{ "an inner brace is open", "$(a?{b)", "a \"}\" is missing" },
	{ "that of the only text is", "$(a:{b)", "a \"}\" is missing" },
	{ "that of a comparison is", "$({a == {b})", "a \"}\" is missing" },
	{ "no name", "${}", "expected a name" },
	{ "no name, parentheses", "$()", "expected a name" },
	{ "blank in a name", "${a b}", "expected \"?\" or \":\"" },
	{ "text behind a text", "${a?{b}c}", "expected \":\"" },
	{ "text behind all", "${a?{b}:{c}d}", "nothing behind" },
	{ "text behind the only one", "${a:{b}c}", "nothing behind" },
	{ "no operator", "${{a} {b}}", "expected ==" },
	{ "half an operator", "${{a} = {b}}", "expected ==" },
	{ "no right side", "${{a} == b}", "expected \"{\"" },
	{ "text behind a comparison", "${{a} == {b} c}", "expected \"?\"" },
	{ "no level", "${{x} <level {3}}", "level such as" },
	{ "no level to compare with", "${{3} <level {x}}", "level such as" },
	{ "too many levels", "${{1.2.3.4} <level {3}}", "level such as" },
	{ "empty level", "${{3.} <level {3}}", "level such as" },
	{ "itself", "$self", "refers to itself" },
	{ "round about", "$ping", "refers to itself" },
	{ "itself in a comparison", "${{$self} == {}}", "refers to itself" },
	{ "twice and twice again", "$d0", "too large" },
};

START_TEST(bad_texts_are_explained)
{
	char memory[256];
	struct sbuf to = SBUF(memory);
	struct expand_problem problem = { "", { "", 0 } };
	size_t len = 77;

	ck_assert_msg(!run(bad[_i].text, 1000 * EXPAND_COST, &to, &len,
			   &problem),
		      "%s: became \"%s\"", bad[_i].why, memory);
	ck_assert_msg(strstr(problem.what, bad[_i].what) != NULL, "%s: %s",
		      bad[_i].why, problem.what);
	ck_assert_uint_eq(len, 77);
}
END_TEST

START_TEST(long_results_are_measured)
{
	char memory[4];
	struct sbuf to = SBUF(memory);
	struct expand_problem problem;
	size_t len;

	ck_assert(run("$list and $list", 1 << 20, &to, &len, &problem));
	ck_assert(!sbuf_fitted(&to));
	ck_assert_uint_eq(len, strlen("x, y and x, y"));
}
END_TEST

/* Deeper than any sensible text, and longer than any budget. */
START_TEST(nesting_ends)
{
	static char text[5 * 50000 + 1];
	char memory[64];
	struct sbuf to = SBUF(memory);
	struct expand_problem problem;
	size_t len;

	for (size_t i = 0; i < 40000; i++)
		memcpy(text + 4 * i, "${a?", 4);
	memset(text + 4 * 40000, '}', 40000);
	ck_assert(!run(text, 1 << 20, &to, &len, &problem));
	memset(text, 'x', sizeof(text) - 1);
	ck_assert(!run(text, sizeof(text) - 1, &to, &len, &problem));
	ck_assert(run(text, sizeof(text) + EXPAND_COST, &to, &len, &problem));
}
END_TEST

START_TEST(long_operands_are_refused)
{
	char text[1024], memory[64];
	struct sbuf build = SBUF(text), to = SBUF(memory);
	struct expand_problem problem;
	size_t len;

	sbuf_add_text(&build, "${{");
	for (int i = 0; i < 500; i++)
		sbuf_add_char(&build, 'x');
	sbuf_add_text(&build, "} == {y}}");
	ck_assert(!run(text, 1 << 20, &to, &len, &problem));
	ck_assert_ptr_nonnull(strstr(problem.what, "too long"));
}
END_TEST

static const struct {
	const char *text, *name;
} lone[] = {
	{ "$a", "a" },	   { "${ab}", "ab" }, { "$(a_1)", "a_1" },
	{ "$a b", NULL },  { "x$a", NULL },   { "${a?b}", NULL },
	{ "${a)", NULL },  { "$", NULL },     { "${}", NULL },
	{ "$$", NULL },	   { "", NULL },      { "a", NULL },
	{ "${a}b", NULL }, { "${", NULL },    { "$}", NULL },
};

START_TEST(lone_names_are_known)
{
	struct span name = { "", 0 };
	bool found = expand_is_name(span_of(lone[_i].text), &name);

	ck_assert_msg(found == (lone[_i].name != NULL), "%s", lone[_i].text);
	if (found)
		ck_assert_span(name, lone[_i].name);
}
END_TEST

START_TEST(names_are_listed)
{
	struct span rest = SPAN("$a $$b ${c?$d} $(e) ${{$f}=={$ }} ${ g } $");
	const char *want[] = { "a", "c", "d", "e", "f", "g" };
	struct span name;

	for (int i = 0; i < ROWS(want); i++) {
		ck_assert(expand_next_name(&rest, &name));
		ck_assert_span(name, want[i]);
	}
	ck_assert(!expand_next_name(&rest, &name));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("expand");

	tcase_add_loop_test(tc, good_texts_become, 0, ROWS(good));
	tcase_add_loop_test(tc, bad_texts_are_explained, 0, ROWS(bad));
	tcase_add_test(tc, long_results_are_measured);
	tcase_add_test(tc, nesting_ends);
	tcase_add_test(tc, long_operands_are_refused);
	tcase_add_loop_test(tc, lone_names_are_known, 0, ROWS(lone));
	tcase_add_test(tc, names_are_listed);
	return unit_run();
}
