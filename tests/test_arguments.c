#include "handoff/arguments.h"

#include "unit.h"

static struct arena arena;

static const struct {
	const char *why, *client, *word, *want; /* "!...": what is wrong */
} rows[] = {
	{ "nothing to fill", "192.0.2.7:4321", "-bs", "-bs" },
	{ "an empty word", "192.0.2.7:4321", "", "" },
	{ "as Exim wants it", "192.0.2.7:4321",
	  "%{client_address}.%{client_port}", "192.0.2.7.4321" },
	{ "IPv6, without brackets", "[2001:db8::7]:4321",
	  "%{client_address}.%{client_port}", "2001:db8::7.4321" },
	{ "never mapped", "[::ffff:192.0.2.7]:1", "%{client_address}",
	  "192.0.2.7" },
	{ "our own address", "192.0.2.7:1",
	  "-oMi%{server_address}.%{server_port}x", "-oMi192.0.2.25.25x" },
	{ "no port", "192.0.2.7", "%{client_port}", "0" },
	{ "a percent sign", "192.0.2.7:1", "100%", "100%" },
	{ "braces", "192.0.2.7:1", "{client_port}", "{client_port}" },
	{ "what is filled in is not looked at", "192.0.2.7:1",
	  "%%{client_port}", "%1" },
	{ "no word of ours", "192.0.2.7:1", "%{client}", "!not one of" },
	{ "nothing in it", "192.0.2.7:1", "%{}", "!not one of" },
	{ "room around it", "192.0.2.7:1", "%{ client_port}", "!not one of" },
	{ "not closed", "192.0.2.7:1", "x%{client_port", "!no } closes" },
};

static void read_peer(const char *client, struct peer *ret)
{
	bool has_port;

	*ret = (struct peer){ 0 };
	ck_assert(endpoint_parse(span_of(client), &ret->client, &has_port));
	ck_assert(
		endpoint_parse(SPAN("192.0.2.25:25"), &ret->server, &has_port));
}

START_TEST(places_are_filled)
{
	char name[] = "smtpd", word[64];
	char *argv[] = { name, word, NULL };
	char *const *filled;
	const char *why = NULL;
	struct peer peer;

	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	read_peer(rows[_i].client, &peer);
	strcpy(word, rows[_i].word);
	filled = arguments_fill(argv, &peer, &arena, &why);
	if (rows[_i].want[0] == '!') {
		ck_assert_msg(!filled, "%s", rows[_i].why);
		ck_assert_ptr_nonnull(strstr(why, rows[_i].want + 1));
	} else {
		ck_assert_msg(filled != NULL, "%s: %s", rows[_i].why, why);
		ck_assert_str_eq(filled[0], "smtpd");
		ck_assert_str_eq(filled[1], rows[_i].want);
		ck_assert_ptr_null(filled[2]);
	}
	arena_close(&arena);
}
END_TEST

START_TEST(there_is_an_end_to_a_word)
{
	static char word[5000];
	char *argv[] = { word, NULL };
	const char *why = NULL;
	struct peer peer;

	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	read_peer("192.0.2.7:1", &peer);
	memset(word, 'x', sizeof(word) - 1);
	ck_assert_ptr_null(arguments_fill(argv, &peer, &arena, &why));
	ck_assert_ptr_nonnull(strstr(why, "too long"));
	arena_close(&arena);
}
END_TEST

START_TEST(the_arena_may_be_full)
{
	char word[] = "%{client_address}";
	char *argv[] = { word, NULL };
	const char *why = NULL;
	struct peer peer;

	ck_assert_int_eq(arena_open(&arena, 16), 0);
	read_peer("192.0.2.7:1", &peer);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 16));
	ck_assert_ptr_null(arguments_fill(argv, &peer, &arena, &why));
	ck_assert_ptr_nonnull(strstr(why, "memory"));
	arena_close(&arena);
}
END_TEST

START_TEST(a_place_is_found)
{
	char name[] = "smtpd", word[] = "a%{client_address}b";
	char *argv[] = { name, word, NULL };

	ck_assert(arguments_have(argv, SPAN("%{client_address}")));
	ck_assert(arguments_have(argv, SPAN("%{")));
	ck_assert(!arguments_have(argv, SPAN("%{client_port}")));
	ck_assert(!arguments_have(argv + 2, SPAN("%{")));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("arguments");

	tcase_add_loop_test(tc, places_are_filled, 0, ROWS(rows));
	tcase_add_test(tc, there_is_an_end_to_a_word);
	tcase_add_test(tc, the_arena_may_be_full);
	tcase_add_test(tc, a_place_is_found);
	return unit_run();
}
