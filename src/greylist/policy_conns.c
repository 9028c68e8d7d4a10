#include "greylist/policy_conns.h"

#include "base/clock.h"
#include "log/log.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Without a descriptor left, nobody is let in for so long. */
#define FULL_PAUSE (CLOCK_SECOND / 10)

/* How often that is said. */
#define SILENCE (60 * CLOCK_SECOND)

void policy_conns_hang_up(const struct policy_conns *all, struct policy_conn *c)
{
	if (all->verbose)
		log_info(LOG_DISCONNECT, "connection closed");
	policy_conn_close(c);
}

struct policy_conn *policy_conns_place(struct policy_conns *all)
{
	struct policy_conn *idlest = NULL;

	for (unsigned i = 0; i < all->used; i++) {
		struct policy_conn *c = &all->conn[i];

		if (c->in < 0)
			return c;
		if (!request_begun(&c->request) && !policy_conn_answering(c) &&
		    (!idlest || c->deadline < idlest->deadline))
			idlest = c;
	}
	if (all->used < all->most)
		return &all->conn[all->used++];
	if (idlest)
		policy_conns_hang_up(all, idlest);
	return idlest;
}

/* As many as there are descriptors for, and OWN ones. */
static unsigned count_places(unsigned own)
{
	const rlim_t wanted = POLICY_CONNECTIONS + own;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return POLICY_CONNECTIONS;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur =
			limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= wanted)
		return POLICY_CONNECTIONS;
	return limit.rlim_cur > own + 1 ? (unsigned)limit.rlim_cur - own : 1;
}

void policy_conns_open(struct policy_conns *all, unsigned own, bool verbose)
{
	all->most = count_places(own);
	all->verbose = verbose;
}

static void pause_accepting(struct policy_conns *all, int error, int64_t now)
{
	if (now >= all->silent_until) {
		log_warning(LOG_OTHER,
			    "accept: %s -- connections wait until one has "
			    "ended; see the limit on open files",
			    strerror(error));
		all->silent_until = now + SILENCE;
	}
	all->shut_until = now + FULL_PAUSE;
}

/* All places hold requests that have begun and do not end. */
static void turn_away(struct policy_conns *all, int fd, int64_t now)
{
	if (now >= all->silent_until) {
		log_warning(LOG_OTHER,
			    "%u connections have sent half a request, or do "
			    "not take their answer -- others are closed "
			    "without one meanwhile",
			    all->used);
		all->silent_until = now + SILENCE;
	}
	close(fd);
}

void policy_conns_let_in(struct policy_conns *all, int door, int64_t now)
{
	for (;;) {
		struct policy_conn *c;
		/* cppcheck-suppress nullPointer ; it need not be told who */
		int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN)
				pause_accepting(all, errno, now);
			return;
		}
		c = policy_conns_place(all);
		if (!c) {
			turn_away(all, fd, now);
			return;
		}
		if (all->verbose)
			log_info(LOG_CONNECT, "connection opened");
		policy_conn_open(c, fd, fd, now);
	}
}
