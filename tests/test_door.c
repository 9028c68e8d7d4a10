#include "tls/door.h"

#include "base/clock.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static const struct conf_input input = { .file = "/nonexistent", .stress = "" };

static struct arena arena;
static struct sockaddr_un at;
static int listener;

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 1 << 20), 0);
	/* a name of the kernel's choice, without a file */
	at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(listener, (struct sockaddr *)&at, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(listen(listener, 200), 0);
}

static void teardown(void)
{
	close(listener);
	arena_close(&arena);
}

static int client(void)
{
	socklen_t len = sizeof(at);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len),
			 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, len), 0);
	return fd;
}

/* Would reading from FD find its end, within half a minute? */
static bool is_closed(int fd)
{
	struct timeval patience = { .tv_sec = 30 };
	char byte;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return recv(fd, &byte, 1, 0) == 0;
}

static const struct {
	const char *why;
	struct door_times times;
} reasons[] = {
	{ "nothing to do", { CLOCK_MS, CLOCK_NEVER / 4, CLOCK_NEVER / 4 } },
	{ "the usual time", { CLOCK_NEVER / 4, CLOCK_MS, CLOCK_NEVER / 4 } },
	{ "the longest time", { CLOCK_NEVER / 4, CLOCK_NEVER / 4, CLOCK_MS } },
};

START_TEST(it_leaves_in_time)
{
	ck_assert_int_eq(door_run(listener, &input, &arena, &reasons[_i].times),
			 EX_OK);
}
END_TEST

/* Whoever says nothing of ours is served by a process that ends. */
START_TEST(it_serves_and_goes_on)
{
	const struct door_times times = { 300 * CLOCK_MS, CLOCK_NEVER / 4,
					  CLOCK_NEVER / 4 };
	int fd[2] = { client(), client() };

	for (int i = 0; i < 2; i++)
		shutdown(fd[i], SHUT_WR);
	ck_assert_int_eq(door_run(listener, &input, &arena, &times), EX_OK);
	for (int i = 0; i < 2; i++) {
		ck_assert(is_closed(fd[i]));
		close(fd[i]);
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* A session that runs keeps it, but not longer than that. */
START_TEST(a_session_keeps_it_until_the_last)
{
	const struct door_times times = { CLOCK_MS, CLOCK_MS, 300 * CLOCK_MS };
	int64_t start = clock_mono();
	int fd = client();

	ck_assert_int_eq(door_run(listener, &input, &arena, &times), EX_OK);
	ck_assert_int_ge(clock_mono() - start, times.most);
	close(fd);
	/* it holds our ends too, so it waits: Check ends it with this test */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), 0);
}
END_TEST

START_TEST(too_many_are_closed_at_once)
{
	const struct door_times never = { CLOCK_NEVER / 4, CLOCK_NEVER / 4,
					  CLOCK_NEVER / 4 };
	int fd[DOOR_SESSIONS + 1];
	pid_t door;

	for (int i = 0; i <= DOOR_SESSIONS; i++)
		fd[i] = client();
	door = fork();
	ck_assert_int_ge(door, 0);
	if (door == 0)
		_exit(door_run(listener, &input, &arena, &never));
	ck_assert(is_closed(fd[DOOR_SESSIONS]));
	kill(door, SIGKILL);
	ck_assert_int_eq(waitpid(door, NULL, 0), door);
	for (int i = 0; i <= DOOR_SESSIONS; i++)
		close(fd[i]);
}
END_TEST

static const struct {
	const char *why, *pid, *fds;
	bool listening, found;
} starts[] = {
	{ "systemd's", "ours", "1", true, true },
	{ "for somebody else", "1", "1", true, false },
	{ "two of them", "ours", "2", true, false },
	{ "none", "ours", "0", true, false },
	{ "nonsense", "ours", "one", true, false },
	{ "does not listen", "ours", "1", false, false },
	{ "nothing said", NULL, NULL, true, false },
};

START_TEST(the_listener_is_systemds)
{
	char pid[32];
	int pair[2];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(dup2(starts[_i].listening ? listener : pair[0], 3), 3);
	if (starts[_i].pid) {
		setenv("LISTEN_PID",
		       strcmp(starts[_i].pid, "ours") == 0 ? pid
							   : starts[_i].pid,
		       1);
		setenv("LISTEN_FDS", starts[_i].fds, 1);
		setenv("LISTEN_FDNAMES", "x", 1);
	}
	ck_assert_msg(door_listener() == (starts[_i].found ? 3 : -1), "%s",
		      starts[_i].why);
	if (starts[_i].found)
		ck_assert_int_eq(fcntl(3, F_GETFD), FD_CLOEXEC);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("door");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, it_leaves_in_time, 0, ROWS(reasons));
	tcase_add_test(tc, it_serves_and_goes_on);
	tcase_add_test(tc, a_session_keeps_it_until_the_last);
	tcase_add_test(tc, too_many_are_closed_at_once);
	tcase_add_loop_test(tc, the_listener_is_systemds, 0, ROWS(starts));
	return unit_run();
}
