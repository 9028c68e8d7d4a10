/*
 * counters.h - what all connections came to, counted since the state file was
 * made.
 *
 * Words of the file's first page. A client that is known is counted too, and
 * must cost next to nothing: so the page is not mapped, which costs several
 * times as much, but read and written under the file's lock, with which it is
 * also made. Nothing is lost however many count at once, unless somebody is
 * stopped, or dies, while he counts. Which number means what is
 * screen/tally.h's.
 */
#ifndef SCREEN_COUNTERS_H
#define SCREEN_COUNTERS_H

#include "state/image.h"

/* What one connection adds. */
#define COUNTS_MOST 48

struct counts {
	unsigned used;
	struct {
		unsigned counter;
		uint64_t amount;
	} one[COUNTS_MOST];
};

/* Add AMOUNT to COUNTER, below IMAGE_COUNTERS; what does not fit is left out,
 * and 0 is nothing. */
void counts_add(struct counts *c, unsigned counter, uint64_t amount);

/*
 * Open FILE to count in, which is not made; so that a sandbox may forbid that
 * later. A descriptor to be closed by the caller, or negative errno: -ENOENT
 * when there is none.
 */
int counters_open(const char *file);

/*
 * Add all of C in the open file FD. 0 or negative errno: -ENOENT when it is not
 * a whole one yet, -ETIMEDOUT after 100 ms when others do not let us.
 */
int counters_add(int fd, const struct counts *c);

/* Read all in FILE. As above. */
int counters_read(const char *file, uint64_t ret[IMAGE_COUNTERS]);

#endif
