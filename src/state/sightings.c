#include "state/sightings.h"

/* What was not seen for so long is news again. */
#define FORGOTTEN (INT64_C(30) * 86400)

/* A word: time, known before or not, the list's place, the client. */
#define KNOWN	    (UINT64_C(1) << 31)
#define LIST_SHIFT  23
#define CLIENT_MASK ((UINT32_C(1) << LIST_SHIFT) - 1)

/* A client: 16 bits of its network, and so many of its own. */
#define OWN_BITS 7

static uint64_t pack(int64_t time, int at, uint32_t client)
{
	return (uint64_t)time << 32 | (uint64_t)(at & 0xff) << LIST_SHIFT |
	       (client & CLIENT_MASK);
}

static int64_t time_of(uint64_t word)
{
	return (int64_t)(word >> 32);
}

/* All but the time, and whether it is known. */
static uint64_t subject_of(uint64_t word)
{
	return word & (KNOWN - 1);
}

static bool is_within(uint64_t word, int64_t now, int64_t period)
{
	return word != 0 && time_of(word) <= now &&
	       now - time_of(word) < period;
}

uint32_t sightings_client(uint64_t network, uint64_t key)
{
	return (uint32_t)(network >> 48 << OWN_BITS | key >> (64 - OWN_BITS));
}

/* The word about SUBJECT that is no older than PERIOD. */
static uint64_t *find(struct image_ring *ring, uint64_t subject, int64_t now,
		      int64_t period)
{
	for (size_t i = 0; i < IMAGE_SIGHTINGS; i++) {
		uint64_t word = image_get(&ring->seen[i]);

		if (subject_of(word) == subject && is_within(word, now, period))
			return &ring->seen[i];
	}
	return NULL;
}

static void add(struct image_ring *ring, uint64_t word)
{
	uint64_t next = __atomic_fetch_add(&ring->next, 1, __ATOMIC_ACQ_REL);

	image_set(&ring->seen[next % IMAGE_SIGHTINGS], word);
}

void sightings_tested(struct image *m, uint32_t client, int64_t now)
{
	uint64_t word = pack(now, 0, client);

	if (!find(&m->tested, subject_of(word), now, SIGHTINGS_WINDOW))
		add(&m->tested, word);
}

void sightings_listed(struct image *m, int at, uint32_t client, int64_t now)
{
	uint64_t word = pack(now, at, client), was;
	uint64_t *seen = find(&m->listed, subject_of(word), now, FORGOTTEN);

	if (!seen) {
		add(&m->listed, word);
		return;
	}
	was = image_get(seen);
	if ((was & KNOWN) != 0 || !is_within(was, now, SIGHTINGS_WINDOW))
		image_swap(seen, was, word | KNOWN);
}

/* Numbers that were added, each once. */
#define SLOTS (2 * IMAGE_SIGHTINGS)

struct numbers {
	uint32_t slot[SLOTS]; /* the number and 1; 0: free */
	unsigned count;
};

static void add_number(struct numbers *n, uint32_t number)
{
	size_t at = number % SLOTS;

	while (n->slot[at] != 0 && n->slot[at] != number + 1)
		at = (at + 1) % SLOTS;
	n->count += n->slot[at] == 0;
	n->slot[at] = number + 1;
}

/* Which clients RING has in the window, without the last SHIFT bits of each;
 * only of those at AT unless it is negative. One that two processes added at
 * once counts once. */
static unsigned count(const struct image_ring *ring, int at, int64_t now,
		      unsigned shift)
{
	struct numbers found = { .count = 0 };

	for (size_t i = 0; i < IMAGE_SIGHTINGS; i++) {
		uint64_t word = image_get(&ring->seen[i]);

		if (is_within(word, now, SIGHTINGS_WINDOW) &&
		    (word & KNOWN) == 0 &&
		    (at < 0 || (word >> LIST_SHIFT & 0xff) == (uint64_t)at))
			add_number(&found,
				   ((uint32_t)word & CLIENT_MASK) >> shift);
	}
	return found.count;
}

void sightings_count(const struct image *m, int at, int64_t now,
		     struct sightings *ret)
{
	ret->tested = count(&m->tested, -1, now, 0);
	ret->listed = count(&m->listed, at, now, 0);
	ret->networks = count(&m->listed, at, now, OWN_BITS);
}
