/*
 * attempts - what an intruder in a session would try.
 *
 * Linked into programs of the tests alone, in the place of sandbox_enter
 * (ld --wrap): it locks the process in, tries ATTEMPT where ATTEMPT_ROLE is
 * what it is to become, "session" or "tls", and the session goes on. With
 * ATTEMPT_FREE set it is not locked in, to show that the attempt would work.
 * What comes of it is appended to the file ATTEMPT_RESULT: "tries NAME", then
 * "did" or what errno says, unless the process has ended.
 */
#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

bool __real_sandbox_enter(enum sandbox_role role, struct sandbox_state *ret);
bool __wrap_sandbox_enter(enum sandbox_role role, struct sandbox_state *ret);

static int result = -1; /* the file */
static int spare = -1;	/* a socket made before */

/* Each returns what the system call did, -1 with errno. */

static long try_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long try_create(void)
{
	return open(getenv("ATTEMPT_SCRATCH"), O_RDWR | O_CREAT | O_CLOEXEC,
		    0600);
}

static long try_unlink(void)
{
	return unlink(getenv("ATTEMPT_SCRATCH"));
}

static long try_folder(void)
{
	return mkdir(getenv("ATTEMPT_SCRATCH"), 0700);
}

static long try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return connect(spare, (struct sockaddr *)&to, sizeof(to));
}

static long try_bind(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return bind(spare, (struct sockaddr *)&to, sizeof(to));
}

static long try_send_to(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return sendto(spare, "", 1, 0, (struct sockaddr *)&to, sizeof(to));
}

static long try_exec(void)
{
	dup2(result, STDOUT_FILENO);
	return execl("/bin/echo", "echo", "did", NULL);
}

static long try_fork(void)
{
	long pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long try_kill(void)
{
	return kill(getppid(), 0);
}

static long try_trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_look(void)
{
	char byte, other;
	struct iovec here = { &byte, 1 }, there = { &other, 1 };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0);
}

static long try_run_memory(void)
{
	void *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(m, 4096, PROT_READ | PROT_EXEC);
}

static long try_map_code(void)
{
	void *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return m == MAP_FAILED ? -1 : 0;
}

static long try_limits(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit);
}

static long try_dump(void)
{
	return prctl(PR_SET_DUMPABLE, 0);
}

static long try_own_signals(void)
{
	return fcntl(spare, F_SETOWN, getpid());
}

static long try_option(void)
{
	int yes = 1;

	return setsockopt(spare, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

static long try_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

/* A system call that nobody has heard of: what a new libc may ask for. */
static long try_unknown(void)
{
	return syscall(4000);
}

static long try_memory(void)
{
	void *m = malloc(1 << 20);

	free(m);
	return m ? 0 : -1;
}

static const struct {
	const char *name;
	long (*make)(void);
} attempts[] = {
	{ "open", try_open },
	{ "create", try_create },
	{ "unlink", try_unlink },
	{ "folder", try_folder },
	{ "socket", try_socket },
	{ "pair", try_pair },
	{ "connect", try_connect },
	{ "bind", try_bind },
	{ "send-to", try_send_to },
	{ "exec", try_exec },
	{ "fork", try_fork },
	{ "kill", try_kill },
	{ "trace", try_trace },
	{ "look", try_look },
	{ "run-memory", try_run_memory },
	{ "map-code", try_map_code },
	{ "limits", try_limits },
	{ "dump", try_dump },
	{ "own-signals", try_own_signals },
	{ "option", try_option },
	{ "landlock", try_landlock },
	{ "unknown", try_unknown },
	{ "memory", try_memory },
};

static void tell(const char *what, const char *name)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s%s\n", what, name);

	/* not dprintf, which seeks: that is forbidden as well */
	if (write(result, line, (size_t)n) != n)
		abort();
}

static void attempt(const char *name)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		if (strcmp(attempts[i].name, name) != 0)
			continue;
		tell("tries ", name);
		errno = 0;
		if (attempts[i].make() >= 0)
			tell("did", "");
		else
			tell(strerrorname_np(errno), "");
		return;
	}
	tell("unknown attempt ", name);
}

bool __wrap_sandbox_enter(enum sandbox_role role, struct sandbox_state *ret)
{
	const char *name = getenv("ATTEMPT"), *file = getenv("ATTEMPT_RESULT");
	const char *whose = getenv("ATTEMPT_ROLE");
	bool good = true;

	if (!name || !file || !whose ||
	    (strcmp(whose, "tls") == 0) != (role == SANDBOX_TLS))
		return __real_sandbox_enter(role, ret);
	result = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	spare = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (getenv("ATTEMPT_FREE"))
		*ret = (struct sandbox_state){ 0 };
	else
		good = __real_sandbox_enter(role, ret);
	attempt(name);
	return good;
}
