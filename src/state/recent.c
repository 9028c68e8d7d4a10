#include "state/recent.h"

/* A client has one of so many places, which its key tells. */
#define WAYS 4

/* A word: 26 bits of the key, minutes since 1970, pregreet, score. */
#define TAG_SHIFT    38
#define MINUTE_SHIFT 12
#define MINUTE_MASK  UINT64_C(0x3ffffff)
#define PREGREET     (UINT64_C(1) << 11)
#define SCORE_MASK   UINT64_C(0x7ff)

static uint64_t *set_of(struct image *m, uint64_t key)
{
	return &m->recent[key % (IMAGE_RECENT / WAYS) * WAYS];
}

static uint64_t tag_of(uint64_t key)
{
	return key >> TAG_SHIFT;
}

static uint64_t minute_of(uint64_t word)
{
	return word >> MINUTE_SHIFT & MINUTE_MASK;
}

static bool is_fresh(uint64_t word, int64_t now)
{
	int64_t then = (int64_t)minute_of(word) * 60;

	return then > 0 && then <= now && now - then <= RECENT_AGE;
}

static struct recent unpack(uint64_t word)
{
	return (struct recent){
		.score = (int)(word & SCORE_MASK) - RECENT_SCORE,
		.pregreet = (word & PREGREET) != 0,
	};
}

static uint64_t pack(uint64_t key, const struct recent *r, int64_t now)
{
	int score = r->score < -RECENT_SCORE  ? -RECENT_SCORE
		    : r->score > RECENT_SCORE ? RECENT_SCORE
					      : r->score;

	return tag_of(key) << TAG_SHIFT |
	       ((uint64_t)(now / 60) & MINUTE_MASK) << MINUTE_SHIFT |
	       (r->pregreet ? PREGREET : 0) | (uint64_t)(score + RECENT_SCORE);
}

/* The way that has KEY, or -1. */
static int find(const uint64_t *set, uint64_t key, int64_t now)
{
	for (int i = 0; i < WAYS; i++) {
		uint64_t word = image_get(&set[i]);

		if (word >> TAG_SHIFT == tag_of(key) && is_fresh(word, now))
			return i;
	}
	return -1;
}

/* The one that is missed the least. */
static int oldest(const uint64_t *set, int64_t now)
{
	int at = 0;

	for (int i = 0; i < WAYS; i++) {
		uint64_t word = image_get(&set[i]);

		if (!is_fresh(word, now))
			return i;
		if (minute_of(word) < minute_of(image_get(&set[at])))
			at = i;
	}
	return at;
}

void recent_note(struct image *m, uint64_t key, const struct recent_found *f,
		 int64_t now)
{
	uint64_t *set = set_of(m, key);
	int at = find(set, key, now);
	struct recent r = { 0 };

	if (at >= 0)
		r = unpack(image_get(&set[at]));
	if (f->scored)
		r.score = f->found.score;
	if (f->greeted)
		r.pregreet = f->found.pregreet;
	if (r.score == 0 && !r.pregreet) {
		if (at >= 0)
			image_set(&set[at], 0);
		return;
	}
	image_set(&set[at >= 0 ? at : oldest(set, now)], pack(key, &r, now));
}

bool recent_find(const struct image *m, uint64_t key, int64_t now,
		 struct recent *ret)
{
	const uint64_t *set = &m->recent[key % (IMAGE_RECENT / WAYS) * WAYS];
	int at = find(set, key, now);

	*ret = at >= 0 ? unpack(image_get(&set[at])) : (struct recent){ 0 };
	return at >= 0;
}
