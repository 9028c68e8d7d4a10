/*
 * returns.h - clients that were told to come back, and when they did.
 *
 * Remembers RETURNS_MOST clients at a time; of those that have no room the one
 * that has been waited for longest is given up.
 */
#ifndef SCREEN_RETURNS_H
#define SCREEN_RETURNS_H

#include "base/span.h"
#include "history/histogram.h"

#define RETURNS_MOST 65536

struct returns_place {
	uint64_t client; /* 0: free */
	int64_t since;
};

/* Of zeros but for KEY, which nobody can guess: empty. */
struct returns {
	uint64_t told;		/* clients, each counted once until it passes */
	uint64_t came;		/* of them: and passed */
	uint64_t given_up;	/* of them: nobody looked any longer */
	struct histogram after; /* of those that came */
	unsigned char key[16];
	struct returns_place place[RETURNS_MOST];
};

/* CLIENT was told to come back, or passed, at TIME in microseconds. */
void returns_told(struct returns *r, struct span client, int64_t time);
void returns_passed(struct returns *r, struct span client, int64_t time);

#endif
