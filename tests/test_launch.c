#include "handoff/launch.h"

#include "probe.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- exec -----------------------------------------------------------------
 */

/* How things stand when the client is handed over. */
enum trouble {
	NO_TROUBLE,
	STDERR_IS_CLIENT,
	STDERR_CLOSED,
	LEAKS,		   /* descriptors of ours are open */
	LEAKS_OLD_KERNEL,  /* and close_range(2) is not there */
	SIGNALS,	   /* ignored, handled and blocked ones, and a timer */
	NONBLOCKING,	   /* the super-server left it so */
	LYING_ENVIRONMENT, /* RELAYCLIENT of somebody else */
	TROUBLES,
};

static const char *const trouble_name[TROUBLES] = {
	"nothing special",
	"standard error is the client",
	"standard error is closed",
	"leaks",
	"leaks, old kernel",
	"signals",
	"non-blocking",
	"lying environment",
};

static void handler(int number)
{
	(void)number;
}

static void make_trouble_with_signals(void)
{
	struct itimerval hour = { .it_value.tv_sec = 3600 };
	sigset_t some;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGSYS, SIG_IGN); /* the last before the real-time ones */
	signal(SIGALRM, handler);
	sigemptyset(&some);
	sigaddset(&some, SIGALRM);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, NULL);
	setitimer(ITIMER_REAL, &hour, NULL);
}

static void forbid_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(9);
}

static void leak(void)
{
	dup2(0, 3);
	dup2(0, 77);
	dup2(0, 500);
}

static void make_trouble(enum trouble trouble)
{
	switch (trouble) {
	case NO_TROUBLE:
	case TROUBLES:
		break;
	case STDERR_IS_CLIENT:
		dup2(0, 2);
		break;
	case STDERR_CLOSED:
		close(2);
		break;
	case LEAKS_OLD_KERNEL:
		forbid_close_range();
		leak();
		break;
	case LEAKS:
		leak();
		break;
	case SIGNALS:
		make_trouble_with_signals();
		break;
	case NONBLOCKING:
		fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK);
		break;
	case LYING_ENVIRONMENT:
		setenv("TCPREMOTEIP", "203.0.113.9", 1);
		setenv("RELAYCLIENT", "", 1);
		break;
	}
}

/* The ways to launch. */
static int in_our_place(const struct program *program, const struct peer *peer)
{
	return launch_exec(program, peer);
}

static int beside_us(const struct program *program, const struct peer *peer)
{
	const struct rlimit files = { 77, 77 };
	int error = 0, status;
	pid_t pid = launch_beside(program, peer, 0, &files, &error);

	if (pid <= 0)
		return pid < 0 ? pid : error;
	/* or the client would not be told that it is over */
	dup2(2, 0);
	dup2(2, 1);
	/* where SIGCHLD is ignored there is nothing to be told */
	if (waitpid(pid, &status, 0) < 0)
		_exit(errno == ECHILD ? 0 : 7);
	_exit(status == 0 ? 0 : 6);
}

typedef int (*launcher)(const struct program *program, const struct peer *peer);

static const launcher launchers[] = { in_our_place, beside_us };

/* In the child: be an smtpd's launcher with the client on 0 and 1. */
static void launch_probe(int client, launcher launch, enum trouble trouble)
{
	char self[] = "/proc/self/exe", word[] = "probe";
	char *argv[] = { self, word, NULL };
	static char *none[] = { NULL };
	struct arena arena = { 0 };
	struct program program = { .argv = argv, .arena = &arena };
	struct peer peer = { .source = PEER_FROM_SOCKET,
			     .stream = { STREAM_TCP, 0, 1 } };
	int null = open("/dev/null", O_RDWR);
	bool port;

	dup2(client, 0);
	dup2(client, 1);
	dup2(null, 2);
	/* what the test itself has open is not the launcher's */
	close_range(3, ~0U, 0);
	environ = none;
	arena_open(&arena, 4096);
	endpoint_parse(SPAN("192.0.2.1:4321"), &peer.client, &port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &port);
	make_trouble(trouble);
	launch(&program, &peer);
	_exit(8);
}

START_TEST(exec_leaves_the_smtpd_what_it_needs)
{
	static char heard[65536];
	enum trouble trouble = (enum trouble)(_i % TROUBLES);
	int pair[2], status;
	size_t got = 0;
	ssize_t n;
	pid_t pid;

	sockets_tcp_pair(pair);
	ck_assert_int_eq(write(pair[1], "EHLO early\r\n", 12), 12);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		launch_probe(pair[0], launchers[_i / TROUBLES], trouble);
	close(pair[0]);
	while ((n = read(pair[1], heard + got, sizeof(heard) - 1 - got)) > 0)
		got += (size_t)n;
	heard[got] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %x",
		      trouble_name[trouble], (unsigned)status);
	ck_assert_msg(strcmp(heard, "arg 0 /proc/self/exe\n"
				    "arg 1 probe\n"
				    "fd 0 socket input\n"
				    "fd 1 socket input\n"
				    "fd 2 device\n"
				    "env PROTO=TCP\n"
				    "env TCPREMOTEIP=192.0.2.1\n"
				    "env TCPREMOTEPORT=4321\n"
				    "env TCPLOCALIP=192.0.2.25\n"
				    "env TCPLOCALPORT=25\n"
				    "input EHLO early\r\n\n") == 0,
		      "%s: %s", trouble_name[trouble], heard);
}
END_TEST

/* ---- what cannot be started -----------------------------------------------
 */

/* What a failed launch leaves as it was. */
struct nobody {
	char name[16];
	char *argv[2];
	struct arena arena;
	struct program program;
	struct peer peer;
};

static void make_nobody(struct nobody *n)
{
	bool port;

	*n = (struct nobody){ .name = "/no/such/smtpd",
			      .peer = { .source = PEER_FROM_SOCKET,
					.stream = { STREAM_TCP, 0, 1 } } };
	n->argv[0] = n->name;
	ck_assert_int_eq(arena_open(&n->arena, 4096), 0);
	n->program = (struct program){ .argv = n->argv, .arena = &n->arena };
	endpoint_parse(SPAN("192.0.2.1:4321"), &n->peer.client, &port);
	n->peer.server = n->peer.client;
}

static void block_one(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* That signal is, and no other. */
static bool blocked_as_before(void)
{
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGUSR1) == 1 &&
	       sigismember(&mask, SIGUSR2) == 0 &&
	       sigismember(&mask, SIGTERM) == 0;
}

START_TEST(a_failed_exec_leaves_us_at_work)
{
	struct nobody n;
	struct sigaction action;
	char reply[8];
	int pair[2], file = open("/dev/null", O_RDWR);

	make_nobody(&n);
	sockets_tcp_pair(pair);
	dup2(pair[0], 0);
	dup2(pair[0], 1);
	block_one();
	ck_assert_int_eq(launch_exec(&n.program, &n.peer), -ENOENT);

	ck_assert_int_ge(fcntl(file, F_GETFD), 0);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_IGN);
	ck_assert(blocked_as_before());
	ck_assert_int_eq(write(1, "421 x\r\n", 7), 7);
	ck_assert_int_eq(read(pair[1], reply, sizeof(reply)), 7);
}
END_TEST

START_TEST(a_failed_start_changes_nothing_here)
{
	static char *environment[] = { NULL };
	const struct rlimit few = { 20, 20 };
	struct nobody n;
	struct rlimit files;
	struct stat before, after;
	struct sigaction action;
	int error = 0, pair[2];

	make_nobody(&n);
	sockets_tcp_pair(pair);
	ck_assert_int_eq(fstat(0, &before), 0);
	signal(SIGPIPE, SIG_IGN);
	block_one();
	environ = environment;
	ck_assert_int_eq(
		launch_beside(&n.program, &n.peer, pair[0], &few, &error), 0);

	ck_assert_int_eq(error, -ENOENT);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert(environ == environment && !environ[0]);
	ck_assert_uint_eq(n.arena.used, 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_uint_ne(files.rlim_cur, few.rlim_cur);
	ck_assert_int_eq(fstat(0, &after), 0);
	ck_assert(before.st_ino == after.st_ino);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_IGN);
	ck_assert(blocked_as_before());
	ck_assert_int_eq(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(what_has_no_room_is_not_started)
{
	struct nobody n;
	int error = 0, fd;

	make_nobody(&n);
	n.arena.size = 64;
	ck_assert_int_eq(launch_exec(&n.program, &n.peer), -ENOMEM);
	ck_assert_int_eq(launch_beside(&n.program, &n.peer, 0, NULL, &error),
			 -ENOMEM);
	ck_assert_int_eq(launch_child(&n.program, &n.peer, &fd), -ENOMEM);
	ck_assert_uint_eq(n.arena.used, 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc;

	if (argc > 1 && strcmp(argv[1], "probe") == 0)
		return probe(argc, argv);
	tc = unit_case("launch");
	tcase_add_loop_test(tc, exec_leaves_the_smtpd_what_it_needs, 0,
			    TROUBLES * ROWS(launchers));
	tcase_add_test(tc, a_failed_exec_leaves_us_at_work);
	tcase_add_test(tc, a_failed_start_changes_nothing_here);
	tcase_add_test(tc, what_has_no_room_is_not_started);
	return unit_run();
}
