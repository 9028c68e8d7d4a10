#include "base/sbuf.h"
#include "conf/conf.h"
#include "unit.h"

static struct arena arena;
static struct report report;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 16 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

/*
 * All that conf_load_text, which ends with the checks, reports of TEXT: a
 * line each, "N ", "W " or "E " in front.
 */
static const char *said_of(const char *text)
{
	static char memory[4096];
	struct sbuf all = SBUF(memory);
	struct conf_input input = { "x.conf", NULL, 0, "" };
	struct conf conf;

	conf_load_text(&input, span_of(text), &arena, &report, &conf);
	for (const struct report_line *l = report.first; l; l = l->next)
		sbuf_addf(&all, "%c %s\n", "NWE"[l->level], l -> text);
	return memory;
}

static const struct {
	const char *why, *text, *message;
} rows[] = {
	{ "old beside new", "dnsbl_ttl = 1\ndnsbl_max_ttl = 2",
	  "N x.conf, line 1: dnsbl_ttl: not used: postscreen_dnsbl_max_ttl is "
	  "set too, the newer name\n" },
	{ "misspelt", "greet_acton = enforce",
	  "E x.conf, line 1: greet_acton: unknown setting; did you mean "
	  "greet_action?\n" },
	{ "misspelt with prefix", "postscreen_greet_wiat = 1",
	  "E x.conf, line 1: postscreen_greet_wiat: unknown setting; did you "
	  "mean postscreen_greet_wait?\n" },
	{ "misspelt prefix", "postcreen_greet_wait = 1",
	  "E x.conf, line 1: postcreen_greet_wait: unknown setting; did you "
	  "mean postscreen_greet_wait?\n" },
	{ "a prefix where none belongs", "postscreen_dns_servers = 192.0.2.1",
	  "E x.conf, line 1: postscreen_dns_servers: unknown setting; did you "
	  "mean dns_servers?\n" },
	{ "nothing like it", "postscreen_teergrube = yes",
	  "E x.conf, line 1: postscreen_teergrube: unknown setting: postscreen "
	  "has none of this name\n" },
	{ "misspelt, but used", "greet_acton = drop\ngreet_action=$greet_acton",
	  "N x.conf: kept only to serve $name: settings of Postfix: 0, and of "
	  "others: 1 (greet_acton)\n" },
	{ "used inside a condition",
	  "greet_wait1 = 3\ngreet_wait=${stress?{1}:{${greet_wait1}}}",
	  "N x.conf: kept only to serve $name: settings of Postfix: 0, and of "
	  "others: 1 (greet_wait1)\n" },
	{ "Postfix's, near ours", "command_time_limit = 3\nsmtp_use_tls = yes",
	  "N x.conf: kept only to serve $name: settings of Postfix: 2\n" },
	{ "postscreen's of later", "postscreen_tls_CAfile = /x",
	  "N x.conf: kept only to serve $name: settings of Postfix: 1\n" },
	{ "anything else", "colour = blue",
	  "N x.conf: kept only to serve $name: settings of Postfix: 0, and of "
	  "others: 1 (colour)\n" },
	{ "a proxy", "upstream_proxy_protocol = haproxy", "" },
	{ "an unknown proxy", "upstream_proxy_protocol = HAproxy",
	  "E x.conf, line 1: upstream_proxy_protocol: bad value: expected "
	  "nothing or haproxy\n" },
	{ "inline", "deep_protocol_tests = inline", "" },
	{ "a limit of smtp-screend's", "client_connection_count_limit = 5",
	  "N x.conf, line 1: client_connection_count_limit: smtp-screend heeds "
	  "it; before smtp-screen limit connections where they are accepted, "
	  "as with MaxConnectionsPerSource= of systemd\n" },
	{ "limits of Postfix's own services",
	  "default_process_limit = 50\n"
	  "smtpd_client_connection_count_limit = 5",
	  "" },
};

START_TEST(what_gives_reason_to_speak_is_said)
{
	const char *said = said_of(rows[_i].text);

	ck_assert_msg(strcmp(said, rows[_i].message) == 0,
		      "%s: have\n%swant\n%s", rows[_i].why, said,
		      rows[_i].message);
}
END_TEST

START_TEST(the_list_of_names_is_bounded)
{
	char text[8192];
	struct sbuf all = SBUF(text);
	const char *said;

	for (int i = 0; i < 300; i++)
		sbuf_addf(&all, "variable%d = x\n", i);
	said = said_of(text);
	ck_assert_uint_eq(report.notes, 1);
	ck_assert_ptr_nonnull(strstr(said, "of others: 300 (variable0,"));
	ck_assert_ptr_nonnull(strstr(said, "...)"));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("conf_check");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_gives_reason_to_speak_is_said, 0,
			    ROWS(rows));
	tcase_add_test(tc, the_list_of_names_is_bounded);
	return unit_run();
}
