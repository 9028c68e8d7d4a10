/*
 * failing_calls.h - system calls that may fail, and what they fail with in the
 * field.
 */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#define FAILING_CALL(name, error)                    \
	{                                            \
		SYS_##name, error, #name " " #error, \
	}

static const struct failing_call {
	unsigned long number;
	int error;
	const char *text;
} failing_calls[] = {
	FAILING_CALL(openat, ENFILE),
	FAILING_CALL(read, EIO),
	FAILING_CALL(pread64, EIO),
	FAILING_CALL(write, EIO),
	FAILING_CALL(pwrite64, ENOSPC),
	FAILING_CALL(lseek, ESPIPE),
	FAILING_CALL(fstat, EIO),
	FAILING_CALL(newfstatat, EIO),
	FAILING_CALL(statfs, EIO),
	FAILING_CALL(fstatfs, EIO),
	FAILING_CALL(getdents64, EIO),
	FAILING_CALL(fcntl, ENOLCK),
	FAILING_CALL(flock, ENOLCK),
	FAILING_CALL(fsync, EIO),
	FAILING_CALL(fdatasync, EIO),
	FAILING_CALL(ftruncate, ENOSPC),
#ifdef SYS_dup2
	FAILING_CALL(dup2, EMFILE),
#endif
	FAILING_CALL(dup3, EMFILE),
	FAILING_CALL(pipe2, EMFILE),
	FAILING_CALL(socket, EMFILE),
	FAILING_CALL(socketpair, EMFILE),
	FAILING_CALL(connect, ENOBUFS),
	FAILING_CALL(bind, EADDRINUSE),
	FAILING_CALL(getsockname, ENOBUFS),
	FAILING_CALL(getpeername, ENOTCONN),
	FAILING_CALL(getsockopt, ENOBUFS),
	FAILING_CALL(setsockopt, ENOBUFS),
	FAILING_CALL(sendto, ENOBUFS),
	FAILING_CALL(sendmsg, ENOBUFS),
	FAILING_CALL(recvfrom, ETIMEDOUT),
	FAILING_CALL(recvmsg, ETIMEDOUT),
	FAILING_CALL(shutdown, ENOTCONN),
	FAILING_CALL(ioctl, EIO),
	FAILING_CALL(tee, ENOMEM),
	FAILING_CALL(splice, ENOMEM),
#ifdef SYS_poll
	FAILING_CALL(poll, ENOMEM),
#endif
	FAILING_CALL(ppoll, ENOMEM),
#ifndef __SANITIZE_ADDRESS__ /* whose runtime gives up without memory */
	FAILING_CALL(mmap, ENOMEM),
	FAILING_CALL(brk, ENOMEM),
	FAILING_CALL(mprotect, ENOMEM),
	FAILING_CALL(madvise, EINVAL),
#endif
	FAILING_CALL(epoll_create1, EMFILE),
	FAILING_CALL(epoll_ctl, ENOMEM),
#ifdef SYS_epoll_wait
	FAILING_CALL(epoll_wait, EINTR),
#endif
	FAILING_CALL(epoll_pwait, EINTR),
	FAILING_CALL(signalfd4, EMFILE),
	FAILING_CALL(listen, EADDRINUSE),
	FAILING_CALL(accept4, EMFILE),
	FAILING_CALL(memfd_create, ENOSYS),
	FAILING_CALL(eventfd2, EMFILE),
	FAILING_CALL(timer_create, EAGAIN),
	FAILING_CALL(timer_settime, EINVAL),
	FAILING_CALL(getrandom, ENOSYS),
	FAILING_CALL(prctl, EINVAL),
	FAILING_CALL(getrlimit, EPERM),
	FAILING_CALL(prlimit64, EPERM),
	FAILING_CALL(seccomp, ENOSYS),
	FAILING_CALL(landlock_create_ruleset, ENOSYS),
	FAILING_CALL(landlock_restrict_self, E2BIG),
	FAILING_CALL(close_range, ENOSYS),
	FAILING_CALL(clone, EAGAIN),
#ifdef SYS_fork
	FAILING_CALL(fork, EAGAIN),
	FAILING_CALL(vfork, EAGAIN),
#endif
	FAILING_CALL(wait4, ECHILD),
	FAILING_CALL(execve, ENOMEM),
};

#define FAILING_CALLS (sizeof(failing_calls) / sizeof(failing_calls[0]))

/* NULL when it never fails here. */
static inline const struct failing_call *failing_call_find(unsigned long number)
{
	for (size_t i = 0; i < FAILING_CALLS; i++)
		if (failing_calls[i].number == number)
			return &failing_calls[i];
	return NULL;
}

#endif
