#include "daemon/worker.h"

#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

/* Where a worker keeps the line to its parent: the first behind 0, 1 and 2. */
#define LINE 3

int worker_line_open(struct worker_line *line)
{
	static const int on = 1;
	static const struct timeval patience = { .tv_sec = 2 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    setsockopt(pair[1], SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0) {
		int r = -errno;

		close(pair[0]);
		close(pair[1]);
		return r;
	}
	*line = (struct worker_line){ pair[0], pair[1] };
	return 0;
}

pid_t worker_line_hear(const struct worker_line *line)
{
	struct ucred who = { .pid = 0 };
	union {
		char room[CMSG_SPACE(sizeof(who))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c;

	if (recvmsg(line->parent, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <
	    0)
		return 0;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&who, CMSG_DATA(c), sizeof(who));
	return who.pid > 0 ? who.pid : -1;
}

/* ---- in the child ---------------------------------------------------------
 */

static void tell_leaving(void *context)
{
	(void)context;
	/* a parent that is gone counts nothing any more */
	while (send(LINE, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		continue;
	close(LINE);
}

/* Of what the parent has, a worker keeps the client and the line. */
static bool settle(const struct worker *w, int fd)
{
	sigset_t none;

	log_renew(true);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return false;
	if (w->line->worker != LINE &&
	    dup3(w->line->worker, LINE, O_CLOEXEC) < 0)
		return false;
	close_range(LINE + 1, ~0U, 0);
	setrlimit(RLIMIT_NOFILE, &w->files);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

static int work(const struct worker *w, int fd)
{
	struct connection *c = w->connection;
	struct screen_setup *setup = w->begun ? &c->screen.setup : &c->setup;
	struct report report;

	if (!settle(w, fd)) {
		log_warning(LOG_DAEMON,
			    "the process of %s cannot begin: %s -- the client "
			    "will come again",
			    c->screen.client, strerror(errno));
		return EX_OSERR;
	}
	report_init(&report, setup->arena);
	c->peer->stream =
		(struct stream){ STREAM_TCP, STDIN_FILENO, STDOUT_FILENO };
	c->leaving = tell_leaving;
	setup->farewell = NULL;
	setup->prepared.cache = NULL;
	setup->cache_patience = 0;
	setup->report = &report;
	c->setup = *setup;
	return w->begun ? connection_go_on(c, w->end) : connection_run(c);
}

pid_t worker_start(struct worker *w, int fd)
{
	/* fork(3) does for threads, and whoever has been told to be asked, what
	 * touches five pages of the child and of its parent */
	pid_t pid = _Fork();

	if (pid == 0) {
		int status = work(w, fd);

		log_close();
		_exit(status);
	}
	return pid < 0 ? -errno : pid;
}
