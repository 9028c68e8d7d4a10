/*
 * histogram.h - how long something took, many times over, in fixed memory.
 *
 * A period is kept to within 0.8 percent: below 128 us exactly, above that in
 * 128 steps for each doubling, up to twelve days.
 */
#ifndef SCREEN_HISTOGRAM_H
#define SCREEN_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_BITS	    40 /* of the longest period, in microseconds */
#define HISTOGRAM_BUCKETS                             \
	((HISTOGRAM_BITS - HISTOGRAM_STEP_BITS + 1) * \
	 (1 << HISTOGRAM_STEP_BITS))

/* Of zeros: empty. */
struct histogram {
	uint64_t count;
	int64_t longest; /* as it was */
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Add a period in MICROSECONDS. One below 0 counts as 0, one that is too long
 * as the longest. */
void histogram_add(struct histogram *h, int64_t microseconds);

/*
 * The shortest period that at least PERCENT (1 to 100) of all do not exceed, by
 * nearest rank: 50 is the median. Microseconds; -1 when there is none.
 */
int64_t histogram_quantile(const struct histogram *h, unsigned percent);

#endif
