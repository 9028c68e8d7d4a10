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

/* In the child: be an smtpd's launcher with the client on 0 and 1. */
static void launch_probe(int client, enum trouble trouble)
{
	char self[] = "/proc/self/exe", word[] = "probe";
	char *argv[] = { self, word, NULL };
	struct program program = { .argv = argv };
	struct peer peer = { .source = PEER_FROM_SOCKET };
	int null = open("/dev/null", O_RDWR);
	bool port;

	dup2(client, 0);
	dup2(client, 1);
	dup2(null, 2);
	/* what the test itself has open is not the launcher's */
	close_range(3, ~0U, 0);
	clearenv();
	endpoint_parse(SPAN("192.0.2.1:4321"), &peer.client, &port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &port);
	make_trouble(trouble);
	launch_exec(&program, &peer);
	_exit(8);
}

START_TEST(exec_leaves_the_smtpd_what_it_needs)
{
	static char heard[65536];
	int pair[2], status;
	size_t got = 0;
	ssize_t n;
	pid_t pid;

	sockets_tcp_pair(pair);
	ck_assert_int_eq(write(pair[1], "EHLO early\r\n", 12), 12);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		launch_probe(pair[0], (enum trouble)_i);
	close(pair[0]);
	while ((n = read(pair[1], heard + got, sizeof(heard) - 1 - got)) > 0)
		got += (size_t)n;
	heard[got] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %x",
		      trouble_name[_i], (unsigned)status);
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
		      "%s: %s", trouble_name[_i], heard);
}
END_TEST

START_TEST(a_failed_exec_leaves_us_at_work)
{
	char none[] = "/no/such/smtpd";
	char *argv[] = { none, NULL };
	struct program program = { .argv = argv };
	struct peer peer = { .source = PEER_FROM_SOCKET };
	struct sigaction action;
	char reply[8];
	bool port;
	int pair[2], file = open("/dev/null", O_RDWR);
	sigset_t mask;

	sockets_tcp_pair(pair);
	dup2(pair[0], 0);
	dup2(pair[0], 1);
	endpoint_parse(SPAN("192.0.2.1:4321"), &peer.client, &port);
	peer.server = peer.client;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	ck_assert_int_eq(launch_exec(&program, &peer), -ENOENT);

	ck_assert_int_ge(fcntl(file, F_GETFD), 0);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ck_assert_int_eq(sigismember(&mask, SIGUSR1), 1);
	ck_assert_int_eq(write(1, "421 x\r\n", 7), 7);
	ck_assert_int_eq(read(pair[1], reply, sizeof(reply)), 7);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc;

	if (argc > 1 && strcmp(argv[1], "probe") == 0)
		return probe(argc, argv);
	tc = unit_case("launch");
	tcase_add_loop_test(tc, exec_leaves_the_smtpd_what_it_needs, 0,
			    TROUBLES);
	tcase_add_test(tc, a_failed_exec_leaves_us_at_work);
	return unit_run();
}
