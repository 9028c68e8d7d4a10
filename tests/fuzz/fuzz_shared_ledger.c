/*
 * What a Redis server may say while two have asked and one word was told, in
 * any pieces: each of the two gets an answer once, in order, and no number in
 * it is one that could not be.
 */
#include "triplet/shared_ledger.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT_MOST 1000000

static void must(bool good)
{
	if (!good)
		abort();
}

static void check(const struct shared_answer *a)
{
	const struct judge_triplet *t[] = { &a->triplet, &a->pool[0],
					    &a->pool[1] };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		must(!t[i]->known || (t[i]->first >= 0 && t[i]->last >= 0));
	must(!a->client.known ||
	     (a->client.count <= COUNT_MOST && a->client.last >= 0));
}

/* The connection that would have been made. */
static bool connect_to(struct shared_ledger *l, int *ret_server)
{
	static const struct cache_server nobody = { .path = { "/", 1 } };
	static const struct judge_rules rules = { .delay = 300 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) < 0)
		return false;
	shared_ledger_init(l, &nobody, "", &rules, 1000);
	if (cache_redis_adopt(&l->redis, fds[0]) < 0) {
		close(fds[1]);
		return false;
	}
	*ret_server = fds[1];
	return true;
}

static void begin(struct shared_ledger *l)
{
	static const struct shared_question q = {
		.triplet = { "t", 1 },
		.client = { "c", 1 },
		.pool = { { "p", 1 } },
	};
	static const struct ledger_case c = {
		.triplet = { "t", 1 },
		.verdict = { .store_triplet = true },
	};

	must(shared_ledger_ask(l, &q, 1, 0));
	shared_ledger_tell(l, &c, 0);
	must(shared_ledger_ask(l, &q, 2, 0));
}

static void hear(struct shared_ledger *l, int64_t now, unsigned *had)
{
	struct shared_answer answer;
	unsigned who;

	while (shared_ledger_next(l, now, &who, &answer)) {
		must(who == ++*had);
		check(&answer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte is how many of the others come at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shared_ledger l;
	unsigned had = 0;
	size_t step, at = 1;
	int server;

	if (size < 1 || !connect_to(&l, &server))
		return 0;
	step = (size_t)data[0] + 1;
	begin(&l);
	while (at < size && had < 2 && l.redis.fd >= 0) {
		size_t n = size - at < step ? size - at : step;

		must(send(server, data + at, n, MSG_NOSIGNAL) == (ssize_t)n);
		at += n;
		hear(&l, 0, &had);
	}
	hear(&l, SHARED_LEDGER_PATIENCE, &had);
	must(had == 2);
	close(server);
	shared_ledger_close(&l);
	return 0;
}
