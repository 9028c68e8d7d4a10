/*
 * sightings.h - which known clients were tested lately, and which DNS lists
 * have listed them all of a sudden.
 *
 * The last IMAGE_SIGHTINGS of each kind are kept, a client as a few bits of
 * keyed hashes: enough to count them, not to know them.
 */
#ifndef SCREEN_SIGHTINGS_H
#define SCREEN_SIGHTINGS_H

#include "state/image.h"

/* Lately. */
#define SIGHTINGS_WINDOW (15 * 60)

/* A client, of which its own key and that of its network tell this much. */
uint32_t sightings_client(uint64_t network, uint64_t key);

/* CLIENT is tested at NOW. */
void sightings_tested(struct image *m, uint32_t client, int64_t now);

/*
 * The list at place AT lists CLIENT. That is new unless it did so longer ago
 * than the window; what it always lists is never news, as long as it is seen
 * once in a month.
 */
void sightings_listed(struct image *m, int at, uint32_t client, int64_t now);

/* How many clients were tested, and how many the list newly lists, of how many
 * networks. */
struct sightings {
	unsigned tested, listed, networks;
};

void sightings_count(const struct image *m, int at, int64_t now,
		     struct sightings *ret);

#endif
