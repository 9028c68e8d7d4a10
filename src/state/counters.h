/*
 * counters.h - what all connections came to, counted since the files that it
 * stands in were made.
 *
 * Words of a file's first page: of the state file, or of any other that keeps
 * to its first 512 bytes and to what is behind 4096. A client that is known is
 * counted too, and must cost next to nothing. Most of that is opening a file,
 * so one that is open anyway is as good as the state file; and mapping a page
 * costs several times what reading and writing it does. That is done under the
 * file's flock(2). Nothing is lost however many count at once, unless somebody
 * is stopped, or dies, while he counts. Which number means what, and where who
 * is counted, is screen/tally.h's.
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

/* Of what kind a file is. */
enum counters_file {
	COUNTERS_IN_STATE, /* the state file: its header must be right */
	COUNTERS_IN_OTHER, /* it may be shorter, and end with zeros missing */
};

/*
 * Open the state file FILE to count in, which is not made; so that a sandbox
 * may forbid that later. A descriptor to be closed by the caller, or negative
 * errno: -ENOENT when there is none.
 */
int counters_open(const char *file);

/*
 * Add all of C in the file FD, open for reading and writing. 0 or negative
 * errno: -ENOENT when it is no whole state file yet, -ETIMEDOUT when others do
 * not let us: after 100 ms, or 2 of another file than the state file, which can
 * be used instead.
 */
int counters_add(int fd, enum counters_file kind, const struct counts *c);

/* Add all in FILE to SUM. As above; -ENOENT also when there is none. */
int counters_sum(const char *file, enum counters_file kind,
		 uint64_t sum[IMAGE_COUNTERS]);

#endif
