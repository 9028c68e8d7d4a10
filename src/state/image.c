#include "state/image.h"

#include <stddef.h>
#include <string.h>

/* On another kind of machine the numbers behind it differ as well. */
static const char magic[16] = "smtp-screen st\n";

static uint64_t check_of(const struct image_header *h)
{
	return siphash(h->key,
		       (struct span){ (const char *)h,
				      offsetof(struct image_header, check) });
}

void image_header_init(struct image_header *h,
		       const unsigned char key[SIPHASH_KEY])
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, magic, sizeof(magic));
	h->version = IMAGE_VERSION;
	h->size = IMAGE_SIZE;
	memcpy(h->key, key, SIPHASH_KEY);
	h->check = check_of(h);
}

bool image_header_valid(const struct image_header *h)
{
	return memcmp(h->magic, magic, sizeof(magic)) == 0 &&
	       h->version == IMAGE_VERSION && h->size == IMAGE_SIZE &&
	       h->check == check_of(h);
}

uint64_t image_key(const struct image *m, struct span topic, struct span name)
{
	unsigned char key[SIPHASH_KEY];
	uint64_t hash;

	memcpy(key, m->header.key, sizeof(key));
	/* the topic's hash takes part in the key of the name's */
	hash = siphash(key, topic);
	for (size_t i = 0; i < sizeof(hash); i++)
		key[i] ^= (unsigned char)(hash >> 8 * i);
	hash = siphash(key, name);
	return hash < 2 ? 2 : hash;
}

/* ---- marks ----------------------------------------------------------------
 */

static struct image_mark *find_mark(struct image *m, uint64_t key)
{
	for (size_t i = 0; i < IMAGE_MARKS; i++)
		if (image_get(&m->mark[i].key) == key)
			return &m->mark[i];
	return NULL;
}

/* A free place, or the one that was used longest ago. */
static struct image_mark *oldest_mark(struct image *m)
{
	struct image_mark *oldest = &m->mark[0];

	for (size_t i = 0; i < IMAGE_MARKS; i++) {
		if (image_get(&m->mark[i].key) == 0)
			return &m->mark[i];
		if (image_get(&m->mark[i].last) < image_get(&oldest->last))
			oldest = &m->mark[i];
	}
	return oldest;
}

/* Has another place the key of MARK as well? */
static bool is_doubled(struct image *m, const struct image_mark *mark,
		       uint64_t key)
{
	for (size_t i = 0; i < IMAGE_MARKS; i++)
		if (&m->mark[i] != mark && image_get(&m->mark[i].key) == key)
			return true;
	return false;
}

/* Make KEY's mark. NULL when others are faster again and again. */
static struct image_mark *add_mark(struct image *m, uint64_t key)
{
	for (int tries = 0; tries < 16; tries++) {
		struct image_mark *mark = find_mark(m, key);
		uint64_t used, last;

		if (mark)
			return mark;
		mark = oldest_mark(m);
		used = image_get(&mark->key);
		last = image_get(&mark->last);
		if (!image_swap(&mark->key, used, key))
			continue;
		/* Two may have taken a place each. Whoever sees the other
		 * gives back its own; the fence sees to it that one does. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (is_doubled(m, mark, key)) {
			image_swap(&mark->key, key, 0);
			continue;
		}
		/* unless somebody has used the new key meanwhile */
		image_swap(&mark->last, last, 0);
		return mark;
	}
	return NULL;
}

/* Was it less than PERIOD before NOW? Not when it is from the future: a clock
 * was wrong, then or now. */
static bool is_recent(uint64_t last, int64_t period, int64_t now)
{
	return last != 0 && last <= (uint64_t)now &&
	       (uint64_t)now - last < (uint64_t)period;
}

bool image_once(struct image *m, uint64_t key, int64_t period, int64_t now)
{
	struct image_mark *mark = add_mark(m, key);
	uint64_t last;

	if (!mark)
		return true;
	last = image_get(&mark->last);
	if (is_recent(last, period, now))
		return false;
	return image_swap(&mark->last, last, (uint64_t)now);
}

bool image_over(struct image *m, uint64_t key, int64_t least, int64_t now)
{
	struct image_mark *mark = find_mark(m, key);
	uint64_t last = mark ? image_get(&mark->last) : 0;

	return last != 0 && !is_recent(last, least, now) &&
	       image_swap(&mark->last, last, 0);
}

void image_shun(struct image *m, uint64_t key, int64_t now)
{
	struct image_mark *mark = add_mark(m, key);

	if (mark)
		image_set(&mark->last, (uint64_t)now);
}

void image_forgive(struct image *m, uint64_t key)
{
	struct image_mark *mark = find_mark(m, key);

	if (mark && image_get(&mark->last) != 0)
		image_set(&mark->last, 0);
}

bool image_shunned(struct image *m, uint64_t key, int64_t period, int64_t now)
{
	struct image_mark *mark = find_mark(m, key);
	uint64_t last = mark ? image_get(&mark->last) : 0;

	if (last == 0 || is_recent(last, period, now))
		return last != 0;
	return !image_swap(&mark->last, last, (uint64_t)now);
}
