#include "net/stream.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Longer than any of these tests may take; never waited for. */
#define LONG (20 * CLOCK_SECOND)

/* The client's end of a stream, and the stream. */
struct ends {
	struct stream s;
	int say, hear; /* what the client writes to and reads from */
};

static int fresh_file(void)
{
	char path[] = "/tmp/test_stream.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	return fd;
}

static struct ends ends_of(enum stream_kind kind)
{
	struct ends e;
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };

	switch (kind) {
	case STREAM_TCP:
	case STREAM_LOCAL:
		if (kind == STREAM_TCP)
			sockets_tcp_pair(in);
		else
			ck_assert_int_eq(
				socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
		out[0] = in[1];
		out[1] = in[0];
		break;
	case STREAM_PIPE:
		ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
		ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
		break;
	case STREAM_FILE:
		in[0] = in[1] = fresh_file();
		out[0] = out[1] = fresh_file();
		break;
	case STREAM_OTHER:
		in[0] = in[1] = open("/dev/zero", O_RDWR | O_CLOEXEC);
		out[0] = out[1] = in[0];
		break;
	}
	ck_assert_int_eq(stream_open(&e.s, in[0], out[1]), 0);
	ck_assert_int_eq(e.s.kind, kind);
	e.say = in[1];
	e.hear = out[0];
	return e;
}

static void say(struct ends *e, const char *text)
{
	size_t len = strlen(text);

	if (e->s.kind == STREAM_FILE)
		ck_assert_int_eq(pwrite(e->say, text, len, 0), (ssize_t)len);
	else
		ck_assert_int_eq(write(e->say, text, len), (ssize_t)len);
}

static const enum stream_kind kinds[] = { STREAM_TCP, STREAM_LOCAL, STREAM_PIPE,
					  STREAM_FILE };

START_TEST(peek_leaves_every_byte)
{
	struct ends e = ends_of(kinds[_i]);
	char seen[64];
	ssize_t n;

	say(&e, "EHLO early\r\n");
	for (int i = 0; i < 3; i++) {
		n = stream_peek(&e.s, seen, sizeof(seen));
		ck_assert_int_eq(n, 12);
		ck_assert_int_eq(memcmp(seen, "EHLO early\r\n", 12), 0);
	}
	n = stream_peek(&e.s, seen, 4);
	ck_assert_int_eq(n, 4);

	/* taking some moves the view, and nothing else does */
	ck_assert_int_eq(stream_read(&e.s, seen, 5, CLOCK_NEVER), 5);
	n = stream_peek(&e.s, seen, sizeof(seen));
	ck_assert_int_eq(n, 7);
	ck_assert_int_eq(memcmp(seen, "early\r\n", 7), 0);
	n = stream_read(&e.s, seen, sizeof(seen), CLOCK_NEVER);
	ck_assert_int_eq(n, 7);
}
END_TEST

START_TEST(peek_waits_for_nothing)
{
	struct ends e = ends_of(kinds[_i]);
	char seen[8];

	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)),
			 kinds[_i] == STREAM_FILE ? 0 : -EAGAIN);
}
END_TEST

START_TEST(peek_sees_bytes_before_the_end)
{
	struct ends e = ends_of(kinds[_i]);
	char seen[8];

	say(&e, "QUIT");
	if (e.s.kind == STREAM_TCP || e.s.kind == STREAM_LOCAL)
		shutdown(e.say, SHUT_WR); /* half closed: it still listens */
	else if (e.s.kind == STREAM_PIPE)
		close(e.say);
	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)), 4);
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), LONG), 4);
	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)), 0);
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), CLOCK_NEVER), 0);
	ck_assert_int_eq(stream_write(&e.s, SPAN("221 bye\r\n"), CLOCK_NEVER),
			 0);
}
END_TEST

START_TEST(peek_sees_many_small_pieces)
{
	struct ends e = ends_of(STREAM_PIPE);
	char seen[64] = "";

	for (int i = 0; i < 10; i++)
		say(&e, "ab");
	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)), 20);
	ck_assert_str_eq(seen, "abababababababababab");
}
END_TEST

START_TEST(peek_refuses_what_it_would_take)
{
	struct ends e = ends_of(STREAM_OTHER);
	char seen[8];

	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)), -EOPNOTSUPP);
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), CLOCK_NEVER), 8);
}
END_TEST

/* Send the rest when the other side waits for it, from a process of its own. */
static pid_t say_later(struct ends *e, const char *text)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (; *text; text++) {
			poll(NULL, 0, 20);
			if (write(e->say, text, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	return pid;
}

START_TEST(peek_beyond_waits_for_more)
{
	struct ends e = ends_of(kinds[_i]);
	int64_t deadline = clock_mono() + LONG;
	size_t have = 2;
	char seen[8] = "";
	int mark = 0;
	pid_t pid;

	if (kinds[_i] == STREAM_FILE)
		return;
	say(&e, "ab");
	ck_assert_int_eq(stream_peek_beyond(&e.s, seen, sizeof(seen), 2,
					    clock_mono() + 5 * CLOCK_MS),
			 -ETIMEDOUT);
	pid = say_later(&e, "cde");
	while (have < 5) {
		ssize_t n = stream_peek_beyond(&e.s, seen, sizeof(seen), have,
					       deadline);

		ck_assert_int_gt(n, (ssize_t)have);
		have = (size_t)n;
	}
	ck_assert_str_eq(seen, "abcde");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	if (kinds[_i] != STREAM_TCP)
		return;
	/* the smtpd would inherit it, and wait for more than one byte */
	ck_assert_int_eq(getsockopt(e.s.in, SOL_SOCKET, SO_RCVLOWAT, &mark,
				    &(socklen_t){ sizeof(mark) }),
			 0);
	ck_assert_int_eq(mark, 1);
}
END_TEST

START_TEST(peek_beyond_knows_the_end)
{
	struct ends e = ends_of(kinds[_i]);
	char seen[8];

	if (kinds[_i] == STREAM_FILE)
		return; /* it may always grow */
	say(&e, "ab");
	if (e.s.kind == STREAM_PIPE)
		close(e.say);
	else
		shutdown(e.say, SHUT_WR);
	ck_assert_int_eq(stream_peek_beyond(&e.s, seen, sizeof(seen), 0,
					    CLOCK_NEVER),
			 2);
	ck_assert_int_eq(stream_peek_beyond(&e.s, seen, sizeof(seen), 2,
					    CLOCK_NEVER),
			 2);
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), 0), 2);
	ck_assert_int_eq(stream_peek_beyond(&e.s, seen, sizeof(seen), 0,
					    CLOCK_NEVER),
			 0);
}
END_TEST

START_TEST(a_reset_is_an_error)
{
	struct ends e = ends_of(STREAM_TCP);
	char seen[8];

	sockets_reset(e.say);
	ck_assert_int_gt(fdio_wait(e.s.in, POLLIN, clock_mono() + LONG), 0);
	ck_assert_int_eq(stream_peek(&e.s, seen, sizeof(seen)), -ECONNRESET);
	ck_assert_int_lt(stream_write(&e.s, SPAN("421 x\r\n"), CLOCK_NEVER), 0);
}
END_TEST

START_TEST(read_ends_at_its_deadline)
{
	struct ends e = ends_of(kinds[_i]);
	char seen[8];

	if (kinds[_i] == STREAM_FILE)
		return; /* always ready */
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), 0), -ETIMEDOUT);
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen),
				     clock_mono() + 5 * CLOCK_MS),
			 -ETIMEDOUT);
	say(&e, "x");
	ck_assert_int_eq(stream_read(&e.s, seen, sizeof(seen), 0), 1);
}
END_TEST

START_TEST(write_ends_at_its_deadline)
{
	static char much[1 << 20];
	struct ends e = ends_of(kinds[_i]);
	struct span all = { much, sizeof(much) };
	int r = 0;

	/* nobody reads, and the kernel's buffers are finite */
	for (int i = 0; r == 0 && i < 64; i++)
		r = stream_write(&e.s, all, clock_mono() + 5 * CLOCK_MS);
	ck_assert_int_eq(r, kinds[_i] == STREAM_FILE ? 0 : -ETIMEDOUT);
	/* and no flag of the shared open file was touched for that */
	ck_assert_int_eq(fcntl(e.s.out, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(e.s.in, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(write_delivers_every_byte)
{
	static char bytes[20000], heard[sizeof(bytes)];
	struct ends e = ends_of(kinds[_i]);
	struct span all = { bytes, sizeof(bytes) };
	size_t got = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	ck_assert_int_eq(stream_write(&e.s, all, clock_mono() + LONG), 0);
	if (e.s.kind == STREAM_FILE)
		lseek(e.hear, 0, SEEK_SET);
	while (got < sizeof(heard)) {
		ssize_t n = read(e.hear, heard + got, sizeof(heard) - got);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(memcmp(bytes, heard, sizeof(bytes)), 0);
}
END_TEST

START_TEST(input_and_output_may_differ)
{
	struct ends in = ends_of(STREAM_PIPE);
	struct ends out = ends_of(kinds[_i]);
	struct stream s;
	char seen[8];

	ck_assert_int_eq(stream_open(&s, in.s.in, out.s.out), 0);
	say(&in, "QUIT");
	ck_assert_int_eq(stream_peek(&s, seen, sizeof(seen)), 4);
	ck_assert_int_eq(stream_write(&s, SPAN("221"), CLOCK_NEVER), 0);
	if (kinds[_i] == STREAM_FILE)
		lseek(out.hear, 0, SEEK_SET);
	ck_assert_int_eq(read(out.hear, seen, sizeof(seen)), 3);

	/* a socket in front, and a pipe for the replies */
	ck_assert_int_eq(stream_open(&s, out.s.in, in.s.out), 0);
	ck_assert_int_eq(stream_write(&s, SPAN("221"), CLOCK_NEVER), 0);
	ck_assert_int_eq(read(in.hear, seen, sizeof(seen)), 3);
	stream_finish(&s, 0);
}
END_TEST

START_TEST(a_gone_reader_is_an_error)
{
	struct ends e = ends_of(kinds[_i]);

	if (kinds[_i] == STREAM_FILE)
		return;
	if (kinds[_i] == STREAM_PIPE)
		signal(SIGPIPE, SIG_IGN); /* sockets must do without */
	close(e.hear);
	if (kinds[_i] == STREAM_TCP) {
		/* the first one earns a reset, the second hears of it */
		stream_write(&e.s, SPAN("x"), CLOCK_NEVER);
		fdio_wait(e.s.in, POLLHUP, clock_mono() + LONG);
	}
	ck_assert_int_eq(stream_write(&e.s, SPAN("x"), CLOCK_NEVER), -EPIPE);
}
END_TEST

/* What stream_open says about descriptors that carry no client. */
START_TEST(open_names_what_cannot_be)
{
	struct stream s = { .in = -7 };
	struct sockaddr_in at;
	int pair[2], fd;

	ck_assert_int_eq(stream_open(&s, 999, 1), -EBADF);
	ck_assert_int_eq(stream_open(&s, sockets_listen(&at), 1),
			 -EDESTADDRREQ);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(stream_open(&s, fd, 1), -ENOTCONN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	ck_assert_int_eq(stream_open(&s, pair[0], 1), -ESOCKTNOSUPPORT);
	ck_assert_int_eq(s.in, -7);

	sockets_tcp_pair(pair);
	sockets_reset(pair[1]);
	ck_assert_int_gt(fdio_wait(pair[0], POLLIN, clock_mono() + LONG), 0);
	ck_assert_int_eq(stream_open(&s, pair[0], 1), -ENOTCONN);
}
END_TEST

/* The client talks and talks, and hears the last reply all the same. */
START_TEST(finish_delivers_the_last_reply)
{
	static char chatter[100000];
	struct ends e = ends_of(kinds[_i]);
	size_t size = sizeof(chatter);
	char heard[64];
	ssize_t n;

	if (kinds[_i] == STREAM_PIPE || kinds[_i] == STREAM_FILE)
		return;
	memset(chatter, 'x', sizeof(chatter));
	/* so much that TCP has all of it here, and no more is on its way */
	if (kinds[_i] == STREAM_TCP)
		size = 30000;
	ck_assert_int_gt(send(e.say, chatter, size, MSG_DONTWAIT), 0);
	ck_assert_int_eq(
		stream_write_last(&e.s, SPAN("521 go\r\n"), CLOCK_NEVER), 0);
	ck_assert_int_gt(fdio_wait(e.s.in, POLLIN, clock_mono() + LONG), 0);
	stream_finish(&e.s, 0);
	close(e.s.in);
	n = read(e.hear, heard, sizeof(heard));
	ck_assert_int_eq(n, 8);
	ck_assert_int_eq(memcmp(heard, "521 go\r\n", 8), 0);
	ck_assert_int_eq(read(e.hear, heard, sizeof(heard)), 0);
}
END_TEST

START_TEST(finish_ends_when_the_client_closes)
{
	struct ends e = ends_of(kinds[_i]);
	int64_t start = clock_mono();

	if (kinds[_i] == STREAM_TCP || kinds[_i] == STREAM_LOCAL)
		shutdown(e.say, SHUT_WR);
	stream_finish(&e.s, start + LONG);
	ck_assert_int_lt(clock_mono() - start, LONG / 2);
}
END_TEST

START_TEST(finish_leaves_an_endless_client)
{
	static char chatter[4096];
	struct ends e = ends_of(STREAM_LOCAL);
	int64_t start = clock_mono();
	pid_t pid = fork();

	if (pid == 0) {
		while (write(e.say, chatter, sizeof(chatter)) > 0)
			;
		_exit(0);
	}
	close(e.say);
	stream_finish(&e.s, start + LONG);
	ck_assert_int_lt(clock_mono() - start, LONG / 2);
	close(e.s.in);
	kill(pid, SIGKILL);
}
END_TEST

START_TEST(reaches_knows_the_client)
{
	struct ends tcp = ends_of(STREAM_TCP), local = ends_of(STREAM_LOCAL);
	struct ends pipes = ends_of(STREAM_PIPE), file = ends_of(STREAM_FILE);
	int copy = dup(local.s.out), null = open("/dev/null", O_RDWR);

	ck_assert(stream_reaches(tcp.s.out, local.s.in, true));
	ck_assert(stream_reaches(copy, local.s.in, true));
	ck_assert(!stream_reaches(local.say, local.s.in, false));
	ck_assert(stream_reaches(pipes.s.out, pipes.s.out, false));
	ck_assert(!stream_reaches(pipes.s.out, pipes.s.out, true));
	ck_assert(!stream_reaches(pipes.s.out, pipes.s.in, false));
	ck_assert(stream_reaches(file.s.out, file.s.out, false));
	ck_assert(!stream_reaches(null, null, false));
	ck_assert(!stream_reaches(999, 999, false));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("stream");

	tcase_add_loop_test(tc, peek_leaves_every_byte, 0, ROWS(kinds));
	tcase_add_loop_test(tc, peek_waits_for_nothing, 0, ROWS(kinds));
	tcase_add_loop_test(tc, peek_sees_bytes_before_the_end, 0, ROWS(kinds));
	tcase_add_test(tc, peek_sees_many_small_pieces);
	tcase_add_test(tc, peek_refuses_what_it_would_take);
	tcase_add_loop_test(tc, peek_beyond_waits_for_more, 0, ROWS(kinds));
	tcase_add_loop_test(tc, peek_beyond_knows_the_end, 0, ROWS(kinds));
	tcase_add_test(tc, a_reset_is_an_error);
	tcase_add_loop_test(tc, read_ends_at_its_deadline, 0, ROWS(kinds));
	tcase_add_loop_test(tc, write_ends_at_its_deadline, 0, ROWS(kinds));
	tcase_add_loop_test(tc, write_delivers_every_byte, 0, ROWS(kinds));
	tcase_add_loop_test(tc, input_and_output_may_differ, 0, ROWS(kinds));
	tcase_add_loop_test(tc, a_gone_reader_is_an_error, 0, ROWS(kinds));
	tcase_add_test(tc, open_names_what_cannot_be);
	tcase_add_loop_test(tc, finish_delivers_the_last_reply, 0, ROWS(kinds));
	tcase_add_loop_test(tc, finish_ends_when_the_client_closes, 0,
			    ROWS(kinds));
	tcase_add_test(tc, finish_leaves_an_endless_client);
	tcase_add_test(tc, reaches_knows_the_client);
	return unit_run();
}
