#include "handoff/program.h"

#include "options.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum caller {
	NOBODY, /* --check-config */
	SOCKET,
	OPTION,
	ENVIRONMENT,
	PROXY,
};

static const struct {
	const char *why;
	enum caller caller;
	const char *options[2];
	const char *command[3];
	const char *argv[3]; /* what is to be executed; nothing: refused */
	enum report_level level;
	const char *said; /* part of the last message, or NULL for none */
} rows[] = {
	{ "from argv",
	  SOCKET,
	  { 0 },
	  { "smtpd", "-bs" },
	  { "smtpd", "-bs" },
	  0,
	  NULL },
	{ "from the settings",
	  SOCKET,
	  { "handoff=exec:/bin/smtpd -bs" },
	  { 0 },
	  { "/bin/smtpd", "-bs" },
	  0,
	  NULL },
	{ "argv beats the settings",
	  SOCKET,
	  { "handoff=exec:/bin/smtpd" },
	  { "other" },
	  { "other" },
	  0,
	  NULL },
	{ "quotes",
	  SOCKET,
	  { "handoff=exec:\"/bin/my smtpd\" -bs" },
	  { 0 },
	  { "/bin/my smtpd", "-bs" },
	  0,
	  NULL },
	{ "not looked at for a connection",
	  SOCKET,
	  { 0 },
	  { "/no/such" },
	  { "/no/such" },
	  0,
	  NULL },
	{ "nothing to execute",
	  SOCKET,
	  { 0 },
	  { 0 },
	  { 0 },
	  REPORT_ERROR,
	  "no smtpd" },
	{ "an empty name",
	  SOCKET,
	  { 0 },
	  { "" },
	  { 0 },
	  REPORT_ERROR,
	  "no smtpd" },
	{ "exec: and nothing",
	  SOCKET,
	  { "handoff=exec:" },
	  { 0 },
	  { 0 },
	  REPORT_ERROR,
	  "no smtpd" },
	{ "a quote too few",
	  SOCKET,
	  { "handoff=exec:\"/bin/x" },
	  { 0 },
	  { 0 },
	  REPORT_ERROR,
	  "handoff: a double quote" },
	{ "checked: nothing named is no mistake",
	  NOBODY,
	  { 0 },
	  { 0 },
	  { 0 },
	  REPORT_NOTE,
	  "no smtpd" },
	{ "checked: there",
	  NOBODY,
	  { 0 },
	  { "/bin/sh" },
	  { "/bin/sh" },
	  0,
	  NULL },
	{ "checked: in PATH", NOBODY, { 0 }, { "sh" }, { "sh" }, 0, NULL },
	{ "checked: not there",
	  NOBODY,
	  { "handoff=exec:/no/such" },
	  { 0 },
	  { 0 },
	  REPORT_ERROR,
	  "/no/such cannot be executed" },
	{ "checked: not in PATH",
	  NOBODY,
	  { 0 },
	  { "no-such-smtpd" },
	  { 0 },
	  REPORT_ERROR,
	  "looked for in PATH" },
	{ "checked: no program",
	  NOBODY,
	  { 0 },
	  { "/etc/passwd" },
	  { 0 },
	  REPORT_ERROR,
	  "/etc/passwd cannot be executed" },
	{ "checked: a directory",
	  NOBODY,
	  { 0 },
	  { "/" },
	  { 0 },
	  REPORT_ERROR,
	  "cannot be executed" },

	{ "a trial by hand is warned",
	  OPTION,
	  { 0 },
	  { "smtpd" },
	  { "smtpd" },
	  REPORT_WARNING,
	  "exec_address_from: not set" },
	{ "unless it is told how",
	  OPTION,
	  { "exec_address_from=environment" },
	  { "smtpd" },
	  { "smtpd" },
	  0,
	  NULL },
	{ "from the environment: must be told",
	  ENVIRONMENT,
	  { 0 },
	  { "smtpd" },
	  { 0 },
	  REPORT_ERROR,
	  "exec_address_from: not set" },
	{ "and is",
	  ENVIRONMENT,
	  { "exec_address_from=environment" },
	  { "smtpd" },
	  { "smtpd" },
	  0,
	  NULL },
	{ "from a PROXY header: must be told",
	  PROXY,
	  { 0 },
	  { "smtpd" },
	  { 0 },
	  REPORT_ERROR,
	  "exec_address_from: not set" },
	{ "and is, too",
	  PROXY,
	  { "exec_address_from=environment" },
	  { "smtpd" },
	  { "smtpd" },
	  0,
	  NULL },
	{ "from a PROXY header, checked: must be told",
	  NOBODY,
	  { "upstream_proxy_protocol=haproxy" },
	  { "/bin/sh" },
	  { 0 },
	  REPORT_ERROR,
	  "exec_address_from: not set" },
	{ "watched: must be told",
	  SOCKET,
	  { "deep_protocol_tests=inline" },
	  { "smtpd" },
	  { 0 },
	  REPORT_ERROR,
	  "exec_address_from: not set" },
	{ "watched, checked: must be told",
	  NOBODY,
	  { "deep_protocol_tests=inline" },
	  { "/bin/sh" },
	  { 0 },
	  REPORT_ERROR,
	  "exec_address_from: not set" },
	{ "Exim does not look into the environment",
	  PROXY,
	  { "exec_address_from=environment" },
	  { "/usr/sbin/exim4" },
	  { 0 },
	  REPORT_ERROR,
	  "do not look there" },
	{ "nor does sendmail, whoever's",
	  OPTION,
	  { "exec_address_from=environment" },
	  { "sendmail" },
	  { 0 },
	  REPORT_ERROR,
	  "do not look there" },
	{ "nor does Postfix by itself",
	  PROXY,
	  { "exec_address_from=environment" },
	  { "/usr/lib/postfix/sbin/smtpd" },
	  { 0 },
	  REPORT_ERROR,
	  "do not look there" },
	{ "but with a TCP connection it need not",
	  SOCKET,
	  { "exec_address_from=environment" },
	  { "sendmail" },
	  { "sendmail" },
	  0,
	  NULL },
	{ "arguments, and none of them is the client",
	  SOCKET,
	  { "exec_address_from=arguments" },
	  { "smtpd", "%{client_port}" },
	  { 0 },
	  REPORT_ERROR,
	  "the command has no %{client_address}" },
	{ "checked, too",
	  NOBODY,
	  { "exec_address_from=arguments" },
	  { "/bin/sh" },
	  { 0 },
	  REPORT_ERROR,
	  "the command has no %{client_address}" },
	{ "arguments",
	  OPTION,
	  { "exec_address_from=arguments" },
	  { "smtpd", "%{client_address}.%{client_port}" },
	  { "smtpd", "192.0.2.7.4321" },
	  0,
	  NULL },
	{ "no word of ours",
	  OPTION,
	  { "exec_address_from=arguments" },
	  { "smtpd", "%{client_address}%{client_name}" },
	  { 0 },
	  REPORT_ERROR,
	  "not one of client_address" },
	{ "checked, too",
	  NOBODY,
	  { "exec_address_from=arguments" },
	  { "/bin/sh", "%{client_address}%{" },
	  { 0 },
	  REPORT_ERROR,
	  "no } closes" },
	{ "places without consent",
	  SOCKET,
	  { 0 },
	  { "smtpd", "%{client_address}" },
	  { 0 },
	  REPORT_ERROR,
	  "with \"arguments\" only" },
};

static struct peer *caller(enum caller who)
{
	static struct peer peer;

	bool has_port;

	endpoint_parse(SPAN("192.0.2.7:4321"), &peer.client, &has_port);
	switch (who) {
	case NOBODY:
		return NULL;
	case SOCKET:
		peer.source = PEER_FROM_SOCKET;
		break;
	case OPTION:
		peer.source = PEER_FROM_OPTION;
		break;
	case ENVIRONMENT:
		peer.source = PEER_FROM_ENVIRONMENT;
		break;
	case PROXY:
		peer.source = PEER_FROM_PROXY;
		break;
	}
	return &peer;
}

/* Arguments are for root. Of others Exim is asked; test_exim.c is about that.
 */
START_TEST(what_would_relay_is_refused)
{
	size_t count = rows[_i].options[0] ? 1 : 0;
	struct conf conf = options_load(rows[_i].options, count);
	char *command[3] = { 0 };
	char *const *argv = NULL;
	struct report report;
	struct program program = { 0 };
	bool good, want = rows[_i].argv[0] != NULL;

	if (want && count && geteuid() != 0 &&
	    strcmp(rows[_i].options[0], "exec_address_from=arguments") == 0)
		return;

	for (int i = 0; i < 3 && rows[_i].command[i]; i++)
		command[i] = arena_text(&arena, span_of(rows[_i].command[i]));
	setenv("PATH", "/no/such:/usr/bin:/bin", 1);
	report_init(&report, &arena);
	good = program_choose(&conf, caller(rows[_i].caller), command, &arena,
			      &report, &program);
	ck_assert_msg(good == want, "%s", rows[_i].why);
	if (want) {
		static struct peer nobody;
		struct peer *peer = caller(rows[_i].caller);

		argv = program_argv(&program, peer ? peer : &nobody);
	}
	for (int i = 0; want && i < 3; i++) {
		const char *word = rows[_i].argv[i];

		if (!word) {
			ck_assert_ptr_null(argv[i]);
			break;
		}
		ck_assert_str_eq(argv[i], word);
	}
	if (!rows[_i].said) {
		ck_assert_ptr_null(report.first);
	} else {
		ck_assert_msg(report.last && report.first == report.last &&
				      report.last->level == rows[_i].level &&
				      strstr(report.last->text, rows[_i].said),
			      "%s: %s", rows[_i].why,
			      report.last ? report.last->text : "nothing");
	}
	arena_close(&arena);
}
END_TEST

START_TEST(behind_a_proxy_arguments_want_a_socket_of_their_own)
{
	const char *options[] = { "exec_address_from=arguments" };
	char name[] = "smtpd", address[] = "%{client_address}";
	char *command[] = { name, address, NULL };
	struct conf conf = options_load(options, 1);
	char *const *argv;
	struct program program;
	struct report report;
	struct peer peer;
	bool has_port;

	if (geteuid() != 0)
		return;
	report_init(&report, &arena);
	peer = *caller(PROXY);
	ck_assert(program_choose(&conf, &peer, command, &arena, &report,
				 &program));
	ck_assert(program.apart);
	/* whom the header names is known only now */
	endpoint_parse(SPAN("[2001:db8::9]:1"), &peer.client, &has_port);
	argv = program_argv(&program, &peer);
	ck_assert_str_eq(argv[1], "2001:db8::9");
	ck_assert(program_choose(&conf, caller(SOCKET), command, &arena,
				 &report, &program));
	ck_assert(!program.apart);
	arena_close(&arena);
}
END_TEST

/* What a setuid mail server is warned of, in the words of REPORT's last line;
 * "" without one. */
static const char *warned(const char *path, mode_t mode)
{
	char *const argv[] = { arena_text(&arena, span_of(path)), NULL };
	const struct program program = { .argv = argv };
	struct report report;

	ck_assert_int_eq(chmod(path, mode), 0);
	report_init(&report, &arena);
	program_warn_of_rights(&program, &report);
	ck_assert_uint_eq(report.errors, 0);
	return report.last ? report.last->text : "";
}

START_TEST(a_setuid_program_needs_its_rights)
{
	char path[] = "/tmp/test_program.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	options_load(NULL, 0);
	ck_assert_str_eq(warned(path, 04755), "");
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_str_eq(warned(path, 0755), "");
	ck_assert_ptr_nonnull(strstr(warned(path, 04755), "NoNewPrivileges"));
	ck_assert_ptr_nonnull(strstr(warned(path, 02755), path));
	unlink(path);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("program");

	tcase_add_loop_test(tc, what_would_relay_is_refused, 0, ROWS(rows));
	tcase_add_test(tc, behind_a_proxy_arguments_want_a_socket_of_their_own);
	tcase_add_test(tc, a_setuid_program_needs_its_rights);
	return unit_run();
}
