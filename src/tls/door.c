#include "tls/door.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "log/log.h"
#include "net/handed_over.h"
#include "tls/service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* How often sessions that have ended are looked for. */
#define REAP_EVERY CLOCK_SECOND

const struct door_times door_times = {
	.idle = 60 * CLOCK_SECOND,
	.usual = 3600 * CLOCK_SECOND,
	.most = 12 * 3600 * CLOCK_SECOND,
};

int door_listener(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);
	bool ours = handed_over_count() == 1;

	handed_over_forget();
	if (!ours ||
	    getsockopt(HANDED_OVER_FIRST, SOL_SOCKET, SO_ACCEPTCONN, &listening,
		       &len) < 0 ||
	    !listening || fcntl(HANDED_OVER_FIRST, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return HANDED_OVER_FIRST;
}

static void reap(unsigned *sessions)
{
	int status;

	while (*sessions > 0 && waitpid(-1, &status, WNOHANG) > 0) {
		(*sessions)--;
		if (WIFSIGNALED(status))
			log_warning(LOG_TLS_TROUBLE,
				    "a session was killed by signal %d (%s) -- "
				    "its client will come again, and no other "
				    "is touched",
				    WTERMSIG(status),
				    strsignal(WTERMSIG(status)));
	}
}

static void serve(int listener, const struct conf_input *input,
		  struct arena *arena, unsigned *sessions)
{
	/* cppcheck-suppress nullPointer ; it need not be told who connects */
	int engine = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (engine < 0)
		return;
	reap(sessions);
	/* closed, smtp-screen knows at once, and its client hears 454 */
	pid = *sessions < DOOR_SESSIONS ? fork() : -1;
	if (pid == 0) {
		close(listener);
		exit(service_run(input, arena, engine));
	}
	if (pid > 0)
		(*sessions)++;
	close(engine);
}

/* When to leave, if nobody comes before. */
static int64_t leave_at(const struct door_times *times, int64_t start,
			int64_t last, unsigned sessions)
{
	int64_t at = start + times->most;

	if (sessions > 0)
		return at;
	if (at > start + times->usual)
		at = start + times->usual;
	if (at > last + times->idle)
		at = last + times->idle;
	return at;
}

int door_run(int listener, const struct conf_input *input, struct arena *arena,
	     const struct door_times *times)
{
	int64_t start = clock_mono(), last = start;
	unsigned sessions = 0;

	for (;;) {
		int64_t now = clock_mono(), at;
		int r;

		reap(&sessions);
		at = leave_at(times, start, last, sessions);
		if (now >= at)
			return EX_OK;
		if (sessions > 0 && at > now + REAP_EVERY)
			at = now + REAP_EVERY;
		r = fdio_wait(listener, POLLIN, at);
		if (r == -ETIMEDOUT)
			continue;
		if (r < 0)
			return EX_OSERR;
		serve(listener, input, arena, &sessions);
		last = clock_mono();
	}
}
