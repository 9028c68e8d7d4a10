/*
 * refusing - run a program where the kernel refuses a sandbox, as an old one,
 * a container or a unit around it does.
 *
 *   refusing seccomp|landlock|both PROGRAM [ARG...]
 *
 * By a filter of its own: seccomp filters then cannot be set (EPERM), Landlock
 * is not there (ENOSYS).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERROR(number) BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | (number))
#define LOAD(member)                       \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, member))
/* skip so many when it is not VALUE */
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, value, 0, skip)
#define ALLOW		    BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)

static int refuse(struct sock_filter *code, size_t count)
{
	struct sock_fprog program = { .len = (unsigned short)count,
				      .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	struct sock_filter landlock[] = {
		LOAD(nr),
		UNLESS(SYS_landlock_create_ruleset, 1),
		ERROR(ENOSYS),
		ALLOW,
	};
	struct sock_filter seccomp[] = {
		LOAD(nr),      UNLESS(SYS_seccomp, 1),
		ERROR(EPERM),  UNLESS(SYS_prctl, 3),
		LOAD(args[0]), UNLESS(PR_SET_SECCOMP, 1),
		ERROR(EPERM),  ALLOW,
	};
	bool both;

	if (argc < 3)
		return 2;
	both = strcmp(argv[1], "both") == 0;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if ((both || strcmp(argv[1], "landlock") == 0) &&
	    refuse(landlock, sizeof(landlock) / sizeof(landlock[0])) < 0)
		return 3;
	if ((both || strcmp(argv[1], "seccomp") == 0) &&
	    refuse(seccomp, sizeof(seccomp) / sizeof(seccomp[0])) < 0)
		return 3;
	execvp(argv[2], argv + 2);
	return 4;
}
