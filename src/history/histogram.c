#include "history/histogram.h"

#include <assert.h>

#define STEPS (INT64_C(1) << HISTOGRAM_STEP_BITS)
#define MOST  ((INT64_C(1) << HISTOGRAM_BITS) - 1)

/* How often VALUE must be halved to have no more bits than a step can tell. */
static int halvings(int64_t value)
{
	int bits = 64 - __builtin_clzll((unsigned long long)(value | 1));

	return bits > HISTOGRAM_STEP_BITS + 1 ? bits - HISTOGRAM_STEP_BITS - 1
					      : 0;
}

static int bucket_of(int64_t value)
{
	int shift = halvings(value);

	return (int)(shift * STEPS + (value >> shift));
}

/* The middle of what belongs to BUCKET. */
static int64_t middle(int bucket)
{
	int shift = bucket < 2 * STEPS ? 0 : (int)(bucket / STEPS) - 1;
	int64_t low = (bucket - shift * STEPS) << shift;

	return low + ((INT64_C(1) << shift) - 1) / 2;
}

void histogram_add(struct histogram *h, int64_t microseconds)
{
	int64_t value = microseconds < 0      ? 0
			: microseconds > MOST ? MOST
					      : microseconds;

	h->bucket[bucket_of(value)]++;
	h->count++;
	if (value > h->longest)
		h->longest = value;
}

int64_t histogram_quantile(const struct histogram *h, unsigned percent)
{
	uint64_t rank, seen = 0;
	int64_t value;
	int b = 0;

	assert(percent >= 1 && percent <= 100);
	if (h->count == 0)
		return -1;
	/* h->count * percent / 100, rounded up, without its overflow */
	rank = h->count / 100 * percent + (h->count % 100 * percent + 99) / 100;
	while ((seen += h->bucket[b]) < rank)
		b++;
	value = middle(b);
	return value < h->longest ? value : h->longest;
}
