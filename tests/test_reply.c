#include "smtp/reply.h"
#include "unit.h"

static struct conf conf;
static struct endpoint client;
static struct arena arena;
static struct report report;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	report_init(&report, &arena);
	conf = (struct conf){ .myhostname = "mx.example",
			      .expansion_filter = "0123456789.",
			      .reject_footer = "" };
	client = (struct endpoint){ .port = 4711 };
	ck_assert(address_parse(SPAN("192.0.2.1"), &client.address));
}

static void teardown(void)
{
	arena_close(&arena);
}

static const struct {
	const char *why, *in, *out;
} softened[] = {
	{ "both codes", "550 5.7.1 No", "450 4.7.1 No" },
	{ "521", "521 5.3.2 No", "421 4.3.2 No" },
	{ "no enhanced code", "500 Syntax: ETRN domain",
	  "400 Syntax: ETRN domain" },
	{ "4xx stays", "450 4.3.2 No", "450 4.3.2 No" },
	{ "a good reply stays", "250 5star.example", "250 5star.example" },
	{ "text that begins with 5 is no code", "501 5star", "401 5star" },
	{ "an enhanced code ends at a space", "501 5.1.1x", "401 5.1.1x" },
	{ "an enhanced code alone", "501 5.1.1", "401 4.1.1" },
	{ "three digits at most", "501 5.1234.1 x", "401 5.1234.1 x" },
	{ "an enhanced code has two dots", "501 5.11 x", "401 5.11 x" },
	{ "a code alone", "550", "550" },
};

START_TEST(soft_bounce_softens)
{
	char memory[64];
	struct sbuf to = SBUF(memory);

	conf.soft_bounce = true;
	reply_soften(&conf, span_of(softened[_i].in), &to);
	ck_assert_msg(strcmp(to.text, softened[_i].out) == 0, "%s: \"%s\"",
		      softened[_i].why, to.text);
	sbuf_clear(&to);
	conf.soft_bounce = false;
	reply_soften(&conf, span_of(softened[_i].in), &to);
	ck_assert_str_eq(to.text, softened[_i].in);
}
END_TEST

static const struct {
	const char *why, *in, *footer, *maps;
	bool soft;
	const char *out, *warning;
} rows[] = {
	{ "none", "550 5.1.1 Foo", "", "", false, "550 5.1.1 Foo\r\n", "" },
	{ "a line", "550 5.1.1 Foo", "Bar", "", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 Bar\r\n", "" },
	{ "on the same line", "550 5.1.1 Foo", "\\c Bar", "", false,
	  "550 5.1.1 Foo Bar\r\n", "" },
	{ "both", "550 5.1.1 Foo", "\\c. Bar\\nBaz", "", false,
	  "550-5.1.1 Foo. Bar\r\n550 5.1.1 Baz\r\n", "" },
	{ "two lines", "550 5.1.1 Foo", "a\\nb", "", false,
	  "550-5.1.1 Foo\r\n550-5.1.1 a\r\n550 5.1.1 b\r\n", "" },
	{ "an empty line within", "550 5.1.1 Foo", "a\\n\\nb", "", false,
	  "550-5.1.1 Foo\r\n550-5.1.1 a\r\n550-5.1.1 \r\n550 5.1.1 b\r\n", "" },
	{ "a line end at the end", "550 5.1.1 Foo", "a\\n", "", false,
	  "550-5.1.1 Foo\r\n550-5.1.1 a\r\n550 5.1.1 \r\n", "" },
	{ "a line end alone", "421 Foo", "\\n", "", false,
	  "421-Foo\r\n421-\r\n421 \r\n", "" },
	{ "\\c and a line end", "421 Foo", "\\c\\n", "", false,
	  "421-Foo\r\n421 \r\n", "" },
	{ "what becomes nothing is a line", "421 Foo", "${client_port:x}", "",
	  false, "421-Foo\r\n421 \r\n", "" },
	{ "\\c later is text", "550 5.1.1 Foo", "a\\cb", "", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 a\\cb\r\n", "" },
	{ "\\c alone", "550 5.1.1 Foo", "\\c", "", false, "550 5.1.1 Foo\r\n",
	  "" },
	{ "no enhanced code", "421 mx Service unavailable", "Bar", "", false,
	  "421-mx Service unavailable\r\n421 Bar\r\n", "" },
	{ "a variable", "550 5.1.1 Foo", "you are $client_address", "", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 you are 192.0.2.1\r\n", "" },
	{ "a value is filtered, the template is not", "550 5.1.1 Foo",
	  "at $server_name", "", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 at __.______"
	  "_\r\n",
	  "" },
	{ "good replies have none", "250 2.0.0 Ok", "Bar", "static:Baz", false,
	  "250 2.0.0 Ok\r\n", "" },
	{ "nor has the greeting", "220 mx ESMTP", "Bar", "", true,
	  "220 mx ESMTP\r\n", "" },
	{ "a broken one is left out", "550 5.1.1 Foo", "a ${b", "", false,
	  "550 5.1.1 Foo\r\n",
	  "reject footer left out: the closing bracket is missing in "
	  "\"a ${b\"" },
	{ "soft_bounce, footer lines too", "550 5.1.1 Foo", "Bar", "", true,
	  "450-4.1.1 Foo\r\n450 4.1.1 Bar\r\n", "" },
	{ "a map beats reject_footer", "550 5.1.1 Foo", "Bar",
	  "inline:{{550 5.1.1 Foo = Baz}}", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 Baz\r\n", "" },
	{ "a map that does not know it", "550 5.1.1 Foo", "Bar",
	  "inline:{{550 5.1.1 Other = Baz}}", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 Bar\r\n", "" },
	{ "the first map that knows it", "550 5.1.1 Foo", "Bar",
	  "inline:{{550 5.1.1 Other = X}}, static:Y static:Z", false,
	  "550-5.1.1 Foo\r\n550 5.1.1 Y\r\n", "" },
	{ "maps are asked for the reply before soft_bounce", "550 5.1.1 Foo",
	  "", "inline:{{550 5.1.1 Foo = Baz}}", true,
	  "450-4.1.1 Foo\r\n450 4.1.1 Baz\r\n", "" },
	{ "a map's text is a template", "450 4.3.2 Foo", "",
	  "static:{port $client_port\\nx}", false,
	  "450-4.3.2 Foo\r\n450-4.3.2 port 4711\r\n450 4.3.2 x\r\n", "" },
	{ "controls cannot make lines", "550 5.1.1 a\r\nb", "c\r\nd\033e\177",
	  "", false, "550-5.1.1 a??b\r\n550 5.1.1 c??d?e?\r\n", "" },
	{ "tabs and UTF-8 stay", "550 5.1.1 a\tb", "\xc3\xa9", "", false,
	  "550-5.1.1 a\tb\r\n550 5.1.1 \xc3\xa9\r\n", "" },
};

static void make(struct span text, struct sbuf *reply, struct sbuf *warning,
		 const char *map_list)
{
	const struct origin nowhere = { 0 };
	struct maps maps;
	const struct reply_form form = { .conf = &conf,
					 .footer_maps = &maps,
					 .client = &client };

	ck_assert(maps_open(map_list, &arena, &report, &nowhere, &maps));
	reply_add(&form, text, 0, reply, warning);
}

START_TEST(replies_have_their_form)
{
	char memory[512], warning_memory[256];
	struct sbuf reply = SBUF(memory), warning = SBUF(warning_memory);

	conf.reject_footer = rows[_i].footer;
	conf.soft_bounce = rows[_i].soft;
	make(span_of(rows[_i].in), &reply, &warning, rows[_i].maps);
	ck_assert_msg(strcmp(reply.text, rows[_i].out) == 0, "%s: \"%s\"",
		      rows[_i].why, reply.text);
	ck_assert_msg(strcmp(warning.text, rows[_i].warning) == 0, "%s: \"%s\"",
		      rows[_i].why, warning.text);
}
END_TEST

START_TEST(broken_map_falls_back)
{
	char memory[512], warning_memory[256];
	struct sbuf reply = SBUF(memory), warning = SBUF(warning_memory);

	conf.reject_footer = "Bar";
	make(SPAN("550 5.1.1 Foo"), &reply, &warning,
	     "texthash:/nonexistent/footers static:Baz");
	ck_assert_str_eq(reply.text, "550-5.1.1 Foo\r\n550 5.1.1 Bar\r\n");
	ck_assert_ptr_nonnull(
		strstr(warning.text,
		       "texthash:/nonexistent/footers: table lookup error"));
}
END_TEST

START_TEST(nul_is_no_end)
{
	char memory[64], warning_memory[64];
	struct sbuf reply = SBUF(memory), warning = SBUF(warning_memory);

	make(SPAN("550 a\0b"), &reply, &warning, "");
	ck_assert_str_eq(reply.text, "550 a?b\r\n");
}
END_TEST

static const struct {
	const char *why;
	size_t size;
	const char *out;
} sizes[] = {
	{ "all fits to the byte", 29, "550-5.1.1 Foo\r\n550 5.1.1 B\r\n" },
	{ "one byte less: no footer", 28, "550 5.1.1 Foo\r\n" },
	{ "the text to the byte", 16, "550 5.1.1 Foo\r\n" },
	{ "one byte less: cut", 15, "550 5.1.1 Fo\r\n" },
	{ "hardly any room", 8, "550 5\r\n" },
};

/* Behind what stands in REPLY already; sizes are without it. */
START_TEST(what_does_not_fit_is_left_out)
{
	char memory[64], warning_memory[64];
	struct sbuf reply = sbuf_in(memory, sizes[_i].size + 4);
	struct sbuf warning = SBUF(warning_memory);

	conf.reject_footer = "B";
	sbuf_add_text(&reply, "x\r\n.");
	make(SPAN("550 5.1.1 Foo"), &reply, &warning, "");
	ck_assert_msg(strncmp(reply.text, "x\r\n.", 4) == 0 &&
			      strcmp(reply.text + 4, sizes[_i].out) == 0,
		      "%s: \"%s\"", sizes[_i].why, reply.text);
	ck_assert_uint_eq(reply.len, strlen(reply.text));
	ck_assert_str_eq(warning.text,
			 _i == 0 ? ""
				 : "reject footer left out: too long for a "
				   "reply");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("reply");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, soft_bounce_softens, 0, ROWS(softened));
	tcase_add_loop_test(tc, replies_have_their_form, 0, ROWS(rows));
	tcase_add_test(tc, broken_map_falls_back);
	tcase_add_test(tc, nul_is_no_end);
	tcase_add_loop_test(tc, what_does_not_fit_is_left_out, 0, ROWS(sizes));
	return unit_run();
}
