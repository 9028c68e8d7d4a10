/*
 * fail_call - run a program in which one system call fails.
 *
 *	fail_call NUMBER FILE PROGRAM ARGUMENT...
 *
 * The one that is number NUMBER, from 1 on, of those that may fail
 * (failing_calls.h), counted from the first prctl(2) on: what libc does before
 *main is not counted. Which it was is written to FILE, "openat ENFILE"; nothing
 *when there were not so many. Children, and what the program becomes by exec,
 *are left alone. Ends as PROGRAM does.
 */
#include "failing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static void tell(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(file);
	close(fd);
}

/* The process stands before a call: let the kernel see none in its place. */
static void skip(pid_t child)
{
	if (ptrace(PTRACE_POKEUSER, child,
		   offsetof(struct user_regs_struct, orig_rax), -1L) < 0)
		die("skip");
}

static void answer(pid_t child, int error)
{
	if (ptrace(PTRACE_POKEUSER, child,
		   offsetof(struct user_regs_struct, rax), (long)-error) < 0)
		die("answer");
}

/* Which call does the process stand before? False: behind one. */
static bool stands_before(pid_t child, unsigned long *ret)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) <= 0)
		die("look");
	*ret = info.entry.nr;
	return info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* How it went: what waitpid tells when it has ended. */
static int watch(pid_t child, unsigned wanted, const char *file)
{
	const struct failing_call *failing = NULL;
	int status, signal_in = 0;
	unsigned count = 0;
	bool begun = false;

	for (;;) {
		const struct failing_call *c;
		unsigned long number;

		if (ptrace(PTRACE_SYSCALL, child, 0, (long)signal_in) < 0 ||
		    waitpid(child, &status, 0) < 0)
			die("wait");
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return status;
		signal_in = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			break; /* it is another program */
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			signal_in = WSTOPSIG(status);
			continue;
		}
		if (failing) {
			answer(child, failing->error);
			break; /* once is enough */
		}
		if (!stands_before(child, &number))
			continue;
		begun = begun || number == SYS_prctl;
		c = failing_call_find(number);
		if (begun && c && ++count == wanted) {
			tell(file, c->text);
			skip(child);
			failing = c;
		}
	}
	if (ptrace(PTRACE_DETACH, child, 0, 0) < 0 ||
	    waitpid(child, &status, 0) < 0)
		die("wait");
	return status;
}

int main(int argc, char **argv)
{
	char pid[16];
	int status;
	pid_t child;

	if (argc < 4)
		return 125;
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			die("ptrace");
		raise(SIGSTOP);
		/* what a service manager has opened is for the program */
		if (getenv("LISTEN_FDS")) {
			snprintf(pid, sizeof(pid), "%d", getpid());
			setenv("LISTEN_PID", pid, 1);
		}
		execvp(argv[3], argv + 3);
		die(argv[3]);
	}
	/* the client is the program's alone */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		die("trace");
	/* its first exec is ours */
	if (ptrace(PTRACE_CONT, child, 0, 0) < 0 ||
	    waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
			   PTRACE_O_TRACEEXEC) < 0)
		die("exec");
	status = watch(child, (unsigned)atoi(argv[1]), argv[2]);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	signal(WTERMSIG(status), SIG_DFL);
	kill(getpid(), WTERMSIG(status));
	return 125;
}

#else

int main(void)
{
	return 77; /* not on this machine */
}

#endif
