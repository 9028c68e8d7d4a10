#include "handoff/handoff.h"

#include "options.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

/* Who stands at descriptors 0 and 1. */
enum caller {
	NOBODY, /* --check-config */
	SOCKET,
	SOCKETS, /* two that are not the same */
	UNIX_SOCKET,
	PIPE,
};

static struct peer *caller(enum caller who)
{
	static struct peer peer;
	int pair[2], other[2];

	if (who == NOBODY)
		return NULL;
	peer.source = PEER_FROM_SOCKET;
	if (who == PIPE) {
		peer.source = PEER_FROM_OPTION;
		ck_assert_int_eq(pipe(pair), 0);
	} else if (who == UNIX_SOCKET) {
		peer.source = PEER_FROM_OPTION;
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		pair[1] = pair[0];
	} else {
		sockets_tcp_pair(pair);
		pair[1] = pair[0];
	}
	if (who == SOCKETS) {
		sockets_tcp_pair(other);
		pair[1] = other[0];
	}
	ck_assert_int_eq(stream_open(&peer.stream, pair[0], pair[1]), 0);
	return &peer;
}

static const struct {
	const char *why;
	enum caller caller;
	const char *options[3];
	const char *command;
	const char *said; /* part of the first error; NULL: none */
	enum handoff_kind kind;
} rows[] = {
	{ "exec from argv", SOCKET, { 0 }, "smtpd", NULL, HANDOFF_EXEC },
	{ "exec from the settings",
	  SOCKET,
	  { "handoff= exec: /bin/smtpd -bs " },
	  NULL,
	  NULL,
	  HANDOFF_EXEC },
	{ "no word that we know",
	  SOCKET,
	  { "handoff=execute" },
	  "smtpd",
	  "bad value \"execute\"",
	  0 },
	{ "nothing", SOCKET, { "handoff=" }, "smtpd", "bad value \"\"", 0 },

	{ "pass", SOCKET, { "handoff=pass:/run/x" }, NULL, NULL, HANDOFF_PASS },
	{ "pass, with room around it",
	  SOCKET,
	  { "handoff = pass: private/smtpd " },
	  NULL,
	  NULL,
	  HANDOFF_PASS },
	{ "pass, checked",
	  NOBODY,
	  { "handoff=pass:public/smtpd" },
	  NULL,
	  NULL,
	  HANDOFF_PASS },
	{ "pass to nowhere",
	  NOBODY,
	  { "handoff=pass:" },
	  NULL,
	  "name of a socket",
	  0 },
	{ "pass to a name that is too long",
	  NOBODY,
	  { "handoff=pass:private/smtpd",
	    "queue_directory=/var/spool/"
	    "a-very-long-name-for-a-folder-of-a-queue/"
	    "and-one-more-of-its-kind-below-it/to-make-it/longer" },
	  NULL,
	  "at most 107 bytes",
	  0 },
	{ "pass, and a command",
	  SOCKET,
	  { "handoff=pass:/run/x" },
	  "smtpd",
	  "the command line names smtpd",
	  0 },
	{ "pass, and a command, checked",
	  NOBODY,
	  { "handoff=pass:/run/x" },
	  "smtpd",
	  "the command line names smtpd",
	  0 },
	{ "pass of a UNIX socket: it is told who that is",
	  UNIX_SOCKET,
	  { "handoff=pass:/run/x" },
	  NULL,
	  NULL,
	  HANDOFF_PASS },
	{ "pass of a pipe",
	  PIPE,
	  { "handoff=pass:/run/x" },
	  NULL,
	  "pass needs one socket",
	  0 },
	{ "pass of two sockets",
	  SOCKETS,
	  { "handoff=pass:/run/x" },
	  NULL,
	  "pass needs one socket",
	  0 },

	{ "connect",
	  SOCKET,
	  { "handoff=connect:192.0.2.1:25 proxy=v2" },
	  NULL,
	  NULL,
	  HANDOFF_CONNECT },
	{ "connect, to this host",
	  SOCKET,
	  { "handoff=connect:localhost:10025 proxy=v1" },
	  NULL,
	  NULL,
	  HANDOFF_CONNECT },
	{ "connect, by hand",
	  PIPE,
	  { "handoff=connect:[2001:db8::1]:25 proxy=v2" },
	  NULL,
	  NULL,
	  HANDOFF_CONNECT },
	{ "connect, and no header, elsewhere",
	  NOBODY,
	  { "handoff=connect:192.0.2.1:25 proxy=none" },
	  NULL,
	  NULL,
	  HANDOFF_CONNECT },
	{ "connect, and no header, here",
	  NOBODY,
	  { "handoff=connect:127.0.0.1:25 proxy=none" },
	  NULL,
	  "proxy=none",
	  0 },
	{ "connect, and no word about a header",
	  NOBODY,
	  { "handoff=connect:127.0.0.1:25" },
	  NULL,
	  "expected proxy=v2",
	  0 },
	{ "connect to a name",
	  NOBODY,
	  { "handoff=connect:mail.example:25 proxy=v2" },
	  NULL,
	  "not looked up",
	  0 },
	{ "connect, and a command",
	  SOCKET,
	  { "handoff=connect:192.0.2.1:25 proxy=v2" },
	  "smtpd",
	  "the command line names smtpd",
	  0 },
};

START_TEST(what_is_forbidden_is_refused)
{
	size_t count = 0;
	struct conf conf;
	char *command[2] = { NULL, NULL };
	struct handoff handoff = { 0 };
	struct report report;
	bool good;

	while (count < 3 && rows[_i].options[count])
		count++;
	conf = options_load(rows[_i].options, count);
	if (rows[_i].command)
		command[0] = arena_text(&arena, span_of(rows[_i].command));
	report_init(&report, &arena);
	good = handoff_choose(&conf, caller(rows[_i].caller), command, &arena,
			      &report, &handoff);
	ck_assert_msg(good == !rows[_i].said, "%s", rows[_i].why);
	if (!rows[_i].said) {
		ck_assert_uint_eq(report.errors, 0);
		ck_assert_int_eq(handoff.kind, rows[_i].kind);
	} else {
		ck_assert_uint_eq(report.errors, 1);
		ck_assert_msg(strstr(report_first_error(&report),
				     rows[_i].said) != NULL,
			      "%s: %s", rows[_i].why,
			      report_first_error(&report));
		ck_assert_ptr_nonnull(
			strstr(report_first_error(&report), "handoff: "));
	}
	arena_close(&arena);
}
END_TEST

START_TEST(no_header_is_warned_of)
{
	const char *options[] = { "handoff=connect:192.0.2.1:25 proxy=none" };
	struct conf conf = options_load(options, 1);
	struct handoff handoff;
	struct report report;

	report_init(&report, &arena);
	ck_assert(handoff_choose(&conf, NULL, NULL, &arena, &report, &handoff));
	ck_assert_uint_eq(report.warnings, 1);
	ck_assert_ptr_nonnull(
		strstr(report.first->text, "it relays for everybody"));
	arena_close(&arena);
}
END_TEST

START_TEST(relative_names_are_in_the_queue)
{
	const char *options[] = { "handoff=pass:private/smtpd",
				  "queue_directory=/var/q" };
	struct conf conf = options_load(options, 2);
	struct handoff handoff;
	struct report report;

	report_init(&report, &arena);
	ck_assert(handoff_choose(&conf, NULL, NULL, &arena, &report, &handoff));
	ck_assert_str_eq(handoff.pass.socket.sun_path, "/var/q/private/smtpd");
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("handoff");

	tcase_add_loop_test(tc, what_is_forbidden_is_refused, 0, ROWS(rows));
	tcase_add_test(tc, no_header_is_warned_of);
	tcase_add_test(tc, relative_names_are_in_the_queue);
	return unit_run();
}
