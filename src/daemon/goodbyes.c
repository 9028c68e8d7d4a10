#include "daemon/goodbyes.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRESH	512
#define WATCHED 65536

/* When a client is looked at: it has left by then if its way is not a long
 * one. Some are looked at together, so that a busy host has a few such moments
 * a second. */
#define MOMENT	 (500 * CLOCK_MS)
#define TOGETHER (100 * CLOCK_MS)

/* How long a client may take to leave. */
#define PATIENCE (2 * CLOCK_SECOND)

/* How often in a row we take what it says: it is to listen. */
#define MOUTHFULS 16

int goodbyes_open(struct goodbyes *g,
		  bool (*watch)(void *context, int fd, uint32_t number),
		  void *context)
{
	int r = waiting_open(&g->fresh, FRESH);

	g->watch = watch;
	g->context = context;
	return r < 0 ? r : waiting_open(&g->watched, WATCHED);
}

/* Read what there is, and say whether we are done with the client. */
static bool drain(int fd)
{
	for (int i = 0; i < MOUTHFULS; i++) {
		/* TCP throws away what has no place to go to (tcp(7)) */
		/* cppcheck-suppress nullPointer ; that is the place */
		ssize_t n = recv(fd, NULL, 65536, MSG_TRUNC | MSG_DONTWAIT);

		if (n <= 0)
			return n == 0 || errno != EAGAIN;
	}
	return true;
}

static void leave(struct waiter *w)
{
	close(w->fd);
	w->fd = -1;
}

/* The longest watched has to leave for it when there is no room. */
static void watch(struct goodbyes *g, const struct waiter *w)
{
	if (waiting_full(&g->watched)) {
		leave(waiting_first(&g->watched));
		waiting_first(&g->watched); /* forgets it */
	}
	/* what cannot be watched leaves when its time is over */
	g->watch(g->context, w->fd, waiting_add(&g->watched, w));
}

static void look(struct goodbyes *g, struct waiter *w)
{
	if (drain(w->fd)) {
		leave(w);
		return;
	}
	w->deadline += PATIENCE - MOMENT;
	watch(g, w);
	w->fd = -1;
}

bool goodbyes_say(struct goodbyes *g, int fd, struct span reply)
{
	/* one packet, with the end of the connection in it */
	send(fd, reply.p, reply.len, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
	if (shutdown(fd, SHUT_WR) < 0)
		return false;
	if (waiting_full(&g->fresh)) {
		look(g, waiting_first(&g->fresh));
		waiting_first(&g->fresh); /* forgets it */
	}
	waiting_add(&g->fresh,
		    &(struct waiter){ .fd = fd,
				      .deadline = clock_mono() + MOMENT });
	return true;
}

void goodbyes_hear(struct goodbyes *g, uint32_t number)
{
	struct waiter *w = waiting_at(&g->watched, number);

	if (w->fd >= 0 && drain(w->fd))
		leave(w);
}

/* At those whose moment is over before END. */
static void look_until(struct goodbyes *g, int64_t end)
{
	struct waiter *w;

	while ((w = waiting_first(&g->fresh)) && w->deadline <= end)
		look(g, w);
}

void goodbyes_hurry(struct goodbyes *g)
{
	look_until(g, INT64_MAX);
}

void goodbyes_expire(struct goodbyes *g, int64_t now)
{
	struct waiter *w = waiting_first(&g->fresh);

	if (w && now >= w->deadline)
		look_until(g, now + TOGETHER);
	while ((w = waiting_first(&g->watched)) && now >= w->deadline)
		leave(w);
}

static int64_t deadline_of(struct waiting *queue)
{
	const struct waiter *first = waiting_first(queue);

	return first ? first->deadline : CLOCK_NEVER;
}

int64_t goodbyes_deadline(struct goodbyes *g)
{
	int64_t fresh = deadline_of(&g->fresh);
	int64_t watched = deadline_of(&g->watched);

	return fresh < watched ? fresh : watched;
}
