#include "cache/cache_map.h"
#include "unit.h"

#define DEFAULT "/var/lib/smtp-screen/cache.gdbm"

static const struct {
	const char *map, *file; /* NULL: refused */
	bool foreign;
} maps[] = {
	{ "none", "", false },
	{ "", "", false },
	{ "gdbm:/a/b.gdbm", "/a/b.gdbm", false },
	{ "gdbm:/a:b", "/a:b", false },
	{ "gdbm:/a b", "/a b", false },
	{ "btree:/var/lib/postfix/postscreen_cache", DEFAULT, true },
	{ "hash:x", DEFAULT, true },
	{ "lmdb:x", DEFAULT, true },
	{ "memcache:/etc/postfix/mc", DEFAULT, true },
	{ "proxy:btree:/x", DEFAULT, true },
	{ "gdbm:/a redis://192.0.2.7", "/a", false },
	{ "gdbm:/a,redis://192.0.2.7", "/a", false },
	{ "gdbm:/a , redis://192.0.2.7", "/a", false },
	{ "gdbm:/a b\n    redis://192.0.2.7", "/a b", false },
	{ "btree:x redis://192.0.2.7", DEFAULT, true },
	{ "gdbm:", NULL, false },
	{ "gdbm:/", NULL, false },
	{ "gdbm:a.gdbm", NULL, false },
	{ "gdbm", NULL, false },
	{ "GDBM:/a", NULL, false },
	{ "None", NULL, false },
	{ "/a/b.gdbm", NULL, false },
	{ "nosuch:/a", NULL, false },
	{ ":", NULL, false },
	{ "redis://192.0.2.7", NULL, false },
	{ "redis+unix:///a", NULL, false },
	{ "none redis://192.0.2.7", NULL, false },
	{ "redis://192.0.2.7 gdbm:/a", NULL, false },
	{ "gdbm:x redis://192.0.2.7", NULL, false },
};

START_TEST(parse_finds_the_file)
{
	struct cache_map map = { .file = SPAN("untouched") };
	const char *wanted = cache_map_parse(maps[_i].map, &map);

	ck_assert_msg(!wanted == (maps[_i].file != NULL), "%s", maps[_i].map);
	ck_assert_span(map.file, maps[_i].file ? maps[_i].file : "untouched");
	ck_assert_int_eq(map.foreign, maps[_i].foreign);
}
END_TEST

START_TEST(parse_limits_the_path)
{
	char text[sizeof("gdbm:") + CACHE_PATH + 1];
	struct cache_map map;

	memset(text, 'a', sizeof(text));
	memcpy(text, "gdbm:/", 6);
	text[5 + CACHE_PATH + 1] = '\0';
	ck_assert_ptr_nonnull(cache_map_parse(text, &map));
	text[5 + CACHE_PATH] = '\0';
	ck_assert_ptr_null(cache_map_parse(text, &map));
	ck_assert_uint_eq(map.file.len, CACHE_PATH);
}
END_TEST

#define A10  "aaaaaaaaaa"
#define A106 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10 "aaaaaa"

static const struct {
	const char *server, *name; /* NULL: refused, and WANTED says why */
	const char *user_or_wanted;
} servers[] = {
	{ "redis://192.0.2.7", "redis://192.0.2.7:6379/0", "" },
	{ "redis://192.0.2.7/", "redis://192.0.2.7:6379/0", "" },
	{ "redis://192.0.2.7:7000/15", "redis://192.0.2.7:7000/15", "" },
	{ "redis://mx@192.0.2.7/1", "redis://192.0.2.7:6379/1", "mx" },
	{ "redis://[2001:db8::7]", "redis://[2001:db8::7]:6379/0", "" },
	{ "redis://[2001:db8::7]:1/2", "redis://[2001:db8::7]:1/2", "" },
	{ "redis://localhost", "redis://127.0.0.1:6379/0", "" },
	{ "redis://mx@localhost:1/2", "redis://127.0.0.1:1/2", "mx" },
	{ "redis+unix:///run/r.sock", "redis+unix:///run/r.sock?db=0", "" },
	{ "redis+unix://mx@/r?db=3", "redis+unix:///r?db=3", "mx" },
	{ "redis+unix:///a@b", "redis+unix:///a@b?db=0", "" },
	{ "redis+unix:///" A106, "redis+unix:///" A106 "?db=0", "" },
	{ "redis+unix:///" A106 "a", NULL, "redis+unix:" },
	{ "redis://redis.example", NULL, "names are not looked up" },
	{ "redis://localhost.example", NULL, "names are not looked up" },
	{ "redis://", NULL, "names are not looked up" },
	{ "redis://192.0.2.7:", NULL, "names are not looked up" },
	{ "redis://192.0.2.7:0", NULL, "names are not looked up" },
	{ "redis://192.0.2.7:70000", NULL, "names are not looked up" },
	{ "redis://192.0.2.7/x", NULL, "[/DB]" },
	{ "redis://192.0.2.7/65536", NULL, "[/DB]" },
	{ "redis://192.0.2.7/1/2", NULL, "[/DB]" },
	{ "redis://192.0.2.7?db=1", NULL, "names are not looked up" },
	{ "redis://@192.0.2.7", NULL, "USER@" },
	{ "redis://m x@192.0.2.7", NULL, "redis://[USER@]" },
	{ "redis://mx:secret@192.0.2.7", NULL, "cache_password_file" },
	{ "redis://:secret@192.0.2.7", NULL, "cache_password_file" },
	{ "redis+unix://:secret@/a", NULL, "cache_password_file" },
	{ "redis+unix://a", NULL, "redis+unix:" },
	{ "redis+unix:///", NULL, "redis+unix:" },
	{ "redis+unix:///a?db=x", NULL, "redis+unix:" },
	{ "redis+unix:///a?x", NULL, "redis+unix:" },
	{ "redis+tcp://192.0.2.7", NULL, "redis+unix:" },
	{ "redis:192.0.2.7", NULL, "redis+unix:" },
};

START_TEST(parse_finds_the_server)
{
	char text[300], memory[300];
	struct sbuf b = SBUF(text), name = SBUF(memory);
	struct cache_map map;
	const char *wanted;

	sbuf_addf(&b, "gdbm:/a %s", servers[_i].server);
	wanted = cache_map_parse(text, &map);
	if (!servers[_i].name) {
		ck_assert_msg(wanted != NULL, "%s", text);
		ck_assert_msg(strstr(wanted, servers[_i].user_or_wanted) !=
				      NULL,
			      "%s: %s", text, wanted);
		return;
	}
	ck_assert_msg(!wanted, "%s: %s", text, wanted);
	ck_assert(map.shared);
	cache_server_format(&map.server, &name);
	ck_assert_str_eq(memory, servers[_i].name);
	ck_assert_span(map.server.user, servers[_i].user_or_wanted);
}
END_TEST

/* A password where none belongs is a mistake, and no reason to show it. */
START_TEST(a_mistake_tells_no_password)
{
	struct origin where = { NULL, 0, "cache_map" };
	struct report report;
	struct arena arena;
	struct cache_map map;

	ck_assert_int_eq(arena_open(&arena, 1 << 16), 0);
	report_init(&report, &arena);
	ck_assert(!cache_map_read("gdbm:/a redis://mx:s3cr3t@192.0.2.7",
				  &report, &where, &map));
	ck_assert_uint_eq(report.errors, 1);
	ck_assert_ptr_null(strstr(report.first->text, "s3cr3t"));
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache_map");

	tcase_add_loop_test(tc, parse_finds_the_file, 0, ROWS(maps));
	tcase_add_test(tc, parse_limits_the_path);
	tcase_add_loop_test(tc, parse_finds_the_server, 0, ROWS(servers));
	tcase_add_test(tc, a_mistake_tells_no_password);
	return unit_run();
}
