/*
 * What a Redis server may answer, in any pieces: it ends, stays in its memory,
 * and no stamp in it is one that could not be.
 */
#include "cache/shared.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOW	INT64_C(1790000000)
#define LONGEST INT32_MAX

static void must(bool good)
{
	if (!good)
		abort();
}

static void check(const struct shared *s, int r)
{
	bool any = false;

	must(r != 0 || s->answered);
	if (r <= 0)
		return;
	must(s->stamps.last > 0 && s->stamps.last <= NOW + 86400);
	must(s->stamps.first >= 0 && s->stamps.first <= NOW);
	must(s->stamps.count <= INT32_MAX);
	for (int t = 0; t < TESTS; t++) {
		must(s->stamps.until[t] >= 0 &&
		     s->stamps.until[t] <= NOW + LONGEST);
		any = any || s->stamps.until[t] > STAMP_DISABLED;
	}
	must(any && !s->stale);
}

/* The connection that shared_ask would have made. */
static bool connect_to(struct shared *s, int *ret_server)
{
	static const struct cache_server nobody = { .path = { "/", 1 } };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) < 0)
		return false;
	shared_init(s, &nobody, "");
	if (cache_redis_adopt(&s->redis, fds[0]) < 0) {
		close(fds[1]);
		return false;
	}
	*ret_server = fds[1];
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte is how many of the others come at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shared s;
	size_t step, at = 1;
	int server, r = -EAGAIN;

	if (size < 1 || !connect_to(&s, &server))
		return 0;
	step = (size_t)data[0] + 1;
	must(shared_ask(&s, "192.0.2.1") == 0);
	while (at < size && r == -EAGAIN) {
		size_t n = size - at < step ? size - at : step;

		must(send(server, data + at, n, MSG_NOSIGNAL) == (ssize_t)n);
		at += n;
		r = shared_hear(&s, NOW);
		check(&s, r);
	}
	close(server);
	if (r == -EAGAIN)
		must(shared_hear(&s, NOW) < 0);
	shared_close(&s);
	return 0;
}
