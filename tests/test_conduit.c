#include "handoff/conduit.h"

#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#define SMALL 65536
#define LARGE (1024 * 1024)

/* Write so many bytes to FD, or less, without waiting. */
static void fill_socket(int fd, size_t size)
{
	static char bytes[4 * LARGE];

	ck_assert_int_gt(send(fd, bytes, size, MSG_DONTWAIT), 0);
}

static int pipe_size(const struct conduit *c)
{
	return fcntl(c->ends[0], F_GETPIPE_SZ);
}

/* All that the conduit holds goes to nobody. */
static void spill(struct conduit *c)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	while (c->held > 0)
		ck_assert_int_gt(conduit_drain(c, nowhere, c->held), 0);
	close(nowhere);
}

START_TEST(bytes_go_through_in_order)
{
	struct conduit c;
	int from[2], to[2];
	char have[8] = "";

	sockets_tcp_pair(from);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, to), 0);
	conduit_open(&c);
	ck_assert(conduit_is_open(&c));
	ck_assert_int_eq(send(from[1], "abcdef", 6, 0), 6);
	ck_assert_int_eq(conduit_fill(&c, from[0]), 6);
	ck_assert_uint_eq(c.held, 6);
	ck_assert_int_eq(conduit_drain(&c, to[0], 4), 4);
	ck_assert_uint_eq(c.held, 2);
	ck_assert_int_eq(read(to[1], have, sizeof(have)), 4);
	ck_assert_str_eq(have, "abcd");
	memset(have, 0, sizeof(have));
	ck_assert_int_eq(conduit_empty(&c, have, sizeof(have)), 2);
	ck_assert_str_eq(have, "ef");
	ck_assert_uint_eq(c.held, 0);
	shutdown(from[1], SHUT_WR);
	ck_assert_int_eq(conduit_fill(&c, from[0]), 0);
	conduit_close(&c);
	ck_assert(!conduit_is_open(&c));
	conduit_close(&c);
}
END_TEST

START_TEST(what_cannot_be_spliced_is_told)
{
	struct conduit c;
	int number = eventfd(1, EFD_CLOEXEC);

	ck_assert_int_ge(number, 0);
	conduit_open(&c);
	ck_assert_int_eq(conduit_fill(&c, number), -EINVAL);
	ck_assert_uint_eq(c.held, 0);
	conduit_close(&c);
	close(number);
}
END_TEST

/* Fill and spill until the pipe is of SIZE, which it must come to. */
static void fill_until(struct conduit *c, int size)
{
	int from[2];

	sockets_tcp_pair(from);
	for (int i = 0; i < 100 && pipe_size(c) != size; i++) {
		fill_socket(from[1], (size_t)4 * LARGE);
		ck_assert_int_gt(conduit_fill(c, from[0]), 0);
		spill(c);
	}
	ck_assert_int_eq(pipe_size(c), size);
	close(from[0]);
	close(from[1]);
}

START_TEST(it_grows_for_who_has_much_to_say)
{
	struct conduit c;
	int from[2];

	conduit_open(&c);
	sockets_tcp_pair(from);
	for (int i = 0; i < 100; i++) {
		fill_socket(from[1], 1000);
		ck_assert_int_gt(conduit_fill(&c, from[0]), 0);
		spill(&c);
	}
	ck_assert_int_eq(pipe_size(&c), SMALL);
	fill_until(&c, LARGE);
	conduit_close(&c);
	close(from[0]);
	close(from[1]);
}
END_TEST

/* As somebody whose pipes hold already what all of them may. */
static int without_room(void)
{
	struct conduit c;
	int from[2];

	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 1;
	conduit_open(&c);
	/* first in large pieces, then until even a new one is not whole */
	for (int size = LARGE; size >= SMALL;) {
		int other[2];

		if (pipe2(other, O_CLOEXEC) < 0)
			return 2;
		if (size == LARGE && fcntl(other[0], F_SETPIPE_SZ, LARGE) < 0)
			size = SMALL;
		if (size == SMALL)
			size = fcntl(other[0], F_GETPIPE_SZ);
	}
	sockets_tcp_pair(from);
	for (int i = 0; i < 20; i++) {
		fill_socket(from[1], 50000);
		if (conduit_fill(&c, from[0]) <= 0)
			return 3;
		spill(&c);
	}
	return pipe_size(&c) == SMALL ? 0 : 4;
}

START_TEST(without_room_it_stays_small)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(without_room());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("conduit");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_test(tc, bytes_go_through_in_order);
	tcase_add_test(tc, what_cannot_be_spliced_is_told);
	tcase_add_test(tc, it_grows_for_who_has_much_to_say);
	tcase_add_test(tc, without_room_it_stays_small);
	return unit_run();
}
