/*
 * image.h - what the state file looks like, and what may be done to it.
 *
 * A fixed layout of 64-bit words that many processes map at once. Nobody
 * locks: a word is read and written whole, one word never depends on another
 * to be harmless, and a process may die between any two. So whatever stands
 * in the words is taken as possible, also when nobody of us ever wrote it.
 * Names stand in it as keyed hashes only, for a DNS list's name may hold a
 * secret.
 *
 * Zero is empty everywhere, also in `spare`: what is put there later needs
 * no new version.
 */
#ifndef SCREEN_IMAGE_H
#define SCREEN_IMAGE_H

#include "base/siphash.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_SIZE	(128 << 10)
#define IMAGE_VERSION	1
#define IMAGE_MARKS	512
#define IMAGE_LISTS	256
#define IMAGE_SIGHTINGS 1024
#define IMAGE_RECENT	4096

struct image_header {
	char magic[16];
	uint32_t version, size;
	unsigned char key[SIPHASH_KEY]; /* random, of this file alone */
	uint64_t check;			/* of all before it */
};

/* The first page: what can be used without the rest. counters.h */
#define IMAGE_COUNTERS 448

struct image_page {
	union {
		struct image_header header;
		char room[512];
	};
	uint64_t counter[IMAGE_COUNTERS];
};

/* When something was last said. */
struct image_mark {
	uint64_t key, last;
};

/* What is known of one DNS list; record.h says what the words hold. */
struct image_list {
	uint64_t key, touched;
	uint64_t word[14];
};

/* The last sightings; the oldest is overwritten. sightings.h */
struct image_ring {
	uint64_t next;
	uint64_t seen[IMAGE_SIGHTINGS];
};

struct image {
	union {
		struct image_header header;
		struct image_page first;
		char page[4096];
	};
	struct image_mark mark[IMAGE_MARKS];
	struct image_list list[IMAGE_LISTS];
	struct image_ring tested, listed;
	uint64_t recent[IMAGE_RECENT]; /* of clients: recent.h */
	uint64_t spare[4606];
};

_Static_assert(sizeof(struct image) == IMAGE_SIZE, "a hole in the layout");
_Static_assert(sizeof(struct image_page) == sizeof(((struct image *)0)->page),
	       "a hole in the first page");
_Static_assert(__atomic_always_lock_free(sizeof(uint64_t), 0),
	       "words are read and written whole");

/* A header as of an empty file, with KEY. */
void image_header_init(struct image_header *h,
		       const unsigned char key[SIPHASH_KEY]);

/* Is it the header of a file of this version, on a machine like this? */
bool image_header_valid(const struct image_header *h);

/* The hash of NAME, which has to do with TOPIC; never 0 or 1. */
uint64_t image_key(const struct image *m, struct span topic, struct span name);

static inline uint64_t image_get(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void image_set(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Make it VALUE if it still is WAS. */
static inline bool image_swap(uint64_t *word, uint64_t was, uint64_t value)
{
	return __atomic_compare_exchange_n(word, &was, value, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/*
 * Has nobody done the thing of KEY in the last PERIOD seconds before NOW? Then
 * we do, and it is noted: of many who ask at once, one hears yes. When there
 * is no place left the oldest is forgotten.
 */
bool image_once(struct image *m, uint64_t key, int64_t period, int64_t now);

/*
 * What image_once has noted of KEY is over: true for one of those who say so,
 * LEAST seconds after it was noted; then it is as if nobody had done it.
 */
bool image_over(struct image *m, uint64_t key, int64_t least, int64_t now);

/* The thing of KEY did no good at NOW; or it did, and is forgiven. */
void image_shun(struct image *m, uint64_t key, int64_t now);
void image_forgive(struct image *m, uint64_t key);

/*
 * Is it better to do without the thing of KEY at NOW? For PERIOD after it was
 * shunned; then one of all who ask hears no and tries it, and for the others
 * another PERIOD begins.
 */
bool image_shunned(struct image *m, uint64_t key, int64_t period, int64_t now);

#endif
