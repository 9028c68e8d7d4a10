#include "smtp/footer.h"
#include "unit.h"

/* postconf's default for expansion_filter, escapes and all */
#define ALL                                                               \
	"\\t\\40!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW" \
	"XYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

/* 2026-01-02 03:04:05 UTC */
#define NOW 1767323045

#define LEFT_OUT   "reject footer left out: "
#define NO_NAME	   "expected a name behind \"$\""
#define NOT_CLOSED "the closing bracket is missing"

static struct conf conf;
static struct endpoint client;
static struct reply_form form;

static void setup(void)
{
	setenv("TZ", "UTC0", 1);
	conf = (struct conf){ .myhostname = "mx.example",
			      .expansion_filter = ALL,
			      .reject_footer = "" };
	client = (struct endpoint){ .port = 4711 };
	ck_assert(address_parse(SPAN("192.0.2.1"), &client.address));
	form = (struct reply_form){ .conf = &conf,
				    .client = &client,
				    .decision_id = "a1b2" };
}

static const struct {
	const char *why, *in, *out; /* NULL: broken */
	const char *warning;
} rows[] = {
	{ "plain", "call us", "call us", "" },
	{ "empty", "", "", "" },
	{ "client_address", "[$client_address]", "[192.0.2.1]", "" },
	{ "client_port", "$client_port", "4711", "" },
	{ "localtime", "$localtime.", "Jan 02 03:04:05.", "" },
	{ "server_name", "$server_name", "mx.example", "" },
	{ "decision_id", "id=$decision_id", "id=a1b2", "" },
	{ "braces", "${client_port}x", "4711x", "" },
	{ "parentheses", "$(client_port)x", "4711x", "" },
	{ "spaces in braces", "${ client_port }", "4711", "" },
	{ "a dollar", "$$5", "$5", "" },
	{ "then", "${client_port?yes}", "yes", "" },
	{ "else", "${client_port:no}.", ".", "" },
	{ "then and else", "${client_port?{a}:{b}}", "a", "" },
	{ "spaces between", "${client_port ? {a} : {b}}", "a", "" },
	{ "a text that is a template", "${client_port?<$client_port>}",
	  "<4711>", "" },
	{ "a template within braces", "${client_port?{<${client_port}>}}",
	  "<4711>", "" },
	{ "an unknown name", "a${recipient}b", "ab",
	  "unknown macro name \"recipient\" in expansion request" },
	{ "two of them", "$x$y", "",
	  "unknown macro name \"x\" in expansion request; "
	  "unknown macro name \"y\" in expansion request" },
	{ "an unknown name has no value", "${x?yes}${x:no}${x?{a}:{b}}", "nob",
	  "unknown macro name \"x\" in expansion request; "
	  "unknown macro name \"x\" in expansion request; "
	  "unknown macro name \"x\" in expansion request" },
	{ "a text with a colon", "${client_port?a:b}", "a:b", "" },
	{ "a comparison", "${{$client_port} == {4711} ? {y} : {n}}", "y", "" },
	{ "a dollar alone", "a $ b", NULL,
	  LEFT_OUT NO_NAME " (\"$$\" is a \"$\") in \"a $ b\"" },
	{ "a dollar last", "a$", NULL,
	  LEFT_OUT NO_NAME " (\"$$\" is a \"$\") in \"a$\"" },
	{ "never closed", "${client_port", NULL,
	  LEFT_OUT NOT_CLOSED " in \"${client_port\"" },
	{ "closed by the wrong one", "$(client_port}", NULL,
	  LEFT_OUT NOT_CLOSED " in \"$(client_port}\"" },
	{ "no name", "${}", NULL, LEFT_OUT NO_NAME " in \"${}\"" },
	{ "no name behind the dollar", "$-", NULL,
	  LEFT_OUT NO_NAME " (\"$$\" is a \"$\") in \"$-\"" },
	{ "another sign", "${client_port=x}", NULL,
	  LEFT_OUT "expected \"?\" or \":\" in \"${client_port=x}\"" },
	{ "text behind the branches", "${client_port?{a}b}", NULL,
	  LEFT_OUT "expected \":\" in \"${client_port?{a}b}\"" },
	{ "text behind the second branch", "${client_port?{a}:{b}c}", NULL,
	  LEFT_OUT "expected nothing behind \"}\" in "
		   "\"${client_port?{a}:{b}c}\"" },
	{ "a branch never closed", "${client_port?{a}", NULL,
	  LEFT_OUT NOT_CLOSED " in \"${client_port?{a}\"" },
};

START_TEST(templates_are_expanded)
{
	char memory[128], warning_memory[256];
	struct sbuf to = SBUF(memory), warning = SBUF(warning_memory);
	bool good =
		footer_expand(&form, span_of(rows[_i].in), NOW, &to, &warning);

	ck_assert_msg(good == (rows[_i].out != NULL), "%s", rows[_i].why);
	if (good)
		ck_assert_msg(strcmp(to.text, rows[_i].out) == 0, "%s: \"%s\"",
			      rows[_i].why, to.text);
	ck_assert_msg(strcmp(warning.text, rows[_i].warning) == 0, "%s: \"%s\"",
		      rows[_i].why, warning.text);
	ck_assert(footer_check(&form, span_of(rows[_i].in), &warning) ==
		  (rows[_i].warning[0] == '\0'));
}
END_TEST

static const struct {
	const char *why, *filter, *out;
} filters[] = {
	{ "everything printable", ALL, "mx.example Jan 02 03:04:05" },
	{ "letters only, and a space written in octal",
	  "abcdefghijklmnopqrstuvwxyz\\040", "mx_example _an __ ________" },
	{ "nothing", "", "__________ _______________" },
	{ "a backslash at the end is itself", "x\\",
	  "_x__x_____ _______________" },
};

/* However the host is called, its name is no template. */
START_TEST(values_are_no_templates)
{
	char memory[128], warning_memory[256];
	struct sbuf to = SBUF(memory), warning = SBUF(warning_memory);

	conf.myhostname = "$$a${client_port}";
	ck_assert(footer_expand(&form, SPAN("<$server_name>"), NOW, &to,
				&warning));
	ck_assert_str_eq(to.text, "<$$a${client_port}>");
	ck_assert_str_eq(warning.text, "");
}
END_TEST

/* The filter is for what variables stand for, not for the template. */
START_TEST(values_are_filtered)
{
	char memory[128], warning_memory[256];
	struct sbuf to = SBUF(memory), warning = SBUF(warning_memory);

	conf.expansion_filter = filters[_i].filter;
	ck_assert(footer_expand(&form, SPAN("$server_name $localtime"), NOW,
				&to, &warning));
	ck_assert_msg(strcmp(to.text, filters[_i].out) == 0, "%s: \"%s\"",
		      filters[_i].why, to.text);
}
END_TEST

/* "${client_port?" DEPTH times, and as many "}". */
static bool expand_nested(int depth)
{
	char in_memory[4096], memory[128], warning_memory[8192];
	struct sbuf in = SBUF(in_memory), to = SBUF(memory);
	struct sbuf warning = SBUF(warning_memory);

	for (int i = 0; i < depth; i++)
		sbuf_add_text(&in, "${client_port?");
	sbuf_add_text(&in, "x");
	for (int i = 0; i < depth; i++)
		sbuf_add_text(&in, "}");
	return footer_expand(&form, sbuf_span(&in), NOW, &to, &warning);
}

START_TEST(depth_is_bounded)
{
	ck_assert(expand_nested(10));
	ck_assert(!expand_nested(200));
}
END_TEST

START_TEST(too_long_is_no_footer)
{
	char memory[16], warning_memory[256];
	struct sbuf to = SBUF(memory), warning = SBUF(warning_memory);

	ck_assert(!footer_expand(&form, SPAN("0123456789abcdef"), NOW, &to,
				 &warning));
	ck_assert_str_eq(warning.text, "reject footer left out: too long in "
				       "\"0123456789abcdef\"");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("footer");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, templates_are_expanded, 0, ROWS(rows));
	tcase_add_loop_test(tc, values_are_filtered, 0, ROWS(filters));
	tcase_add_test(tc, depth_is_bounded);
	tcase_add_test(tc, values_are_no_templates);
	tcase_add_test(tc, too_long_is_no_footer);
	return unit_run();
}
