#include "handoff/conduit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* What a pipe holds unless told otherwise, pipe(7), and the most of ours. */
#define SIZE_SMALL  65536
#define SIZE_LARGE  (1024 * 1024)
#define SIZE_GROWTH 4

void conduit_open(struct conduit *c)
{
	*c = (struct conduit){ .size = SIZE_SMALL, .size_limit = SIZE_LARGE };
	if (pipe2(c->ends, O_CLOEXEC | O_NONBLOCK) < 0)
		c->ends[0] = c->ends[1] = -1;
}

bool conduit_is_open(const struct conduit *c)
{
	return c->ends[0] >= 0;
}

void conduit_close(struct conduit *c)
{
	if (!conduit_is_open(c))
		return;
	close(c->ends[0]);
	close(c->ends[1]);
	c->ends[0] = c->ends[1] = -1;
	c->held = 0;
}

/* Whose user has no room left stays as it is. */
static void widen(struct conduit *c)
{
	size_t size = c->size * SIZE_GROWTH;

	if (fcntl(c->ends[1], F_SETPIPE_SZ, (int)size) >= 0)
		c->size = size;
	else
		c->size_limit = c->size;
}

ssize_t conduit_fill(struct conduit *c, int from)
{
	ssize_t n = splice(from, NULL, c->ends[1], NULL, c->size,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n < 0)
		return -errno;
	c->held += (size_t)n;
	/*
	 * Each splice costs both sides a turn. Packets leave most of each page
	 * of a pipe empty, so a part of its size may be all that it takes.
	 */
	if (c->held >= c->size / SIZE_GROWTH && c->size < c->size_limit)
		widen(c);
	return n;
}

ssize_t conduit_drain(struct conduit *c, int to, size_t most)
{
	ssize_t n = splice(c->ends[0], NULL, to, NULL, most,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n < 0)
		return -errno;
	c->held -= (size_t)n;
	return n;
}

ssize_t conduit_empty(struct conduit *c, char *to, size_t size)
{
	ssize_t n;

	assert(c->held <= size);
	if (c->held == 0)
		return 0;
	n = read(c->ends[0], to, size);
	if (n < 0)
		return -errno;
	c->held -= (size_t)n;
	return n;
}
