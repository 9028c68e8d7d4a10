#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run WHAT in a process of its own; what waitpid says of it. */
static int alone(void (*what)(void))
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		what();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* In the child, whose exit status then tells. */
#define must(condition)            \
	do {                       \
		if (!(condition))  \
			_exit(99); \
	} while (0)

static int tcp;

static bool connects(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return connect(tcp, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	       errno == ECONNREFUSED;
}

static void landlock_alone(void)
{
	char byte;
	int open_before = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	must(open_before >= 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	must(landlock_enter() == 0);
	must(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	must(open("/dev/null", O_WRONLY | O_CLOEXEC) < 0 && errno == EACCES);
	must(execl("/bin/true", "true", NULL) < 0 && errno == EACCES);
	must(read(open_before, &byte, 1) == 1);
	if (landlock_version() >= 4)
		must(!connects() && errno == EACCES);
	if (landlock_version() >= 6)
		must(kill(getppid(), 0) < 0 && errno == EPERM);
}

/* Each net must hold alone, so that a hole in one is none in both. */
START_TEST(landlock_holds_alone)
{
	if (landlock_version() < 0)
		return;
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(alone(landlock_alone), 0);
	close(tcp);
}
END_TEST

static void be_a_service(void)
{
	struct sandbox_state state;
	int pair[2], status;
	pid_t child;

	must(sandbox_enter(SANDBOX_SERVICE, &state));
	/* what it needs */
	must(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0);
	child = fork();
	if (child == 0)
		_exit(7);
	must(child > 0 && waitpid(child, &status, 0) == child &&
	     WEXITSTATUS(status) == 7);
	/* what an intruder would */
	must(kill(getppid(), 0) < 0 && errno == EPERM);
	must(unshare(CLONE_NEWUSER) < 0 && errno == EPERM);
	must(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0 &&
	     errno == EPERM);
	must(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	     errno == EPERM);
	execl("/bin/true", "true", NULL);
}

static void forbid_exec(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	must(landlock_enter_without_exec() == 0);
	must(open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0);
	must(execl("/bin/true", "true", NULL) < 0 && errno == EACCES);
}

/* It works on, but becomes no other program. */
START_TEST(a_service_starts_nothing)
{
	struct sandbox_state state;
	int status;

#ifdef __SANITIZE_ADDRESS__
	return;
#endif
	if (!sandbox_try(SANDBOX_SERVICE, &state))
		return;
	ck_assert_int_eq(alone(forbid_exec), 0);
	status = alone(be_a_service);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
		      "ended with %d", status);
}
END_TEST

START_TEST(trying_it_changes_nothing)
{
	struct sandbox_state state;

	/* whatever the kernel says, trying has not locked us in */
	sandbox_try(SANDBOX_SESSION, &state);
	sandbox_try(SANDBOX_TLS, &state);
	ck_assert_int_eq(access("/etc/passwd", R_OK), 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}
END_TEST

static const struct {
	struct sandbox_state state;
	const char *text;
} lacks[] = {
	{ { 0, 0 }, "" },
	{ { -EINVAL, 0 }, "no seccomp filter (Invalid argument)" },
	{ { 0, -ENOSYS }, "no Landlock (Function not implemented)" },
	{ { -EPERM, -EOPNOTSUPP },
	  "no seccomp filter (Operation not permitted), no Landlock (Operation "
	  "not supported)" },
};

START_TEST(what_is_missing_is_described)
{
	char memory[256];
	struct sbuf text = SBUF(memory);

	sandbox_describe(&lacks[_i].state, &text);
	ck_assert_span(sbuf_span(&text), lacks[_i].text);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("sandbox");

	tcase_add_test(tc, landlock_holds_alone);
	tcase_add_test(tc, a_service_starts_nothing);
	tcase_add_test(tc, trying_it_changes_nothing);
	tcase_add_loop_test(tc, what_is_missing_is_described, 0, ROWS(lacks));
	return unit_run();
}
