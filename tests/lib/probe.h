/*
 * probe.h - what a program inherited, in lines on standard output: its
 * arguments, descriptors, environment, signals, timer, and the input that
 * waits for it. It stands where an smtpd would.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static inline void probe_descriptor(int fd)
{
	struct stat st, in;
	int flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &st) < 0)
		return;
	fstat(0, &in);
	dprintf(1, "fd %d %s%s%s\n", fd,
		S_ISSOCK(st.st_mode)   ? "socket"
		: S_ISFIFO(st.st_mode) ? "pipe"
		: S_ISCHR(st.st_mode)  ? "device"
				       : "file",
		st.st_dev == in.st_dev && st.st_ino == in.st_ino ? " input"
								 : "",
		flags & O_NONBLOCK ? " nonblocking" : "");
}

static inline void probe_signals(void)
{
	struct itimerval timer;
	struct sigaction action;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int number = 1; number < NSIG; number++) {
		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			dprintf(1, "ignored %d\n", number);
		if (sigismember(&mask, number) == 1)
			dprintf(1, "blocked %d\n", number);
	}
	getitimer(ITIMER_REAL, &timer);
	if (timer.it_value.tv_sec || timer.it_value.tv_usec)
		dprintf(1, "timer\n");
}

static inline int probe(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	char bytes[4096];
	ssize_t n = 0;

	for (int i = 0; i < argc; i++)
		dprintf(1, "arg %d %s\n", i, argv[i]);
	for (int fd = 0; fd < 1024; fd++)
		probe_descriptor(fd);
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "__LLVM_PROFILE", 14) != 0) /* counted lines */
			dprintf(1, "env %s\n", *e);
	probe_signals();
	if (poll(&input, 1, 0) > 0)
		n = read(0, bytes, sizeof(bytes));
	dprintf(1, "input %.*s\n", n > 0 ? (int)n : 0, bytes);
	/* whoever wires 2 to the client finds this in the wrong place */
	dprintf(2, "probe: a word on standard error\n");
	return 0;
}

#endif
