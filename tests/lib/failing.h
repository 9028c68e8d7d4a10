/*
 * failing.h - let any one system call of this process fail, for unit tests.
 *
 *	failing_begin(7, 0);
 *	r = what_is_tested();
 *	failed = failing_end();
 *
 * The seventh call of those that may fail (failing_calls.h) is not made, and
 * fails. A seccomp filter turns all of these into SIGSYS, whose handler counts
 * them and makes the others; it stays for as long as the process lives. Calls
 * by syscall(2) are not seen: so are made those of the handler.
 */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include "failing_calls.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FAILING_WORKS		1
#define FAILING_RESULT(machine) ((machine)->gregs[REG_RAX])
#define FAILING_ARGUMENTS(machine)                                            \
	{                                                                     \
		(machine)->gregs[REG_RDI], (machine)->gregs[REG_RSI],         \
			(machine)->gregs[REG_RDX], (machine)->gregs[REG_R10], \
			(machine)->gregs[REG_R8], (machine)->gregs[REG_R9],   \
	}
#elif defined(__aarch64__)
#define FAILING_WORKS		1
#define FAILING_RESULT(machine) ((machine)->regs[0])
#define FAILING_ARGUMENTS(machine)                                          \
	{                                                                   \
		(long)(machine)->regs[0], (long)(machine)->regs[1],         \
			(long)(machine)->regs[2], (long)(machine)->regs[3], \
			(long)(machine)->regs[4], (long)(machine)->regs[5], \
	}
#else
#define FAILING_WORKS 0
#endif

static struct {
	bool ready; /* the filter is there */
	bool on;
	unsigned wanted, count;
	int error; /* or that of the table when 0 */
	const struct failing_call *failed;
} failing;

#ifdef __SANITIZE_ADDRESS__
/* Its search for leaks at the end blocks SIGSYS, and would be killed by it. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return failing.ready;
}
#endif

#if FAILING_WORKS

/* How much of libc's syscall(2) may hold the instruction; it is all of it. */
#define FAILING_STUB 64

static void failing_trapped(int number, siginfo_t *info, void *context)
{
	mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
	long a[6] = FAILING_ARGUMENTS(machine), result;
	int saved = errno;

	(void)number;
	if (failing.on && ++failing.count == failing.wanted) {
		failing.failed =
			failing_call_find((unsigned long)info->si_syscall);
		result =
			failing.error ? -failing.error : -failing.failed->error;
	} else {
		result = syscall(info->si_syscall, a[0], a[1], a[2], a[3], a[4],
				 a[5]);
		if (result == -1)
			result = -errno;
	}
	FAILING_RESULT(machine) = (__typeof__(FAILING_RESULT(machine)))result;
	errno = saved;
}

static void failing_prepare(void)
{
	enum { HEAD = 4, LENGTH = HEAD + FAILING_CALLS + 2 };
	uint32_t stub = (uint32_t)(uintptr_t)syscall;
	struct sock_filter code[LENGTH] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, stub),
		BPF_JUMP(BPF_JMP | BPF_K | BPF_JGE, FAILING_STUB, 0,
			 LENGTH - 2 - 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = LENGTH, .filter = code };
	struct sigaction trap = { .sa_sigaction = failing_trapped,
				  .sa_flags = SA_SIGINFO | SA_NODEFER };

	for (unsigned i = 0; i < FAILING_CALLS; i++)
		code[HEAD + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_K | BPF_JEQ,
			(uint32_t)failing_calls[i].number,
			(uint8_t)(FAILING_CALLS - i), 0);
	code[LENGTH - 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							SECCOMP_RET_ALLOW);
	code[LENGTH - 1] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
	if (sigaction(SIGSYS, &trap, NULL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		abort();
	failing.ready = true;
}

#else

static void failing_prepare(void)
{
}

#endif

/* From now on call number WANTED, from 1, fails with ERROR; 0: with its own. */
static inline void failing_begin(unsigned wanted, int error)
{
	if (!failing.ready)
		failing_prepare();
	failing.wanted = wanted;
	failing.count = 0;
	failing.error = error;
	failing.failed = NULL;
	failing.on = true;
}

/* No more. What has failed, as "openat ENFILE"; NULL when so many calls were
 * not made. */
static inline const char *failing_end(void)
{
	failing.on = false;
	return failing.failed ? failing.failed->text : NULL;
}

/* How many descriptors are open? To see that none was left. */
static inline unsigned failing_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	unsigned count = 0;

	while (all && readdir(all))
		count++;
	if (all)
		closedir(all);
	return count;
}

#endif
