#include "daemon/crowd.h"

#include "base/clock.h"
#include "base/unforked.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define MINUTE (60 * CLOCK_SECOND)

/* How many places one network may be at. */
#define PLACES 32

struct crowd_slot {
	struct address network; /* ADDRESS_NONE: never used */
	uint32_t connections;
	uint32_t came; /* since START */
	int64_t start; /* of the minute */
};

int crowd_open(struct crowd *c, uint32_t count)
{
	void *memory;
	int r;

	assert(count >= PLACES && (count & (count - 1)) == 0);
	if (getrandom(c->key, sizeof(c->key), 0) != sizeof(c->key))
		return -errno;
	r = unforked_open(count, sizeof(struct crowd_slot), &memory);
	if (r < 0)
		return r;
	c->slot = memory;
	c->count = count;
	return 0;
}

void crowd_close(struct crowd *c)
{
	unforked_close(c->slot, c->count, sizeof(struct crowd_slot));
	c->slot = NULL;
}

static bool is_over(const struct crowd_slot *s, int64_t now)
{
	return s->network.family == ADDRESS_NONE ||
	       (s->connections == 0 && now - s->start >= MINUTE);
}

/* The network's slot, or one that is free; NULL when there is none. */
static struct crowd_slot *find(const struct crowd *c,
			       const struct address *network, int64_t now)
{
	size_t bytes = address_bits(network) / 8;
	struct span text = { (const char *)network->bytes, bytes };
	uint32_t at = (uint32_t)siphash(c->key, text);
	struct crowd_slot *free_slot = NULL;

	for (uint32_t i = 0; i < PLACES; i++) {
		struct crowd_slot *s = &c->slot[(at + i) & (c->count - 1)];

		if (s->network.family == network->family &&
		    address_equal(&s->network, network))
			return s;
		if (!free_slot && is_over(s, now))
			free_slot = s;
		if (s->network.family == ADDRESS_NONE)
			break;
	}
	if (free_slot)
		*free_slot = (struct crowd_slot){ .network = *network };
	return free_slot;
}

uint32_t crowd_enter(struct crowd *c, const struct address *network,
		     int64_t now, struct crowd_count *ret)
{
	struct crowd_slot *s = find(c, network, now);

	if (!s) {
		*ret = (struct crowd_count){ 1, 1 };
		return CROWD_NOWHERE;
	}
	if (s->came == 0 || now - s->start >= MINUTE) {
		s->start = now;
		s->came = 0;
	}
	*ret = (struct crowd_count){ ++s->connections, ++s->came };
	return (uint32_t)(s - c->slot);
}

void crowd_leave(struct crowd *c, uint32_t where)
{
	if (where == CROWD_NOWHERE)
		return;
	assert(c->slot[where].connections > 0);
	c->slot[where].connections--;
}
