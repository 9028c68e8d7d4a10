#include "smtp/path.h"
#include "unit.h"

static const struct {
	const char *why;
	struct span in;
	const char *out; /* NULL: no colon */
} paths[] = {
	{ "plain", SPAN("FROM:<a@b>"), "a@b" },
	{ "a space behind the colon", SPAN("FROM: <a@b>"), "a@b" },
	{ "spaces behind the colon", SPAN("FROM:  <a@b>"), "a@b" },
	{ "other white space there is text", SPAN("FROM:\t<a@b>"), "\t<a@b>" },
	{ "a space before the colon", SPAN("FROM :<a@b>"), "a@b" },
	{ "another word, or none", SPAN("x:<a@b>"), "a@b" },
	{ "none", SPAN(":<a@b>"), "a@b" },
	{ "no brackets", SPAN("FROM:a@b"), "a@b" },
	{ "no brackets, a parameter", SPAN("FROM:a@b SIZE=1"), "a@b" },
	{ "a parameter", SPAN("FROM:<a@b> SIZE=1 BODY=8BITMIME"), "a@b" },
	{ "text at the bracket", SPAN("FROM:<a@b>x"), "a@b" },
	{ "empty sender", SPAN("FROM:<>"), "" },
	{ "nothing at all", SPAN("FROM:"), "" },
	{ "a bracket never closed", SPAN("FROM:<a@b c"), "a@b c" },
	{ "a space in brackets is text", SPAN("FROM:<a b@c>"), "a b@c" },
	{ "a bracket outside is text", SPAN("FROM:a>b c"), "a>b" },
	{ "quotes are taken off", SPAN("FROM:<\"a b\"@c>"), "a b@c" },
	{ "a quoted bracket does not end", SPAN("FROM:<\"a>b\"@c>"), "a>b@c" },
	{ "a quoted space does not end", SPAN("FROM:\"a b\"@c d"), "a b@c" },
	{ "a quote never closed", SPAN("FROM:<\"a>b"), "a>b" },
	{ "backslash takes a quote", SPAN("FROM:<a\\\"b@c>"), "a\"b@c" },
	{ "backslash takes a bracket", SPAN("FROM:<a\\>b@c>"), "a>b@c" },
	{ "backslash takes a backslash", SPAN("FROM:<a\\\\b@c>"), "a\\b@c" },
	{ "backslash in quotes", SPAN("FROM:<\"a\\\"b\"@c>"), "a\"b@c" },
	{ "backslash at the end", SPAN("FROM:<a\\"), "a" },
	{ "source route", SPAN("TO:<@a,@b:c@d>"), "c@d" },
	{ "source route without brackets", SPAN("TO:@a:c@d x"), "c@d" },
	{ "a route cut at its first colon", SPAN("TO:<@a:b:c@d>"), "b:c@d" },
	{ "a route within quotes", SPAN("TO:<\"@a,@b: x\"@c>"), " x@c" },
	{ "a route behind a backslash", SPAN("TO:<\\@a:x>"), "x" },
	{ "a route with a quoted bracket", SPAN("TO:<@a\">\":c@d>"), "c@d" },
	{ "a route that never ends", SPAN("TO:<@a,@b> x:y"), "@a,@b" },
	{ "a colon without a route", SPAN("TO:<a:b@c>"), "a:b@c" },
	{ "bytes over 127", SPAN("FROM:<\xc3\xa9@b\xff>"), "\xc3\xa9@b\xff" },
	{ "controls are data", SPAN("FROM:<a\rb@c>"), "a\rb@c" },
	{ "no colon", SPAN("<a@b>"), NULL },
	{ "nothing", SPAN(""), NULL },
};

START_TEST(extract_is_lenient)
{
	char memory[64];
	struct sbuf to = SBUF(memory);
	bool found = path_extract(paths[_i].in, &to);

	ck_assert_msg(found == (paths[_i].out != NULL), "%s", paths[_i].why);
	ck_assert_msg(strcmp(to.text, found ? paths[_i].out : "") == 0,
		      "%s: have \"%s\"", paths[_i].why, to.text);
}
END_TEST

static const struct {
	const char *why, *in, *out;
} quotes[] = {
	{ "needs none", "a.b@c", "a.b@c" },
	{ "no domain", "postmaster", "postmaster" },
	{ "empty", "", "" },
	{ "a space", "a b@c", "\"a b\"@c" },
	{ "a route", "@q:a@b", "@q:a@b" },
	{ "a route and a space", "@q:a b@c", "@q:\"a b\"@c" },
	{ "two routes", "@q:@r:a@b", "@q:\"@r:a\"@b" },
	{ "a route to nobody", "@q:", "@q:\"\"" },
	{ "a route to nowhere", "@q", "\"\"@q" },
	{ "a bracket", "a>b@c", "\"a>b\"@c" },
	{ "a quote", "a\"b@c", "\"a\\\"b\"@c" },
	{ "a backslash", "a\\b@c", "\"a\\\\b\"@c" },
	{ "CR", "a\rb@c", "\"a\\\rb\"@c" },
	{ "DEL", "a\177b@c", "\"a\177b\"@c" },
	{ "a dot first", ".a@c", "\".a\"@c" },
	{ "a dot last", "a.@c", "\"a.\"@c" },
	{ "two dots", "a..b@c", "\"a..b\"@c" },
	{ "the last @ parts it", "a@b@c", "\"a@b\"@c" },
	{ "no local part", "@c", "\"\"@c" },
	{ "@ alone", "@", "\"\"@" },
	{ "UTF-8 stays", "\xc3\xa9@c", "\xc3\xa9@c" },
	{ "the domain stays as it is", "a@b c", "a@b c" },
	{ "no domain but a space", "a b", "\"a b\"" },
};

START_TEST(quote_what_needs_it)
{
	char memory[64];
	struct sbuf to = SBUF(memory);

	path_quote(span_of(quotes[_i].in), &to);
	ck_assert_msg(strcmp(to.text, quotes[_i].out) == 0, "%s: have \"%s\"",
		      quotes[_i].why, to.text);
}
END_TEST

START_TEST(long_addresses_are_cut)
{
	char memory[8];
	struct sbuf to = SBUF(memory);

	ck_assert(path_extract(SPAN("FROM:<0123456789>"), &to));
	ck_assert_str_eq(to.text, "0123456");
	ck_assert(!sbuf_fitted(&to));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("path");

	tcase_add_loop_test(tc, extract_is_lenient, 0, ROWS(paths));
	tcase_add_loop_test(tc, quote_what_needs_it, 0, ROWS(quotes));
	tcase_add_test(tc, long_addresses_are_cut);
	return unit_run();
}
