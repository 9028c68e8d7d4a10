#include "state/sightings.h"

#include <string.h>

/* What was not seen for so long is news again. */
#define FORGOTTEN (INT64_C(30) * 86400)

/* A word: time, known before or not, the list's place, the client. */
#define KNOWN (UINT64_C(1) << 31)

static uint64_t pack(int64_t time, int at, uint16_t client)
{
	return (uint64_t)time << 32 | (uint64_t)(at & 0xff) << 16 | client;
}

static int64_t time_of(uint64_t word)
{
	return (int64_t)(word >> 32);
}

/* All but the time, and whether it is known. */
static uint64_t subject_of(uint64_t word)
{
	return word & 0xffffff;
}

static bool is_within(uint64_t word, int64_t now, int64_t period)
{
	return word != 0 && time_of(word) <= now &&
	       now - time_of(word) < period;
}

uint16_t sightings_client(uint64_t key)
{
	return (uint16_t)(key ^ key >> 16 ^ key >> 32 ^ key >> 48);
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

void sightings_tested(struct image *m, uint16_t client, int64_t now)
{
	uint64_t word = pack(now, 0, client);

	if (!find(&m->tested, subject_of(word), now, SIGHTINGS_WINDOW))
		add(&m->tested, word);
}

void sightings_listed(struct image *m, int at, uint16_t client, int64_t now)
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

/* How many clients RING has in the window; only of those at AT unless it is
 * negative. A client that two processes added at once counts once. */
static unsigned count(const struct image_ring *ring, int at, int64_t now)
{
	uint64_t client[UINT16_MAX / 64 + 1];
	unsigned clients = 0;

	memset(client, 0, sizeof(client));
	for (size_t i = 0; i < IMAGE_SIGHTINGS; i++) {
		uint64_t word = image_get(&ring->seen[i]);
		uint64_t bit = UINT64_C(1) << (word & 63);
		uint64_t *bits = &client[(word & 0xffff) / 64];

		if (!is_within(word, now, SIGHTINGS_WINDOW) ||
		    (word & KNOWN) != 0 ||
		    (at >= 0 && (word >> 16 & 0xff) != (uint64_t)at) ||
		    (*bits & bit) != 0)
			continue;
		*bits |= bit;
		clients++;
	}
	return clients;
}

void sightings_count(const struct image *m, int at, int64_t now,
		     struct sightings *ret)
{
	ret->tested = count(&m->tested, -1, now);
	ret->listed = count(&m->listed, at, now);
}
