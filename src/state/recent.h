/*
 * recent.h - what the tests before the greeting found of clients lately.
 *
 * For who decides about the same client a moment later: greylisting. Only what
 * is not ordinary takes a place: a score of DNS lists that is not 0, or words
 * before the greeting. A client's network stands here as 36 bits of a keyed
 * hash. The newest of some 4096 are kept; to push one out others must be
 * tested in its place, and it is noted again when it is tested again.
 */
#ifndef SCREEN_RECENT_H
#define SCREEN_RECENT_H

#include "state/image.h"

/* How long it is believed, in seconds. */
#define RECENT_AGE (INT64_C(7) * 86400)

/* What is one client, whatever the cache takes for one. */
#define RECENT_IPV4_PREFIX 32
#define RECENT_IPV6_PREFIX 64

/* Scores beyond are as good as these. */
#define RECENT_SCORE 1000

struct recent {
	int score;     /* of the DNS lists */
	bool pregreet; /* it spoke before the greeting */
};

/* What was tested now; the rest stays as it was. */
struct recent_found {
	bool scored, greeted;
	struct recent found;
};

/* Note it of the client of KEY (image_key) at NOW, wall time in seconds. */
void recent_note(struct image *m, uint64_t key, const struct recent_found *f,
		 int64_t now);

/* What is known of it at NOW. False, and *RET is all 0, when nothing is. */
bool recent_find(const struct image *m, uint64_t key, int64_t now,
		 struct recent *ret);

#endif
