#include "state/record.h"

#include <string.h>

/* Where in a list's words what is. */
enum {
	PROBED, /* when, milliseconds, finding */
	RIGHT,	/* two */
	WRONG = RIGHT + RECORD_POINTS,
	MUTED = WRONG + RECORD_POINTS, /* since, reason */
	RESUMED,
	ALARM, /* when, listed, tested */
	PAUSED,
	COUNTED, /* five */
	WORDS_USED = COUNTED + RECORD_COUNTS,
};

_Static_assert(WORDS_USED <= sizeof(((struct image_list *)0)->word) /
				     sizeof(uint64_t),
	       "no word left");

/* A place that is being cleared for a new list. */
#define CLAIMED 1

/* Whoever asks for a list says so at least at each probe. */
#define FORGOTTEN (INT64_C(30) * 86400)

/* Clocks of two processes need not agree to the second. */
#define BELIEVED_AHEAD 60

/* A word: a time, and behind it two small numbers. */
static uint64_t pack(int64_t time, unsigned a, unsigned b)
{
	uint64_t second = time < 0 || time > UINT32_MAX ? 0 : (uint64_t)time;

	return second << 32 | (uint64_t)(a > 0xffff ? 0xffff : a) << 16 |
	       (b > 0xffff ? 0xffff : b);
}

static int64_t time_of(uint64_t word, int64_t latest)
{
	int64_t time = (int64_t)(word >> 32);

	return time > latest ? 0 : time;
}

static unsigned first_of(uint64_t word)
{
	return (unsigned)(word >> 16 & 0xffff);
}

static unsigned second_of(uint64_t word)
{
	return (unsigned)(word & 0xffff);
}

/* ---- places ---------------------------------------------------------------
 */

static int find(const struct image *m, uint64_t key)
{
	for (int i = 0; i < IMAGE_LISTS; i++)
		if (image_get(&m->list[i].key) == key)
			return i;
	return -1;
}

static bool is_free(const struct image_list *l, int64_t now)
{
	int64_t touched = (int64_t)image_get(&l->touched);

	return image_get(&l->key) == 0 || touched < now - FORGOTTEN ||
	       touched > now + FORGOTTEN;
}

/* A place changes hands only when its words are empty. */
static bool claim(struct image_list *l, uint64_t key, int64_t now)
{
	uint64_t owner = image_get(&l->key);

	if (!image_swap(&l->key, owner, CLAIMED))
		return false;
	for (size_t i = 0; i < sizeof(l->word) / sizeof(l->word[0]); i++)
		image_set(&l->word[i], 0);
	image_set(&l->touched, (uint64_t)now);
	image_set(&l->key, key);
	return true;
}

int record_find(struct image *m, uint64_t key, bool make, int64_t now)
{
	int at = find(m, key);

	for (int i = 0; at < 0 && make && i < IMAGE_LISTS; i++) {
		if (is_free(&m->list[i], now) && claim(&m->list[i], key, now))
			at = i;
		else
			at = find(m, key);
	}
	return at;
}

/* ---- words ----------------------------------------------------------------
 */

void record_read(const struct image *m, int at, int64_t now, struct record *ret)
{
	const uint64_t *word = m->list[at].word;
	int64_t latest = now + BELIEVED_AHEAD;
	uint64_t probed = image_get(&word[PROBED]);
	uint64_t muted = image_get(&word[MUTED]);
	uint64_t alarm = image_get(&word[ALARM]);

	*ret = (struct record){
		.probed = time_of(probed, latest),
		.latency_ms = first_of(probed),
		.finding = second_of(probed) & 0xff,
		.muted = time_of(muted, latest),
		.reason = second_of(muted) & 0xff,
		.resumed = time_of(image_get(&word[RESUMED]), latest),
		.alarm = time_of(alarm, latest),
		.alarm_listed = first_of(alarm),
		.alarm_tested = second_of(alarm),
		.paused = time_of(image_get(&word[PAUSED]),
				  now + RECORD_PAUSE_MOST),
	};
	for (int p = 0; p < RECORD_POINTS; p++) {
		ret->right[p] = time_of(image_get(&word[RIGHT + p]), latest);
		ret->wrong[p] = time_of(image_get(&word[WRONG + p]), latest);
	}
}

void record_write(struct image *m, int at, const struct record *r, int64_t now)
{
	struct image_list *l = &m->list[at];

	image_set(&l->touched, (uint64_t)now);
	image_set(&l->word[MUTED], pack(r->muted, 0, r->reason));
	for (int p = 0; p < RECORD_POINTS; p++) {
		image_set(&l->word[RIGHT + p], pack(r->right[p], 0, 0));
		image_set(&l->word[WRONG + p], pack(r->wrong[p], 0, 0));
	}
	image_set(&l->word[RESUMED], pack(r->resumed, 0, 0));
	image_set(&l->word[PROBED], pack(r->probed, r->latency_ms, r->finding));
}

void record_alarm(struct image *m, int at, unsigned listed, unsigned tested,
		  int64_t until, int64_t now)
{
	struct image_list *l = &m->list[at];

	image_set(&l->touched, (uint64_t)now);
	if (until != 0)
		image_set(&l->word[PAUSED], pack(until, 0, 0));
	image_set(&l->word[ALARM], pack(now, listed, tested));
}

void record_count(struct image *m, int at, unsigned kind)
{
	if (kind < RECORD_COUNTS)
		__atomic_fetch_add(&m->list[at].word[COUNTED + kind], 1,
				   __ATOMIC_RELAXED);
}

uint64_t record_counted(const struct image *m, int at, unsigned kind)
{
	return kind < RECORD_COUNTS
		       ? image_get(&m->list[at].word[COUNTED + kind])
		       : 0;
}
