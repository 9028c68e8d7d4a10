#include "log/log.h"

#include "base/clock.h"
#include "log/event.h"
#include "log/journal.h"
#include "log/syslog.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/*
 * All waiting of a process together, with room for a busy machine: what is
 * told apart here is a log that gives up from one that waits for ever.
 */
#define GENEROUS (40 * LOG_PATIENCE)

static char directory[] = "/tmp/test_log.XXXXXX";
static char journal_path[80], syslog_path[80], target[120];

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* "auto" finds our sockets in place of the machine's. */
static void setup(void)
{
	strcpy(directory, "/tmp/test_log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(journal_path, sizeof(journal_path), "%s/journal", directory);
	snprintf(syslog_path, sizeof(syslog_path), "%s/syslog", directory);
	journal_socket = journal_path;
	syslog_socket = syslog_path;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
}

static void teardown(void)
{
	unlink(journal_path);
	unlink(syslog_path);
	rmdir(directory);
}

static void open_log(const char *where, bool by_hand)
{
	struct log_settings settings = {
		.target = where, .name = "", .client = -1, .by_hand = by_hand
	};

	log_open(&settings);
}

/* The next datagram, or "" when none waits. */
static const char *received(int fd)
{
	static char bytes[8192];
	ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	bytes[n < 0 ? 0 : n] = '\0';
	return bytes;
}

/* What waits in a pipe or socket, or "". */
static const char *piped(int fd)
{
	static char bytes[8192];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, 0) > 0)
		n = read(fd, bytes, sizeof(bytes) - 1);
	bytes[n < 0 ? 0 : n] = '\0';
	return bytes;
}

static struct endpoint endpoint(const char *text)
{
	struct endpoint e;
	bool has_port;

	ck_assert(endpoint_parse(span_of(text), &e, &has_port));
	return e;
}

/* Descriptor 2 is a pipe of its own, or the client's socket. */
static int set_stderr(bool own)
{
	int pair[2];

	if (own) {
		ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
		dup2(pair[1], 2);
		close(pair[1]);
		return pair[0];
	}
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	dup2(pair[1], 0);
	dup2(pair[1], 1);
	dup2(pair[1], 2);
	close(pair[1]);
	return pair[0];
}

/* ---- the journal --------------------------------------------------------- */

START_TEST(journal_gets_every_field)
{
	struct endpoint client = endpoint("[2001:db8::1]:4321");
	struct endpoint server = endpoint("192.0.2.25:25");
	char want[1000];
	int daemon = listen_at(journal_path);

	open_log("journal", false);
	log_connection("4f2a", &client, &server);
	log_info(LOG_CONNECT, "CONNECT from %s", "somewhere");
	snprintf(want, sizeof(want),
		 "MESSAGE=CONNECT from somewhere\nPRIORITY=6\n"
		 "SYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=smtp-screen\n"
		 "SYSLOG_PID=%d\nMESSAGE_ID=%s\nSMTP_SCREEN_EVENT=connect\n"
		 "SMTP_SCREEN_ID=4f2a\nSMTP_SCREEN_CLIENT=2001:db8::1\n"
		 "SMTP_SCREEN_CLIENT_PORT=4321\nSMTP_SCREEN_SERVER=192.0.2.25\n"
		 "SMTP_SCREEN_SERVER_PORT=25\n",
		 (int)getpid(), log_event_id(LOG_CONNECT));
	ck_assert_str_eq(received(daemon), want);

	log_verdict("PASS OLD");
	log_warning(LOG_CACHE_TROUBLE, "no");
	ck_assert_ptr_nonnull(
		strstr(received(daemon), "\nSMTP_SCREEN_VERDICT=PASS OLD\n"));
	log_fatal(LOG_OTHER, "no");
	ck_assert_ptr_nonnull(
		strstr(received(daemon), "MESSAGE=fatal: no\nPRIORITY=2\n"));
}
END_TEST

START_TEST(journal_before_the_client_is_known)
{
	int daemon = listen_at(journal_path);
	const char *entry;

	log_warning(LOG_CONFIG_TROUBLE, "bad");
	entry = received(daemon);
	ck_assert_ptr_nonnull(
		strstr(entry, "MESSAGE=warning: bad\nPRIORITY=4\n"));
	ck_assert_ptr_nonnull(
		strstr(entry, "SMTP_SCREEN_EVENT=config-trouble\n"));
	ck_assert_ptr_null(strstr(entry, "SMTP_SCREEN_CLIENT"));
	ck_assert_ptr_null(strstr(entry, "SMTP_SCREEN_ID"));
}
END_TEST

START_TEST(a_socket_may_be_named)
{
	char other[80];
	int daemon;

	snprintf(other, sizeof(other), "%s/other", directory);
	daemon = listen_at(other);
	snprintf(target, sizeof(target), "journal:%s", other);
	open_log(target, false);
	log_info(LOG_OTHER, "x");
	ck_assert_ptr_nonnull(strstr(received(daemon), "MESSAGE=x\n"));
	snprintf(target, sizeof(target), "syslog:%s", other);
	open_log(target, false);
	log_info(LOG_OTHER, "x");
	ck_assert_int_eq(strncmp(received(daemon), "<22>", 4), 0);
	unlink(other);
}
END_TEST

/* ---- text ---------------------------------------------------------------- */

static const struct {
	const char *why;
	bool utf8;
	const char *in, *want;
} texts[] = {
	{ "plain", false, "helo=<mx>", "helo=<mx>" },
	{ "a forged line", false, "a\nsshd[1]: b\r", "a?sshd[1]: b?" },
	{ "a terminal", false, "\033[2J\007\177", "?[2J??" },
	{ "bytes over 127", false, "caf\303\251", "caf??" },
	{ "UTF-8", true, "caf\303\251", "caf\303\251" },
	{ "what only looks like it", true, "\303\251\251\300\257",
	  "\303\251???" },
};

START_TEST(hostile_bytes_are_made_printable)
{
	int daemon = listen_at(journal_path);
	struct log_settings settings = { .target = "auto",
					 .name = "a\nb",
					 .utf8 = texts[_i].utf8,
					 .client = -1 };
	char want[100];
	const char *entry;

	log_open(&settings);
	log_connection("i\nd", NULL, NULL);
	log_info(LOG_OTHER, "%s", texts[_i].in);
	snprintf(want, sizeof(want), "MESSAGE=%s\nPRIORITY", texts[_i].want);
	entry = received(daemon);
	ck_assert_msg(strncmp(entry, want, strlen(want)) == 0, "%s: %s",
		      texts[_i].why, entry);
	ck_assert_ptr_nonnull(strstr(entry, "SYSLOG_IDENTIFIER=a?b\n"));
	ck_assert_ptr_nonnull(strstr(entry, "SMTP_SCREEN_ID=i?d\n"));
}
END_TEST

static const struct {
	const char *name;
	enum log_event event;
	const char *start;
} programs[] = {
	{ "postfix/postscreen", LOG_DNSBL_LISTED, " postfix/dnsblog[" },
	{ "a/b/postscreen", LOG_DNSBL_LISTED, " a/b/dnsblog[" },
	{ "postfix/postscreen", LOG_DNSBL_RANK, " postfix/postscreen[" },
	{ "smtp-screen", LOG_DNSBL_LISTED, " smtp-screen[" },
	{ "postscreen", LOG_DNSBL_LISTED, " postscreen[" },
};

START_TEST(lines_have_the_name_of_postfixs_program)
{
	int daemon = listen_at(syslog_path);
	struct log_settings settings = { .target = "syslog",
					 .name = programs[_i].name,
					 .client = -1 };
	const char *line;

	log_open(&settings);
	log_info(programs[_i].event, "hello");
	line = received(daemon);
	ck_assert_msg(line && strstr(line, programs[_i].start), "%s", line);
	close(daemon);
}
END_TEST

START_TEST(long_text_is_cut)
{
	static char much[100000];
	int daemon = listen_at(syslog_path);
	struct log_settings settings = {
		.target = "syslog", .name = "n", .utf8 = true, .client = -1
	};
	const char *line;

	log_open(&settings);
	memset(much, 'x', sizeof(much) - 1);
	log_warning(LOG_OTHER, "%s", much);
	line = strstr(received(daemon), "warning: ");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(strlen(line), strlen("warning: ") + 2000);

	/* a character that would be cut in two stays out */
	memcpy(much + 1998, "\342\202\254", 3);
	log_info(LOG_OTHER, "%s", much);
	line = strstr(received(daemon), ": xx");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(strlen(line), 2 + 1998);
	ck_assert_int_eq(line[strlen(line) - 1], 'x');

	/* and one that just fits does not */
	memcpy(much + 1997, "\342\202\254x", 4);
	log_info(LOG_OTHER, "%s", much);
	line = strstr(received(daemon), ": xx");
	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(strlen(line), 2 + 2000);
	ck_assert_str_eq(line + 2 + 1997, "\342\202\254");
}
END_TEST

START_TEST(errno_is_kept)
{
	int daemon = listen_at(journal_path);

	set_stderr(false);
	errno = EXDEV;
	open_log("auto", false);
	log_info(LOG_OTHER, "%m");
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_ptr_nonnull(strstr(received(daemon), strerror(EXDEV)));
	close(daemon);
	log_info(LOG_OTHER, "nobody there");
	log_connect();
	log_close();
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

/* ---- which target -------------------------------------------------------- */

static const struct {
	const char *target;
	bool valid;
} targets[] = {
	{ "auto", true },
	{ "stderr", true },
	{ "journal", true },
	{ "syslog", true },
	{ "journal:/run/x", true },
	{ "syslog:/dev/log", true },
	{ "", false },
	{ "stdout", false },
	{ "journal:", false },
	{ "journal:run/x", false },
	{ "journalx", false },
	{ "stderr:/x", false },
	{ "auto:/x", false },
	{ "syslog:@abstract", false },
	{ "syslog:/0123456789012345678901234567890123456789012345678901234567"
	  "89012345678901234567890123456789012345678901234567890123456789",
	  false },
};

START_TEST(target_valid_knows_targets)
{
	ck_assert_msg(log_target_valid(targets[_i].target) == targets[_i].valid,
		      "%s", targets[_i].target);
}
END_TEST

enum {
	J = 1, /* a journal is there */
	S = 2, /* syslog is there */
	E = 4, /* standard error is a pipe of its own */
	H = 8, /* by hand */
};

static const struct {
	const char *why, *target;
	int there;
	int where; /* J, S, E or 0: dropped */
} choices[] = {
	{ "the journal first", "auto", J | S | E, J },
	{ "then syslog", "auto", S | E, S },
	{ "then standard error", "auto", E, E },
	{ "nothing left", "auto", 0, 0 },
	{ "by hand: standard error", "auto", J | S | E | H, E },
	{ "by hand, and it is the client", "auto", J | S | H, J },
	{ "as asked", "stderr", J | S | E, E },
	{ "as asked", "syslog", J | S | E, S },
	{ "not there: the next best", "syslog", J | E, J },
	{ "the client's: the next best", "stderr", J | S, J },
	{ "nonsense means auto", "nonsense", J | S | E, J },
};

START_TEST(lines_go_to_the_best_that_is_there)
{
	int there = choices[_i].there, got = 0;
	int journal = there & J ? listen_at(journal_path) : -1;
	int syslog = there & S ? listen_at(syslog_path) : -1;
	int errors = set_stderr(there & E);
	char before[100], want[100];

	snprintf(want, sizeof(want), "smtp-screen[%d]: hello\n", (int)getpid());
	open_log(choices[_i].target, there & H);
	if (_i % 2)
		log_connect();
	log_info(LOG_OTHER, "hello");
	if (journal >= 0 && strstr(received(journal), "MESSAGE=hello\n"))
		got |= J;
	if (syslog >= 0 && strstr(received(syslog), "]: hello"))
		got |= S;
	snprintf(before, sizeof(before), "%s", piped(errors));
	if (strcmp(before, want) == 0)
		got |= E;
	else
		ck_assert_msg(before[0] == '\0', "%s", choices[_i].why);
	ck_assert_msg(got == choices[_i].where, "%s: %d", choices[_i].why, got);
	ck_assert_uint_eq(log_dropped(), choices[_i].where ? 0 : 1);
}
END_TEST

enum err {
	ERR_TCP,    /* the client's own */
	ERR_TCP_2,  /* a TCP socket that is not on 0 or 1 */
	ERR_LOCAL,  /* the UNIX socket on 0 and 1 */
	ERR_CLIENT, /* settings.client's */
	ERR_PIPE,   /* the pipe on 1 */
};

static const struct {
	const char *why;
	enum err err;
	bool by_hand, written;
} clients[] = {
	{ "inetd, xinetd, systemd", ERR_TCP, false, false },
	{ "TCP by hand", ERR_TCP, true, false },
	{ "some other TCP socket", ERR_TCP_2, false, false },
	{ "a socketpair", ERR_LOCAL, false, false },
	{ "a socketpair, by hand", ERR_LOCAL, true, false },
	{ "named by the settings", ERR_CLIENT, false, false },
	{ "2>&1 of a service", ERR_PIPE, false, false },
	{ "2>&1 of a person", ERR_PIPE, true, true },
};

/* The client's end of what descriptor 2 is. */
static int give_stderr(enum err err, struct log_settings *settings)
{
	int pair[2];

	if (err == ERR_TCP || err == ERR_TCP_2)
		sockets_tcp_pair(pair);
	else if (err == ERR_PIPE)
		ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (err == ERR_PIPE) {
		int reading = pair[0];

		pair[0] = pair[1];
		pair[1] = reading;
	}
	if (err == ERR_TCP || err == ERR_LOCAL)
		dup2(pair[0], 0);
	if (err == ERR_TCP || err == ERR_LOCAL || err == ERR_PIPE)
		dup2(pair[0], 1);
	if (err == ERR_CLIENT)
		settings->client = pair[0];
	dup2(pair[0], 2);
	return pair[1];
}

START_TEST(the_client_never_reads_the_log)
{
	struct log_settings settings = { .target = "stderr",
					 .name = "n",
					 .by_hand = clients[_i].by_hand,
					 .client = -1 };
	int client = give_stderr(clients[_i].err, &settings);

	log_open(&settings);
	log_fatal(LOG_OTHER, "secret");
	log_close();
	ck_assert_msg((piped(client)[0] != '\0') == clients[_i].written, "%s",
		      clients[_i].why);
}
END_TEST

START_TEST(standard_error_may_be_a_file)
{
	char path[100], text[100] = "";
	int fd, at;

	snprintf(path, sizeof(path), "%s/file", directory);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	dup2(fd, 2);
	open_log("stderr", false);
	log_info(LOG_OTHER, "one");
	log_info(LOG_OTHER, "two");
	at = (int)pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(at, 0);
	ck_assert_ptr_nonnull(strstr(text, ": one\n"));
	ck_assert_ptr_nonnull(strstr(text, ": two\n"));
	unlink(path);
}
END_TEST

/* The log's socket must not become anybody's standard input. */
START_TEST(descriptors_stay_clear_of_the_standard_ones)
{
	int daemon = listen_at(journal_path), next;

	dup2(daemon, 50);
	close(daemon);
	next = fcntl(50, F_DUPFD, 3);
	close(next);
	close(0);
	close(1);
	close(2);
	open_log("auto", false);
	log_info(LOG_OTHER, "x");
	for (int fd = 0; fd <= 2; fd++)
		ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(fcntl(next, F_GETFD), FD_CLOEXEC);
	ck_assert_ptr_nonnull(strstr(received(50), "MESSAGE=x\n"));
}
END_TEST

/* ---- daemons in trouble -------------------------------------------------- */

static const char *const stoppable[] = { "journal", "syslog", "stderr" };

/*
 * A daemon that is stopped: its queue is full after some lines, and then all
 * lines together wait no longer than they may.
 */
START_TEST(a_stopped_reader_costs_little)
{
	int daemon = -1, errors = -1;
	int64_t start;
	unsigned dropped = 0;

	if (_i == 2)
		errors = set_stderr(true);
	else
		daemon = listen_at(_i == 0 ? journal_path : syslog_path);
	open_log(stoppable[_i], false);
	start = clock_mono();
	for (int i = 0; i < 5000; i++)
		log_info(LOG_OTHER, "line %d", i);
	ck_assert_int_lt(clock_mono() - start, GENEROUS);
	dropped = log_dropped();
	ck_assert_uint_gt(dropped, 0);
	ck_assert_uint_lt(dropped, 5000);

	/* it reads again: one line says what was lost */
	if (_i == 2) {
		while (piped(errors)[0])
			;
		log_close();
		ck_assert_ptr_nonnull(strstr(piped(errors), "warning: "));
	} else {
		char want[100];

		while (received(daemon)[0])
			;
		log_close();
		snprintf(want, sizeof(want),
			 "warning: %u log lines were dropped", dropped);
		ck_assert_ptr_nonnull(strstr(received(daemon), want));
	}
}
END_TEST

/* Waiting is for all lines together, not for each. */
START_TEST(patience_is_for_the_process)
{
	int daemon = listen_at(journal_path);
	int64_t start;

	open_log("journal", false);
	while (log_dropped() == 0)
		log_info(LOG_OTHER, "x");
	start = clock_mono();
	for (int i = 0; i < 100; i++)
		log_info(LOG_OTHER, "x");
	/* a hundred times its patience would be five seconds */
	ck_assert_int_lt(clock_mono() - start, GENEROUS);
	ck_assert_uint_eq(log_dropped(), 101);
	close(daemon);
}
END_TEST

START_TEST(a_daemon_started_anew_is_found)
{
	const char *path = _i == 0 ? journal_path : syslog_path;
	int daemon = listen_at(path);

	open_log(_i == 0 ? "journal" : "syslog", false);
	log_info(LOG_OTHER, "first");
	ck_assert_ptr_nonnull(strstr(received(daemon), "first"));
	close(daemon);
	daemon = listen_at(path);
	log_info(LOG_OTHER, "second");
	ck_assert_ptr_nonnull(strstr(received(daemon), "second"));
	ck_assert_uint_eq(log_dropped(), 0);
}
END_TEST

START_TEST(a_daemon_that_comes_later_is_found)
{
	int daemon;

	set_stderr(false);
	open_log("auto", false);
	log_info(LOG_OTHER, "lost");
	ck_assert_uint_eq(log_dropped(), 1);
	daemon = listen_at(syslog_path);
	log_close();
	ck_assert_ptr_nonnull(
		strstr(received(daemon), "warning: 1 log lines were dropped"));
}
END_TEST

START_TEST(a_daemon_that_goes_has_a_successor)
{
	int daemon = listen_at(journal_path), other = listen_at(syslog_path);

	open_log("auto", false);
	log_info(LOG_OTHER, "first");
	ck_assert_ptr_nonnull(strstr(received(daemon), "first"));
	close(daemon);
	unlink(journal_path);
	log_info(LOG_OTHER, "second");
	ck_assert_ptr_nonnull(strstr(received(other), "second"));
	ck_assert_uint_eq(log_dropped(), 0);
}
END_TEST

START_TEST(a_gone_reader_of_standard_error_is_no_harm)
{
	int errors = set_stderr(true);

	close(errors);
	open_log("stderr", false);
	log_info(LOG_OTHER, "x");
	log_info(LOG_OTHER, "x");
	ck_assert_uint_eq(log_dropped(), 2);
}
END_TEST

/* ---- lines together ------------------------------------------------------ */

/* How many lines with their numbers, in order, are in TEXT. */
static int lines_in(const char *text, int from)
{
	char want[32];
	int n = 0;

	for (;; n++) {
		snprintf(want, sizeof(want), "line %d.", from + n);
		text = strstr(text, want);
		if (!text)
			return n;
	}
}

/* More than one read of the pipe may be. */
static int all_lines(int errors, int from)
{
	const char *text;
	int n = 0;

	while (*(text = piped(errors)))
		n += lines_in(text, from + n);
	return n;
}

START_TEST(held_lines_go_out_together)
{
	int errors = set_stderr(true), n = 0;

	open_log("stderr", false);
	log_hold();
	for (int i = 0; i < 200; i++) /* more than may wait */
		log_info(LOG_OTHER, "line %d.", i);
	n = all_lines(errors, 0);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, 200);
	log_release();
	n += all_lines(errors, n);
	ck_assert_int_eq(n, 200);
	log_info(LOG_OTHER, "line 200.");
	ck_assert_int_eq(lines_in(piped(errors), 200), 1);
}
END_TEST

START_TEST(a_warning_does_not_wait)
{
	int errors = set_stderr(true);
	const char *text;

	open_log("stderr", false);
	log_hold();
	log_info(LOG_OTHER, "line 0.");
	ck_assert_str_eq(piped(errors), "");
	log_warning(LOG_OTHER, "line 1.");
	text = piped(errors);
	ck_assert_int_eq(lines_in(text, 0), 2);
	log_info(LOG_OTHER, "line 2.");
	log_close();
	ck_assert_int_eq(lines_in(piped(errors), 2), 1);
}
END_TEST

START_TEST(held_lines_are_datagrams_of_their_own)
{
	int daemon = listen_at(_i == 0 ? journal_path : syslog_path);

	open_log(_i == 0 ? "journal" : "syslog", false);
	log_hold();
	for (int i = 0; i < 5; i++)
		log_info(LOG_OTHER, "line %d.", i);
	ck_assert_str_eq(received(daemon), "");
	log_release();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(lines_in(received(daemon), i), 1);
	ck_assert_str_eq(received(daemon), "");
	close(daemon);
}
END_TEST

START_TEST(flushed_lines_are_no_release)
{
	int errors = set_stderr(true);

	open_log("stderr", false);
	log_hold();
	log_info(LOG_OTHER, "line 0.");
	errno = EDOM;
	log_flush();
	ck_assert_int_eq(errno, EDOM);
	ck_assert_int_eq(all_lines(errors, 0), 1);
	log_info(LOG_OTHER, "line 1.");
	ck_assert_int_eq(all_lines(errors, 1), 0);
	log_release();
	ck_assert_int_eq(all_lines(errors, 1), 1);
}
END_TEST

START_TEST(a_child_writes_none_of_its_parents_lines)
{
	int errors = set_stderr(true), status;
	pid_t child;

	open_log("stderr", false);
	log_hold();
	log_info(LOG_OTHER, "line 1.");
	child = fork();
	if (child == 0) {
		log_renew(true);
		log_info(LOG_OTHER, "line 0.");
		log_close();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(all_lines(errors, 0), 1);
	log_release();
	ck_assert_int_eq(all_lines(errors, 1), 1);
}
END_TEST

START_TEST(held_lines_keep_their_connection)
{
	static const struct {
		const char *id, *client, *verdict, *id_field, *client_field,
			*verdict_field;
	} two[] = {
		{ "first", "192.0.2.1:1025", "one", "_ID=first\n",
		  "_CLIENT=192.0.2.1\n", "_VERDICT=one\n" },
		{ "second", "[2001:db8::2]:1026", "two", "_ID=second\n",
		  "_CLIENT=2001:db8::2\n", "_VERDICT=two\n" },
	};
	struct endpoint here = endpoint("192.0.2.25:25");
	int daemon = listen_at(journal_path);
	const char *entry;

	open_log("journal", false);
	log_hold();
	for (int i = 0; i < ROWS(two); i++) {
		struct endpoint client = endpoint(two[i].client);

		log_connection(two[i].id, &client, &here);
		log_verdict(NULL);
		log_info(LOG_CONNECT, "CONNECT");
		log_verdict(two[i].verdict);
		log_info(LOG_DISCONNECT, "DISCONNECT");
	}
	log_release();
	for (int i = 0; i < ROWS(two); i++) {
		entry = received(daemon);
		ck_assert_ptr_nonnull(strstr(entry, two[i].id_field));
		ck_assert_ptr_nonnull(strstr(entry, two[i].client_field));
		ck_assert_ptr_null(strstr(entry, "SMTP_SCREEN_VERDICT"));
		entry = received(daemon);
		ck_assert_ptr_nonnull(strstr(entry, two[i].verdict_field));
	}
}
END_TEST

/* Those that a log does not take are counted, those that it does are not lost,
 * and where it has gone the next one gets the rest. */
START_TEST(held_lines_are_lost_one_by_one)
{
	int daemon = -1, errors = -1, n = 0;

	if (_i == 2)
		errors = set_stderr(true);
	else
		daemon = listen_at(_i == 0 ? journal_path : syslog_path);
	open_log(stoppable[_i], false);
	for (int i = 0; i < 5000; i++) {
		if (i % 50 == 0)
			log_hold();
		log_info(LOG_OTHER, "line");
		if (i % 50 == 49)
			log_release();
	}
	ck_assert_uint_gt(log_dropped(), 0);
	if (_i == 2)
		for (const char *text; *(text = piped(errors));)
			for (; (text = strchr(text, '\n')); text++)
				n++;
	else
		while (*received(daemon))
			n++;
	ck_assert_uint_eq((unsigned)n + log_dropped(), 5000);
}
END_TEST

START_TEST(held_lines_find_a_successor)
{
	int daemon = listen_at(journal_path), other = listen_at(syslog_path);

	open_log("auto", false);
	log_hold();
	log_info(LOG_OTHER, "line 0.");
	log_info(LOG_OTHER, "line 1.");
	close(daemon);
	unlink(journal_path);
	log_release();
	ck_assert_int_eq(lines_in(received(other), 0), 1);
	ck_assert_int_eq(lines_in(received(other), 1), 1);
	ck_assert_uint_eq(log_dropped(), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, journal_gets_every_field);
	tcase_add_test(tc, journal_before_the_client_is_known);
	tcase_add_test(tc, a_socket_may_be_named);
	tcase_add_loop_test(tc, hostile_bytes_are_made_printable, 0,
			    ROWS(texts));
	tcase_add_loop_test(tc, lines_have_the_name_of_postfixs_program, 0,
			    ROWS(programs));
	tcase_add_test(tc, long_text_is_cut);
	tcase_add_test(tc, errno_is_kept);
	tcase_add_loop_test(tc, target_valid_knows_targets, 0, ROWS(targets));
	tcase_add_loop_test(tc, lines_go_to_the_best_that_is_there, 0,
			    ROWS(choices));
	tcase_add_loop_test(tc, the_client_never_reads_the_log, 0,
			    ROWS(clients));
	tcase_add_test(tc, standard_error_may_be_a_file);
	tcase_add_test(tc, descriptors_stay_clear_of_the_standard_ones);
	tcase_add_loop_test(tc, a_stopped_reader_costs_little, 0,
			    ROWS(stoppable));
	tcase_add_test(tc, patience_is_for_the_process);
	tcase_add_test(tc, held_lines_go_out_together);
	tcase_add_test(tc, a_warning_does_not_wait);
	tcase_add_loop_test(tc, held_lines_are_datagrams_of_their_own, 0, 2);
	tcase_add_test(tc, flushed_lines_are_no_release);
	tcase_add_test(tc, a_child_writes_none_of_its_parents_lines);
	tcase_add_test(tc, held_lines_keep_their_connection);
	tcase_add_loop_test(tc, held_lines_are_lost_one_by_one, 0,
			    ROWS(stoppable));
	tcase_add_test(tc, held_lines_find_a_successor);
	tcase_add_loop_test(tc, a_daemon_started_anew_is_found, 0, 2);
	tcase_add_test(tc, a_daemon_that_comes_later_is_found);
	tcase_add_test(tc, a_daemon_that_goes_has_a_successor);
	tcase_add_test(tc, a_gone_reader_of_standard_error_is_no_harm);
	return unit_run();
}
