#include "conf/table.h"
#include "tables.h"

#include <errno.h>

#define LOST (-EBADF)

static const struct {
	const char *why, *file, *spec, *key;
	int found;
	const char *value, *warning;
} lookups[] = {
	{ "static text", NULL, "static:all", "x", 1, "all", NULL },
	{ "static in braces", NULL, "static:{ permit, x }", "x", 1, "permit, x",
	  NULL },
	{ "static that only begins with a brace", NULL, "static:{a}b", "x", 1,
	  "{a}b", NULL },
	{ "static for the empty key", NULL, "static:all", "", 1, "all", NULL },

	{ "inline, pairs in braces", NULL, "inline:{ {a = 1 2}, { b = {x} } }",
	  "a", 1, "1 2", NULL },
	{ "inline, inner braces", NULL, "inline:{ {a = 1 2}, { b = {x} } }",
	  "b", 1, "{x}", NULL },
	{ "inline, bare pairs", NULL, "inline:{ key=value, key2=value2 }",
	  "key2", 1, "value2", NULL },
	{ "inline, value with =", NULL, "inline:{k=a=b}", "k", 1, "a=b", NULL },
	{ "inline, keys in any case", NULL, "inline:{KeY=Value}", "kEy", 1,
	  "Value", NULL },
	{ "inline, empty value", NULL, "inline:{k=}", "k", 1, "", NULL },
	{ "inline, not there", NULL, "inline:{k=v}", "ke", 0, "", NULL },
	{ "inline, duplicate", NULL, "inline:{k=a, K=b}", "k", 1, "a",
	  "inline map (inline), line 2: duplicate entry \"K\"" },
	{ "inline, no =", NULL, "inline:{k, l=v}", "l", 1, "v",
	  "line 1: expected \"key=value\"" },
	{ "inline, no key", NULL, "inline:{=v, l=v}", "", 0, "",
	  "instead of \"=v\"" },
	{ "inline, text behind a brace", NULL, "inline:{{k=v}x, l=v}", "l", 1,
	  "v", "instead of \"{k=v}x\"" },
	{ "inline without braces", NULL, "inline:k=v", "k", LOST, "",
	  "table inline:k=v: expected" },
	{ "inline that never closes", NULL, "inline:{k=v", "k", LOST, "",
	  "expected" },
	{ "inline, nothing in it", NULL, "inline:{}", "", 0, "", NULL },

	{ "texthash", "a 1\nb\t2 3 \n", "texthash:DIR/f", "b", 1, "2 3", NULL },
	{ "texthash, any case", "Aa 1\n", "texthash:DIR/f", "aA", 1, "1",
	  NULL },
	{ "texthash, continued", "a 1\n# x\n 2\nb 3", "texthash:DIR/f", "a", 1,
	  "1 2", NULL },
	{ "texthash, duplicate", "a 1\na 2\n", "texthash:DIR/f", "a", 1, "1",
	  "line 2: duplicate entry \"a\"" },
	{ "texthash, no value", "a\nb 1\n", "texthash:DIR/f", "a", 0, "",
	  "line 1: expected \"key value\"" },
	{ "texthash, quoted key", "\"a b\"@c 1\n", "texthash:DIR/f",
	  "\"a b\"@c", 1, "1", NULL },
	{ "texthash, a quote in a quoted key", "\"a\\\" b\"@c 1\n",
	  "texthash:DIR/f", "\"a\\\" b\"@c", 1, "1", NULL },
	{ "texthash, leading space", " a 1\nb 1\n", "texthash:DIR/f", "a", 0,
	  "", "line 1: begins with white space" },
	{ "texthash, empty file", "", "texthash:DIR/f", "a", 0, "", NULL },
	{ "texthash, empty key", "a 1", "texthash:DIR/f", "", 0, "", NULL },
	{ "texthash in the setting", NULL, "texthash:{ {a 1}, {b 2} }", "b", 1,
	  "2", NULL },

	{ "cidr", "10.0.0.0/8 yes\n", "cidr:DIR/f", "10.1.2.3", 1, "yes",
	  NULL },
	{ "regexp", "/^10\\./ yes\n", "regexp:DIR/f", "10.1.2.3", 1, "yes",
	  NULL },
	{ "pcre", "/^\\d+\\./ yes\n", "pcre:DIR/f", "10.1.2.3", 1, "yes",
	  NULL },
	{ "cidr in the setting", NULL,
	  "cidr:{ {if 10.0.0.0/8}, {10.1.0.0/16 a}, {endif}, {10.0.0.0/8 b} }",
	  "10.2.0.0", 1, "b", NULL },
	{ "a comment among rules in the setting", NULL,
	  "cidr:{ {# x}, {10.0.0.0/8 b} }", "10.2.0.0", 1, "b", NULL },
	{ "a rule without braces", NULL, "cidr:{ 10.0.0.0/8 b }", "10.2.0.0",
	  LOST, "", "expected \"{rule}\" instead of \"10.0.0.0/8\"" },
	{ "text behind the braces", NULL, "cidr:{ {::/0 b} } x", "::1", LOST,
	  "", "a brace is missing" },

	{ "no such file", NULL, "cidr:DIR/none", "10.0.0.1", LOST, "",
	  "none: No such file" },
	{ "no file", NULL, "cidr:DIR", "10.0.0.1", LOST, "", "Is a directory" },
	{ "no end", NULL, "texthash:/dev/zero", "a", LOST, "",
	  "not a regular file" },
	{ "no text", "a 1\nb\001 2\n", "texthash:DIR/f", "a", LOST, "",
	  "line 2 holds a NUL byte" },
	{ "no such type", NULL, "mysql:/x", "a", LOST, "",
	  "/etc/x.conf, line 3: param: table mysql:/x: unknown table type "
	  "\"mysql\"" },
	{ "types are in lower case", NULL, "CIDR:/x", "a", LOST, "",
	  "unknown table type" },
	{ "no name", NULL, "cidr:", "a", LOST, "", "expected \"type:name\"" },
	{ "no type", NULL, ":x", "a", LOST, "", "unknown table type \"\"" },
	{ "no colon", NULL, "cidr", "a", LOST, "", "expected \"type:name\"" },
};

/* A \001 in a row's file stands for a NUL. */
static void put_file(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);

	for (size_t i = 0; i <= len; i++)
		copy[i] = text[i] == '\001' ? '\0' : text[i];
	file_with("f", (struct span){ copy, len });
	free(copy);
}

static struct table *open_table(const char *spec)
{
	struct table *t =
		table_open(span_of(in_dir(spec)), &arena, &report, &here);

	ck_assert_ptr_nonnull(t);
	ck_assert_str_eq(table_name(t), in_dir(spec));
	return t;
}

START_TEST(each_type_is_looked_up)
{
	char text[64] = "old";
	struct sbuf value = SBUF(text);
	int found;

	if (lookups[_i].file)
		put_file(lookups[_i].file);
	found = table_find(open_table(lookups[_i].spec),
			   span_of(lookups[_i].key), &value);
	ck_assert_msg(found == lookups[_i].found &&
			      strcmp(text, lookups[_i].value) == 0,
		      "%s: %d \"%s\"\n%s", lookups[_i].why, found, text,
		      reports());
	ck_assert_warned(lookups[_i].warning, lookups[_i].why);
	ck_assert_uint_eq(report.errors, 0);
}
END_TEST

static const char *const compiled[] = { "hash", "btree", "lmdb", "cdb", "dbm" };

START_TEST(compiled_types_read_their_text)
{
	char spec[64], text[64];
	struct sbuf value = SBUF(text);

	put_file("a 1\n");
	snprintf(spec, sizeof(spec), "%s:DIR/f", compiled[_i]);
	ck_assert_int_eq(table_find(open_table(spec), SPAN("A"), &value), 1);
	ck_assert_str_eq(text, "1");
	ck_assert(reported(REPORT_NOTE, "reading the text"));
	ck_assert_uint_eq(report.warnings, 0);
}
END_TEST

START_TEST(too_little_room_for_the_value_is_said)
{
	char text[4];
	struct sbuf value = SBUF(text);

	ck_assert_int_eq(table_find(open_table("static:four"), SPAN("x"),
				    &value),
			 -EMSGSIZE);
	ck_assert_int_eq(
		table_find(open_table("static:thr"), SPAN("x"), &value), 1);
	ck_assert_str_eq(text, "thr");
}
END_TEST

static const char *const any_spec[] = {
	"static:x",
	"inline:{ a=b, c=d, a=e }",
	"texthash:DIR/f",
	"hash:DIR/f",
	"cidr:{ {if ::/0}, {::1 b}, {endif}, {10.0.0.1/8 c} }",
	"regexp:{ {if /a/}, {/b(c)/ $1}, {endif}, {/(/ d} }",
	"pcre:{ {if /a/}, {/b(?:c)/ x}, {endif}, {/(?=a)/ d} }",
	"cidr:DIR/none",
};

/* Wherever memory ends, there is no table; and one byte later there is. */
START_TEST(a_full_arena_is_the_only_null)
{
	const char *spec = in_dir(any_spec[_i]);
	struct table *t = NULL;
	struct arena small;
	struct report r;

	put_file("a b\nc d\ne f\n");
	for (size_t size = 16; !t; size += 16) {
		ck_assert_uint_lt(size, 1 << 20);
		ck_assert_int_eq(arena_open(&small, size), 0);
		report_init(&r, &small);
		t = table_open(span_of(spec), &small, &r, &here);
		if (t)
			ck_assert_str_eq(table_name(t), spec);
		arena_close(&small);
	}
}
END_TEST

START_TEST(a_file_of_another_kind_is_not_quoted_whole)
{
	char lines[5000];

	for (size_t i = 0; i < sizeof(lines); i += 2)
		memcpy(lines + i, "x\n", 2);
	file_with("f", (struct span){ lines, sizeof(lines) });
	open_table("cidr:DIR/f");
	ck_assert_uint_eq(report.warnings, 101);
	ck_assert(reported(REPORT_WARNING, "2400 more mistakes"));
}
END_TEST

START_TEST(many_keys_are_all_found)
{
	size_t size = 1 << 20;
	char *memory = malloc(size), text[32], key[32];
	struct sbuf b = sbuf_in(memory, size), value = SBUF(text);
	struct table *t;

	for (unsigned i = 0; i < 5000; i++)
		sbuf_addf(&b, "Key%u v%u\n", i, i);
	file_with("f", sbuf_span(&b));
	free(memory);
	t = open_table("texthash:DIR/f");
	for (unsigned i = 0; i < 5001; i++) {
		snprintf(key, sizeof(key), "kEY%u", i);
		ck_assert_int_eq(table_find(t, span_of(key), &value), i < 5000);
		snprintf(key, sizeof(key), "v%u", i);
		ck_assert_str_eq(text, i < 5000 ? key : "");
	}
}
END_TEST

START_TEST(a_spec_has_a_colon)
{
	ck_assert(table_is_spec(SPAN("a:b")));
	ck_assert(table_is_spec(SPAN(":")));
	ck_assert(!table_is_spec(SPAN("permit")));
	ck_assert(!table_is_spec(SPAN("")));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("table");

	tcase_add_checked_fixture(tc, tables_setup, tables_teardown);
	tcase_add_loop_test(tc, each_type_is_looked_up, 0, ROWS(lookups));
	tcase_add_loop_test(tc, compiled_types_read_their_text, 0,
			    ROWS(compiled));
	tcase_add_test(tc, too_little_room_for_the_value_is_said);
	tcase_add_loop_test(tc, a_full_arena_is_the_only_null, 0,
			    ROWS(any_spec));
	tcase_add_test(tc, a_file_of_another_kind_is_not_quoted_whole);
	tcase_add_test(tc, many_keys_are_all_found);
	tcase_add_test(tc, a_spec_has_a_colon);
	return unit_run();
}
