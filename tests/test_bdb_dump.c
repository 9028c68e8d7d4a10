#include "migrate/bdb_dump.h"
#include "unit.h"

#define HEAD "VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n"
#define TEXT "VERSION=3\nformat=print\ntype=btree\nHEADER=END\n"

static const struct {
	const char *why, *text;
	const char *records; /* "KEY=VALUE;" of all; or part of the reason */
	bool good, whole;
} dumps[] = {
	{ "nothing", "", "", true, false },
	{ "no record", HEAD "DATA=END\n", "", true, true },
	{ "hexadecimal", HEAD " 6162\n 63\nDATA=END\n", "ab=c;", true, true },
	{ "text", TEXT " a b\n c\\5c\\\\\\0a\nDATA=END\n", "a b=c\\\\\n;", true,
	  true },
	{ "empty ones", HEAD " \n \nDATA=END\n", "=;", true, true },
	{ "another database behind it",
	  HEAD " 61\n 62\nDATA=END\n" TEXT " c\n d\nDATA=END\n", "a=b;c=d;",
	  true, true },
	{ "other lines of a header",
	  "VERSION=3\nformat=print\ntype=hash\ndb_pagesize=4096\nkeys=1\n"
	  "database=x\nHEADER=END\n a\n b\nDATA=END\n",
	  "a=b;", true, true },
	{ "cut in the data", HEAD " 61\n 62\n", "a=b;", true, false },
	{ "cut behind a key", HEAD " 61\n", "", true, false },
	{ "cut in the header", "VERSION=3\n", "", true, false },
	{ "cut before the second", HEAD "DATA=END\nVERSION=3\n", "", true,
	  false },
	{ "something else", "smtp-screen-cache 1\n", "first VERSION=3", false,
	  false },
	{ "another version", "VERSION=4\n", "first VERSION=3", false, false },
	{ "no header", "VERSION=3\n 61\n", "type=btree", false, false },
	{ "a queue", "VERSION=3\ntype=queue\n", "with keys", false, false },
	{ "without keys", "VERSION=3\nkeys=0\n", "with keys", false, false },
	{ "no space", HEAD "61\n", "a key, or DATA=END", false, false },
	{ "half a byte", HEAD " 616\n", "a key, or DATA=END", false, false },
	{ "no hexadecimal", HEAD " 6g\n", "a key, or DATA=END", false, false },
	{ "a key without value", HEAD " 61\nDATA=END\n", "a value", false,
	  false },
	{ "half an escape", TEXT " a\\0\n", "a key, or DATA=END", false,
	  false },
	{ "a terminal", HEAD "\033[2J\n", "\"?[2J\"", false, false },
};

START_TEST(take_reads_dumps)
{
	static struct bdb_dump d;
	char memory[200] = "", reason[300] = "";
	struct sbuf records = SBUF(memory), why = SBUF(reason);
	struct span rest = span_of(dumps[_i].text), line;
	enum bdb_line r = BDB_NOTHING;

	bdb_dump_start(&d);
	while (r != BDB_WRONG && span_next_line(&rest, &line)) {
		r = bdb_dump_take(&d, line, &why);
		if (r != BDB_RECORD)
			continue;
		sbuf_add(&records, (struct span){ d.key, d.key_len });
		sbuf_add_char(&records, '=');
		sbuf_add(&records, (struct span){ d.value, d.value_len });
		sbuf_add_char(&records, ';');
	}
	ck_assert_msg((r != BDB_WRONG) == dumps[_i].good, "%s: %s",
		      dumps[_i].why, reason);
	if (dumps[_i].good)
		ck_assert_str_eq(memory, dumps[_i].records);
	else
		ck_assert_msg(strstr(reason, dumps[_i].records) != NULL,
			      "%s: %s", dumps[_i].why, reason);
	ck_assert_msg(bdb_dump_is_whole(&d) == dumps[_i].whole, "%s",
		      dumps[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("bdb_dump");

	tcase_add_loop_test(tc, take_reads_dumps, 0, ROWS(dumps));
	return unit_run();
}
