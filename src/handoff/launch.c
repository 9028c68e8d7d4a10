#include "handoff/launch.h"

#include "base/fdio.h"
#include "handoff/relay.h"
#include "handoff/ucspi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's SIGRTMIN; libc keeps the first ones for itself. */
#define FIRST_REALTIME 32

/* ---- in our place -------------------------------------------------------- */

/* Exim takes the first EAGAIN for a lost connection. */
static void make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_NONBLOCK)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* What the smtpd says to standard error must not reach the client as SMTP. */
static int guard_stderr(bool by_hand)
{
	int fd, r = 0;

	if (!stream_reaches(2, 0, by_hand) && !stream_reaches(2, 1, by_hand))
		return 0;
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0) /* as good as closed, but nobody else can get it */
		fd = open("/", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (dup2(fd, 2) < 0)
		r = -errno;
	close(fd);
	return r;
}

static void close_on_exec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags >= 0)
		fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

/* The slow ways, for kernels before 5.11 and sandboxes. */
static void close_others_one_by_one(void)
{
	DIR *all = opendir("/proc/self/fd");
	struct dirent *one;
	struct rlimit limit;

	if (all) {
		while ((one = readdir(all))) {
			int fd = atoi(one->d_name); /* "." and ".." give 0 */

			if (fd > 2)
				close_on_exec(fd);
		}
		closedir(all);
	} else if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		for (int fd = 3; fd < 65536 && (rlim_t)fd < limit.rlim_cur;
		     fd++)
			close_on_exec(fd);
	}
}

/* Closed by the exec and not before it, for it may fail. */
static void close_others(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		close_others_one_by_one();
}

/* A timer survives exec, and would go off as one of the smtpd's own. */
static void stop_timers(void)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
	setitimer(ITIMER_VIRTUAL, &never, NULL);
	setitimer(ITIMER_PROF, &never, NULL);
}

/*
 * Handlers end with the exec, what is ignored does not: we ignore SIGPIPE,
 * and so does systemd for its services. Nobody ignores real-time signals, and
 * to ask for each of them is half of this function's price.
 */
static void reset_signals(sigset_t *ret_mask)
{
	sigset_t none;

	for (int number = 1; number < FIRST_REALTIME; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, ret_mask);
}

int launch_exec(const struct program *program, const struct peer *peer)
{
	char *const *argv = program_argv(program, peer);
	sigset_t mask;
	int r = argv ? fdio_fill_standard() : -ENOMEM;

	if (r == 0)
		r = guard_stderr(peer->source == PEER_FROM_OPTION);
	if (r == 0)
		r = ucspi_export(peer);
	if (r < 0)
		return r;
	make_blocking(0);
	make_blocking(1);
	close_others();
	stop_timers();
	reset_signals(&mask);
	execvp(argv[0], argv);
	r = -errno;
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

/* ---- beside us ----------------------------------------------------------- */

/* In the child: become the smtpd, or tell through REPORT why not. */
static void become(const struct program *program, const struct peer *peer,
		   int fd, int report)
{
	ssize_t n = -1;
	/* while the client's own descriptors are there to compare with */
	int error = -guard_stderr(peer->source == PEER_FROM_OPTION);

	if (error == 0 && (dup2(fd, 0) < 0 || dup2(fd, 1) < 0))
		error = errno;
	if (error == 0)
		error = -launch_exec(program, peer);
	do
		n = write(report, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	_exit(1);
}

/* 0 when the exec has closed the other end, else what the child said. */
static int hear_of_exec(int fd)
{
	int error;
	size_t got;
	int r = fdio_read_whole(fd, (char *)&error, sizeof(error), &got);

	if (r < 0 || got == 0)
		return r;
	return got == sizeof(error) ? -error : -EIO;
}

int launch_child(const struct program *program, const struct peer *peer,
		 int *ret_fd)
{
	int pair[2], channel[2], r;
	pid_t child;

	r = relay_pair(pair);
	if (r < 0)
		return r;
	if (pipe2(channel, O_CLOEXEC) < 0) {
		r = -errno;
		goto out;
	}
	child = fork();
	if (child == 0)
		become(program, peer, pair[1], channel[1]);
	r = child < 0 ? -errno : 0;
	close(channel[1]);
	if (r == 0)
		r = hear_of_exec(channel[0]);
	close(channel[0]);
	if (r < 0 && child > 0) {
		/* perhaps it is an smtpd, and only we cannot be told so */
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
out:
	close(pair[1]);
	if (r < 0)
		close(pair[0]);
	else
		*ret_fd = pair[0];
	return r;
}
