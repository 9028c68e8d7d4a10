#include "handoff/relay.h"

#include "base/clock.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

/* A relay at work: we are its client, and its smtpd. */
struct work {
	struct relay relay;
	pthread_t thread;
	enum relay_end end;
	int client, client_in; /* what is said there is heard by the relay */
	int smtpd;
};

static void *work_main(void *argument)
{
	struct work *w = argument;

	w->end = relay_run(&w->relay);
	/* as the end of the process does */
	close(w->relay.smtpd);
	close(w->relay.client.in);
	if (w->relay.client.out != w->relay.client.in)
		close(w->relay.client.out);
	return NULL;
}

enum client {
	TCP,
	UNIX,
	PIPES,
	CLIENTS,
};

static void begin(struct work *w, enum client kind, const char *unsaid,
		  int64_t idle_limit)
{
	int pair[2], in[2], out[2];

	*w = (struct work){ .relay = { .unsaid = span_of(unsaid),
				       .idle_limit = idle_limit } };
	if (kind == PIPES) {
		ck_assert_int_eq(pipe(in), 0);
		ck_assert_int_eq(pipe(out), 0);
		ck_assert_int_eq(stream_open(&w->relay.client, in[0], out[1]),
				 0);
		w->client = out[0];
		w->client_in = in[1];
	} else {
		if (kind == TCP)
			sockets_tcp_pair(pair);
		else
			ck_assert_int_eq(
				socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		ck_assert_int_eq(
			stream_open(&w->relay.client, pair[0], pair[0]), 0);
		w->client = w->client_in = pair[1];
	}
	if (kind == TCP) {
		sockets_tcp_pair(pair);
		ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_RDWR | O_NONBLOCK),
				 0);
	} else {
		ck_assert_int_eq(relay_pair(pair), 0);
	}
	w->relay.smtpd = pair[0];
	w->smtpd = pair[1];
	ck_assert_int_eq(pthread_create(&w->thread, NULL, work_main, w), 0);
}

static enum relay_end end(struct work *w)
{
	pthread_join(w->thread, NULL);
	return w->end;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
}

/* Exactly TEXT arrives at FD next. */
static void hear(int fd, const char *text)
{
	char have[1024];
	size_t len = strlen(text), got = 0;

	while (got < len) {
		ssize_t n = read(fd, have + got, len - got);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(memcmp(have, text, len), 0);
}

static void hear_end(int fd)
{
	char byte;

	ck_assert_int_eq(read(fd, &byte, 1), 0);
}

static void quit(struct work *w)
{
	say(w->client_in, "QUIT\r\n");
	hear(w->smtpd, "QUIT\r\n");
	say(w->smtpd, "221 bye\r\n");
	close(w->smtpd);
	hear(w->client, "221 bye\r\n");
	/* a pipe ends with the process behind it, which goes by itself */
	if (w->client == w->client_in)
		hear_end(w->client);
	close(w->client_in);
}

START_TEST(words_go_both_ways)
{
	struct work w;

	begin(&w, (enum client)_i, "220 hello\r\n", 60 * CLOCK_SECOND);
	hear(w.client, "220 hello\r\n");
	say(w.client_in, "EHLO x\r\n");
	hear(w.smtpd, "EHLO x\r\n");
	say(w.smtpd, "250-x\r\n250 y\r\n");
	hear(w.client, "250-x\r\n250 y\r\n");
	say(w.client_in, "NOOP\r\n");
	hear(w.smtpd, "NOOP\r\n");
	quit(&w);
	ck_assert_int_eq(end(&w), RELAY_DONE);
}
END_TEST

#define LOAD ((size_t)3 << 20)

static unsigned char pattern(size_t at)
{
	return (unsigned char)((at * 2654435761U) >> 13);
}

static void *load(void *argument)
{
	int fd = *(int *)argument;
	static unsigned char bytes[LOAD];
	size_t sent = 0;

	for (size_t i = 0; i < LOAD; i++)
		bytes[i] = pattern(i);
	while (sent < LOAD) {
		size_t size = LOAD - sent < 70000 ? LOAD - sent : 70000;
		ssize_t n = write(fd, bytes + sent, size);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

static void check_load(int fd)
{
	unsigned char bytes[33333];
	size_t got = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			if (bytes[i] != pattern(got))
				ck_abort_msg("byte %zu", got);
	ck_assert_uint_eq(got, LOAD);
}

/* Both shout at the same time, and the smtpd listens later. */
START_TEST(nothing_is_lost_under_load)
{
	struct work w;
	pthread_t up, down;

	begin(&w, _i ? UNIX : TCP, "", 60 * CLOCK_SECOND);
	pthread_create(&up, NULL, load, &w.client);
	pthread_create(&down, NULL, load, &w.smtpd);
	check_load(w.client);
	check_load(w.smtpd);
	pthread_join(up, NULL);
	pthread_join(down, NULL);
	ck_assert_int_eq(end(&w), RELAY_DONE);
}
END_TEST

/* Who does not read is not written to, and holds up nobody else. */
START_TEST(a_deaf_client_can_still_speak)
{
	struct work w;
	pthread_t down;

	begin(&w, TCP, "", 60 * CLOCK_SECOND);
	pthread_create(&down, NULL, load, &w.smtpd);
	for (int i = 0; i < 100; i++) {
		say(w.client, "are you there?\r\n");
		hear(w.smtpd, "are you there?\r\n");
	}
	check_load(w.client);
	pthread_join(down, NULL);
	close(w.client);
	end(&w);
}
END_TEST

/* What a deaf side makes us hold is bounded. */
START_TEST(back_pressure_reaches_the_sender)
{
	static char bytes[65536];
	struct work w;
	size_t sent = 0;
	ssize_t n;

	begin(&w, TCP, "", 2 * CLOCK_SECOND);
	fcntl(w.client, F_SETFL, O_RDWR | O_NONBLOCK);
	for (;;) {
		struct pollfd room = { .fd = w.client, .events = POLLOUT };

		if (poll(&room, 1, 500) == 0)
			break;
		n = write(w.client, bytes, sizeof(bytes));
		if (n < 0)
			break;
		sent += (size_t)n;
		ck_assert_uint_lt(sent, 64 << 20);
	}
	ck_assert_int_eq(end(&w), RELAY_IDLE);
}
END_TEST

START_TEST(the_end_of_one_side_is_passed_on)
{
	struct work w;

	begin(&w, (enum client)_i, "", 60 * CLOCK_SECOND);
	say(w.client_in, "last words");
	if (_i == PIPES)
		close(w.client_in);
	else
		shutdown(w.client, SHUT_WR);
	hear(w.smtpd, "last words");
	hear_end(w.smtpd);
	say(w.smtpd, "the answer");
	hear(w.client, "the answer");
	say(w.smtpd, "and more");
	close(w.smtpd);
	hear(w.client, "and more");
	hear_end(w.client);
	close(w.client);
	ck_assert_int_eq(end(&w), RELAY_DONE);
}
END_TEST

START_TEST(and_so_is_the_smtpds)
{
	struct work w;

	begin(&w, _i ? UNIX : TCP, "", 60 * CLOCK_SECOND);
	say(w.smtpd, "221 go\r\n");
	shutdown(w.smtpd, SHUT_WR);
	hear(w.client, "221 go\r\n");
	hear_end(w.client);
	say(w.client, "still here");
	hear(w.smtpd, "still here");
	close(w.client);
	hear_end(w.smtpd);
	ck_assert_int_eq(end(&w), RELAY_DONE);
}
END_TEST

START_TEST(silence_ends)
{
	struct work w;
	int64_t start = clock_mono();

	begin(&w, TCP, "220 hello\r\n", 100 * CLOCK_MS);
	hear(w.client, "220 hello\r\n");
	hear_end(w.client);
	close(w.client);
	ck_assert_int_eq(end(&w), RELAY_IDLE);
	ck_assert_int_ge(clock_mono() - start, 100 * CLOCK_MS);
}
END_TEST

/* What the smtpd said last, and what its end then means. */
static const struct {
	const char *why, *said, *answered;
	bool reset;
	enum relay_end end;
} ends[] = {
	{ "in its midst", "250 ok\r\n", "DATA\r\n", false, RELAY_SMTPD_LOST },
	{ "waiting for a command", "250-a\r\n250 ok\r\n", NULL, false,
	  RELAY_SMTPD_LOST },
	{ "in its midst, by a reset", "354 go\r\n", "x\r\n", true,
	  RELAY_SMTPD_LOST },
	{ "it said goodbye", "221 bye\r\n", NULL, false, RELAY_DONE },
	{ "and the client went on", "221 bye\r\n", "NOOP\r\n", true,
	  RELAY_DONE },
	{ "it had enough", "250 ok\r\n421 too many errors\r\n", NULL, false,
	  RELAY_DONE },
	{ "it refused", "554 no\r\n", NULL, false, RELAY_DONE },
	{ "it refused, and was asked again", "554 no\r\n", "QUIT\r\n", true,
	  RELAY_SMTPD_LOST },
	{ "under TLS", "\x17\x03\x03xxx", "\x17\x03\x03yyy", false,
	  RELAY_DONE },
	{ "said nothing at all", NULL, NULL, false, RELAY_SMTPD_LOST },
};

START_TEST(an_smtpds_end_is_judged)
{
	struct work w;

	begin(&w, TCP, "", 60 * CLOCK_SECOND);
	if (ends[_i].said) {
		say(w.smtpd, ends[_i].said);
		hear(w.client, ends[_i].said);
	}
	if (ends[_i].answered) {
		say(w.client, ends[_i].answered);
		hear(w.smtpd, ends[_i].answered);
	}
	if (ends[_i].reset)
		sockets_reset(w.smtpd);
	else
		close(w.smtpd);
	hear_end(w.client);
	close(w.client);
	ck_assert_msg(end(&w) == ends[_i].end, "%s: %d", ends[_i].why, w.end);
}
END_TEST

START_TEST(a_lost_client_ends_it)
{
	struct work w;
	char byte;

	begin(&w, TCP, "", 60 * CLOCK_SECOND);
	say(w.client, "half a li");
	hear(w.smtpd, "half a li");
	if (_i == 1)
		shutdown(w.client, SHUT_WR);
	sockets_reset(w.client);
	ck_assert_int_eq(end(&w), RELAY_CLIENT_LOST);
	ck_assert_int_le(read(w.smtpd, &byte, 1), 0);
}
END_TEST

static const struct {
	const char *why, *said;
	size_t before; /* bytes of mail before it */
	enum relay_end end;
	bool arrives, reset;
} farewells[] = {
	{ "a mail's end", "x\r\n.\r\n", 0, RELAY_CLIENT_LOST, false, false },
	{ "as far as it shows", ".\r\n", 0, RELAY_CLIENT_LOST, false, false },
	{ "behind a long mail", "\r\n.\r\n", 40000, RELAY_CLIENT_LOST, false,
	  false },
	{ "the end of the session", "x\r\n.\r\nQUIT\r\n", 0, RELAY_DONE, true,
	  false },
	{ "within a mail", "x\r\n..\r\n", 0, RELAY_DONE, true, false },
	{ "a line", "NOOP\r\n", 0, RELAY_DONE, true, false },
	{ "half a line", "\r\n", 0, RELAY_DONE, true, false },
	{ "a reset, whatever was said", "x\r\n.\r\nQUIT\r\n", 0,
	  RELAY_CLIENT_LOST, false, true },
};

/* Everything from FD up to its end; the last bytes are in TEXT. */
static size_t drain(int fd, char text[64])
{
	char bytes[63 + 65536];
	size_t total = 0, tail = 0;
	ssize_t n;

	while ((n = read(fd, bytes + tail, 65536)) > 0) {
		size_t have = tail + (size_t)n;

		total += (size_t)n;
		tail = have < 63 ? have : 63;
		memmove(bytes, bytes + have - tail, tail);
	}
	memcpy(text, bytes, tail);
	text[tail] = '\0';
	return total;
}

static void *smtpd_main(void *argument)
{
	static char text[64];
	int fd = *(int *)argument;

	drain(fd, text);
	close(fd);
	return text;
}

/* The end of what is said to FD is there, whoever has the other bytes. */
static void await_leaving(int fd)
{
	struct pollfd left = { .fd = fd, .events = POLLRDHUP };

	ck_assert_int_eq(poll(&left, 1, 10000), 1);
}

/* What the client has said is all there, and its hanging up too. */
START_TEST(a_mail_is_not_taken_from_who_hung_up)
{
	static char mail[40000];
	struct relay relay = { .unsaid = SPAN(""),
			       .idle_limit = 60 * CLOCK_SECOND };
	size_t before = farewells[_i].before;
	int client[2], smtpd[2];
	pthread_t thread;
	void *text;

	memset(mail, 'x', sizeof(mail));
	sockets_tcp_pair(client);
	ck_assert_int_eq(stream_open(&relay.client, client[0], client[0]), 0);
	ck_assert_int_eq(relay_pair(smtpd), 0);
	relay.smtpd = smtpd[0];
	ck_assert_int_eq(write(client[1], mail, before), (ssize_t)before);
	say(client[1], farewells[_i].said);
	if (farewells[_i].reset)
		sockets_reset(client[1]);
	else
		shutdown(client[1], SHUT_WR);
	await_leaving(client[0]);
	ck_assert_int_eq(pthread_create(&thread, NULL, smtpd_main, &smtpd[1]),
			 0);
	ck_assert_msg(relay_run(&relay) == farewells[_i].end, "%s",
		      farewells[_i].why);
	close(smtpd[0]);
	ck_assert_int_eq(pthread_join(thread, &text), 0);
	/* and of what does not arrive not even the dot */
	ck_assert_msg(farewells[_i].arrives
			      ? strstr(text, farewells[_i].said) != NULL
			      : !strstr(text, ".\r\n"),
		      "%s: %s", farewells[_i].why, (char *)text);
	close(client[0]);
	if (!farewells[_i].reset)
		close(client[1]);
}
END_TEST

/* Say TEXT, and wait until the relay has it. */
static void say_whole(struct work *w, const char *text, size_t len)
{
	int waiting = 1;

	ck_assert_int_eq(write(w->client, text, len), (ssize_t)len);
	while (waiting > 0)
		ck_assert_int_eq(ioctl(w->relay.client.in, FIONREAD, &waiting),
				 0);
}

/*
 * The smtpd does not read yet, and takes no more than the first of two. Each is
 * one piece to a socket, which cuts at 32 KB: of two pieces the relay may see
 * the first alone, and leaves the other where it is.
 */
START_TEST(nor_when_its_end_waits_with_us)
{
	static char mail[30000];
	struct work w;
	int small = 1;
	char text[64];

	memset(mail, 'x', sizeof(mail));
	memcpy(mail + sizeof(mail) - 5, "\r\n.\r\n", 5);
	begin(&w, UNIX, "", 60 * CLOCK_SECOND);
	setsockopt(w.relay.smtpd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	say_whole(&w, mail, sizeof(mail));
	say_whole(&w, mail, sizeof(mail));
	close(w.client);
	ck_assert_uint_eq(drain(w.smtpd, text), 2 * sizeof(mail) - 5);
	ck_assert_int_eq(end(&w), RELAY_CLIENT_LOST);
}
END_TEST

START_TEST(the_clients_descriptor_stays_as_it_was)
{
	struct work w;

	begin(&w, TCP, "", 60 * CLOCK_SECOND);
	say(w.client, "x");
	hear(w.smtpd, "x");
	ck_assert_int_eq(fcntl(w.relay.client.in, F_GETFL) & O_NONBLOCK, 0);
	quit(&w);
	ck_assert_int_eq(end(&w), RELAY_DONE);
}
END_TEST

START_TEST(a_pairs_ends_are_not_alike)
{
	int pair[2];

	ck_assert_int_eq(relay_pair(pair), 0);
	ck_assert_int_ne(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_ne(fcntl(pair[i], F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("relay");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_loop_test(tc, words_go_both_ways, 0, CLIENTS);
	tcase_add_loop_test(tc, nothing_is_lost_under_load, 0, 2);
	tcase_add_test(tc, a_deaf_client_can_still_speak);
	tcase_add_test(tc, back_pressure_reaches_the_sender);
	tcase_add_loop_test(tc, the_end_of_one_side_is_passed_on, 0, CLIENTS);
	tcase_add_loop_test(tc, and_so_is_the_smtpds, 0, 2);
	tcase_add_test(tc, silence_ends);
	tcase_add_loop_test(tc, an_smtpds_end_is_judged, 0, ROWS(ends));
	tcase_add_loop_test(tc, a_lost_client_ends_it, 0, 2);
	tcase_add_loop_test(tc, a_mail_is_not_taken_from_who_hung_up, 0,
			    ROWS(farewells));
	tcase_add_test(tc, nor_when_its_end_waits_with_us);
	tcase_add_test(tc, the_clients_descriptor_stays_as_it_was);
	tcase_add_test(tc, a_pairs_ends_are_not_alike);
	return unit_run();
}
