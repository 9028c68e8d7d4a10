#include "daemon/goodbyes.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 65536

/* How long a client may take to leave. */
#define PATIENCE (2 * CLOCK_SECOND)

/* How often in a row we take what it says: it is to listen. */
#define MOUTHFULS 16

int goodbyes_open(struct goodbyes *g)
{
	return waiting_open(&g->queue, CLIENTS);
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

bool goodbyes_say(struct goodbyes *g, int fd, struct span reply,
		  uint32_t *ret_number)
{
	bool gone;

	/* one packet, with the end of the connection in it */
	send(fd, reply.p, reply.len, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
	gone = drain(fd);
	if (shutdown(fd, SHUT_WR) < 0 || gone)
		return false;
	if (waiting_full(&g->queue)) {
		leave(waiting_first(&g->queue));
		waiting_first(&g->queue); /* forgets it */
	}
	*ret_number = waiting_add(
		&g->queue,
		&(struct waiter){ .fd = fd,
				  .deadline = clock_mono() + PATIENCE });
	return true;
}

void goodbyes_hear(struct goodbyes *g, uint32_t number)
{
	struct waiter *w = waiting_at(&g->queue, number);

	if (w->fd >= 0 && drain(w->fd))
		leave(w);
}

void goodbyes_expire(struct goodbyes *g, int64_t now)
{
	struct waiter *w;

	while ((w = waiting_first(&g->queue)) && now >= w->deadline)
		leave(w);
}

int64_t goodbyes_deadline(struct goodbyes *g)
{
	const struct waiter *first = waiting_first(&g->queue);

	return first ? first->deadline : CLOCK_NEVER;
}
