#include "cache/dump.h"
#include "unit.h"

#define NOW INT64_C(1790000000)

static const struct dump_networks networks = { 32, 64 };

static const struct {
	const char *line;
	enum dump_line result;
	const char *text; /* the entry written again, or part of the reason */
} lines[] = {
	{ "192.0.2.1 1;2;3;4;5;6;7;8", DUMP_ENTRY,
	  "192.0.2.1 1;2;3;4;5;6;7;8\n" },
	{ "192.0.2.1\t1;2;3;4;5", DUMP_ENTRY, "192.0.2.1 1;2;3;4;5;0;0;0\n" },
	{ "  192.0.2.1   1;2;3;4;5 \r", DUMP_ENTRY,
	  "192.0.2.1 1;2;3;4;5;0;0;0\n" },
	{ "2001:DB8::/64 1;2;3;4;5", DUMP_ENTRY,
	  "2001:db8::/64 1;2;3;4;5;0;0;0\n" },
	/* smaller networks count for the whole */
	{ "2001:db8::25 1;2;3;4;5", DUMP_ENTRY,
	  "2001:db8::/64 1;2;3;4;5;0;0;0\n" },
	{ "192.0.2.1/32 1;2;3;4;5", DUMP_ENTRY, "192.0.2.1 1;2;3;4;5;0;0;0\n" },
	{ "2001:db8::/48 1;2;3;4;5", DUMP_WRONG, "cache_ipv6_prefix = 64" },
	{ "192.0.2.0/24 1;2;3;4;5", DUMP_WRONG, "cache_ipv4_prefix = 32" },
	{ "192.0.2.1/24 1;2;3;4;5", DUMP_WRONG, "expected an address" },
	{ "", DUMP_NOTHING, "" },
	{ " \t", DUMP_NOTHING, "" },
	{ "# 192.0.2.1 1;2;3;4;5", DUMP_NOTHING, "" },
	{ "_LAST_CACHE_CLEANUP_COMPLETED_ 1790000000", DUMP_NOTHING, "" },
	{ "192.0.2.1", DUMP_WRONG, "a key and a value" },
	{ "192.0.2.1 ", DUMP_WRONG, "a key and a value" },
	{ "mail.example 1;2;3;4;5", DUMP_WRONG, "\"mail.example\"" },
	{ "192.0.2.256 1;2;3;4;5", DUMP_WRONG, "expected an address" },
	{ "192.0.2.1 1;2;3;4", DUMP_WRONG, "expected 5 or 8 numbers" },
	{ "192.0.2.1 1;2;3;4;5;6", DUMP_WRONG, "expected 5 or 8 numbers" },
	{ "192.0.2.1 1;2;3;4;5;6;7;8;9", DUMP_WRONG, "expected 5 or 8" },
	{ "192.0.2.1 1;2;3;4;5;6;7;8;", DUMP_WRONG, "number 9" },
	{ "192.0.2.1 1;2;x;4;5", DUMP_WRONG, "number 3 of the value" },
	{ "192.0.2.1 1;;3;4;5", DUMP_WRONG, "number 2 of the value" },
	{ "192.0.2.1 1;-2;3;4;5", DUMP_WRONG, "not \"-2\"" },
	{ "192.0.2.1 1; 2;3;4;5", DUMP_WRONG, "number 2 of the value" },
	{ "192.0.2.1 1;2;3;4;99999999999999999999", DUMP_WRONG, "number 5" },
	{ "192.0.2.1 1;2;3;4;9223372036854775807", DUMP_WRONG,
	  "no pass of bare-newline can last" },
	{ "192.0.2.1 3937483647;2;3;4;5", DUMP_ENTRY,
	  "192.0.2.1 3937483647;2;3;4;5;0;0;0\n" },
	{ "192.0.2.1 3937483648;2;3;4;5", DUMP_WRONG, "no pass of pregreet" },
	{ "192.0.2.1 1;2;3;4;5;1790086400;1790086400;1", DUMP_ENTRY,
	  "192.0.2.1 1;2;3;4;5;1790086400;1790086400;1\n" },
	{ "192.0.2.1 1;2;3;4;5;6;1790086401;1", DUMP_WRONG, "in the future" },
	{ "192.0.2.1 1;2;3;4;5;1790086401;6;1", DUMP_WRONG, "in the future" },
	{ "\033[2J 1;2;3;4;5", DUMP_WRONG, "\"?[2J\"" },
};

START_TEST(parse_reads_lines)
{
	char why_memory[300], text_memory[DUMP_LINE + 2];
	struct sbuf why = SBUF(why_memory), text = SBUF(text_memory);
	struct cache_entry e;
	enum dump_line r =
		dump_parse(span_of(lines[_i].line), &networks, NOW, &e, &why);

	ck_assert_msg(r == lines[_i].result, "%s: %d, %s", lines[_i].line, r,
		      why_memory);
	if (r == DUMP_ENTRY) {
		dump_format(&e, &text);
		ck_assert_str_eq(text_memory, lines[_i].text);
	} else {
		ck_assert_msg(strstr(why_memory, lines[_i].text) != NULL,
			      "%s: says \"%s\"", lines[_i].line, why_memory);
	}
}
END_TEST

START_TEST(parse_takes_any_bytes)
{
	char memory[300];
	struct sbuf why = SBUF(memory);
	struct cache_entry e;

	ck_assert_int_eq(dump_parse(SPAN("192.0.2.1\0x 1;2;3;4;5"), &networks,
				    NOW, &e, &why),
			 DUMP_WRONG);
	ck_assert_ptr_nonnull(strstr(memory, "\"192.0.2.1?x\""));
	ck_assert_int_eq(dump_parse(SPAN("192.0.2.1 1;2;3;4;5\0"), &networks,
				    NOW, &e, &why),
			 DUMP_WRONG);
	ck_assert_int_eq(dump_parse(SPAN("\xff\xfe 1"), &networks, NOW, &e,
				    &why),
			 DUMP_WRONG);
}
END_TEST

static const struct {
	const char *line, *why; /* NULL: good */
} firsts[] = {
	{ "smtp-screen-cache 1", NULL },
	{ "smtp-screen-cache 2", "version \"2\" of the format" },
	{ "smtp-screen-cache 1 ", "version \"1 \"" },
	{ "smtp-screen-cache", "expected \"smtp-screen-cache 1\"" },
	{ "192.0.2.1 1;2;3;4;5", "expected \"smtp-screen-cache 1\"" },
	{ "", "expected \"smtp-screen-cache 1\"" },
};

START_TEST(first_line_tells_the_version)
{
	char memory[300];
	struct sbuf why = SBUF(memory);

	ck_assert_int_eq(dump_parse_first(span_of(firsts[_i].line), &why),
			 firsts[_i].why == NULL);
	if (firsts[_i].why)
		ck_assert_msg(strstr(memory, firsts[_i].why) != NULL, "%s",
			      memory);
}
END_TEST

/* Whatever is in a cache comes back from its dump. */
START_TEST(the_longest_line_fits)
{
	struct cache_entry e = {
		.key = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127",
		.stamps = { { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,
			      INT64_MAX },
			    INT64_MAX,
			    INT64_MAX,
			    INT64_MAX },
	};
	char memory[DUMP_LINE + 2];
	struct sbuf b = SBUF(memory);

	dump_format(&e, &b);
	ck_assert(sbuf_fitted(&b));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("dump");

	tcase_add_loop_test(tc, parse_reads_lines, 0, ROWS(lines));
	tcase_add_test(tc, parse_takes_any_bytes);
	tcase_add_loop_test(tc, first_line_tells_the_version, 0, ROWS(firsts));
	tcase_add_test(tc, the_longest_line_fits);
	return unit_run();
}
