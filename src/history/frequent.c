#include "history/frequent.h"

#include "base/siphash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PLACES 65536 /* a power of two, some larger than FREQUENT_MOST */

/* So many counts stand for all when the median is sought. */
#define SAMPLE 1024

struct frequent {
	struct frequent_item item[PLACES];
	size_t known;
	uint64_t short_by;
	/* nobody who picks his addresses can make this slow */
	unsigned char key[SIPHASH_KEY];
};

struct frequent *frequent_new(void)
{
	struct frequent *f = calloc(1, sizeof(*f));

	if (f && getrandom(f->key, sizeof(f->key), 0) != sizeof(f->key)) {
		free(f);
		return NULL;
	}
	return f;
}

void frequent_free(struct frequent *f)
{
	free(f);
}

static size_t home_of(const struct frequent *f, struct span text)
{
	return siphash(f->key, text) & (PLACES - 1);
}

/* The place of TEXT, or the free one where it belongs. */
static struct frequent_item *find(struct frequent *f, struct span text)
{
	size_t at = home_of(f, text);

	while (f->item[at].count > 0 &&
	       (strncmp(f->item[at].text, text.p, text.len) != 0 ||
		f->item[at].text[text.len] != '\0'))
		at = (at + 1) & (PLACES - 1);
	return &f->item[at];
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static uint64_t median(const struct frequent *f)
{
	uint64_t sample[SAMPLE];
	size_t n = 0;

	for (size_t i = 0; i < PLACES && n < SAMPLE; i++)
		if (f->item[i].count > 0)
			sample[n++] = f->item[i].count;
	qsort(sample, n, sizeof(sample[0]), by_number);
	return sample[n / 2];
}

/* Free the place AT; who stands behind it because it was taken moves up. */
static void leave(struct frequent *f, size_t at)
{
	size_t next = at;

	for (;;) {
		size_t home;

		next = (next + 1) & (PLACES - 1);
		if (f->item[next].count == 0)
			break;
		home = home_of(f, span_of(f->item[next].text));
		/* at home anywhere behind AT it stays */
		if (((next - home) & (PLACES - 1)) <
		    ((next - at) & (PLACES - 1)))
			continue;
		f->item[at] = f->item[next];
		at = next;
	}
	f->item[at].count = 0;
	f->known--;
}

static void make_room(struct frequent *f)
{
	uint64_t less = median(f);

	f->short_by += less;
	for (size_t i = 0; i < PLACES; i++)
		/* the same place once more when another moves into it */
		while (f->item[i].count > 0 && f->item[i].count <= less)
			leave(f, i);
	for (size_t i = 0; i < PLACES; i++)
		if (f->item[i].count > 0)
			f->item[i].count -= less;
}

void frequent_add(struct frequent *f, struct span text, int kind, int64_t time)
{
	struct frequent_item *item;

	if (text.len > FREQUENT_TEXT)
		text.len = FREQUENT_TEXT;
	item = find(f, text);
	if (item->count == 0) {
		if (f->known == FREQUENT_MOST) {
			make_room(f);
			item = find(f, text);
		}
		*item = (struct frequent_item){ .last = time };
		memcpy(item->text, text.p, text.len);
		f->known++;
	}
	item->count++;
	item->kind[kind]++;
	if (time > item->last)
		item->last = time;
}

static bool comes_before(const struct frequent_item *a,
			 const struct frequent_item *b)
{
	return a->count != b->count ? a->count > b->count
				    : strcmp(a->text, b->text) < 0;
}

int frequent_top(const struct frequent *f, struct frequent_item *ret, int count)
{
	int n = 0;

	for (size_t i = 0; i < PLACES; i++) {
		const struct frequent_item *item = &f->item[i];
		int at = n < count ? n : count;

		if (item->count == 0)
			continue;
		while (at > 0 && comes_before(item, &ret[at - 1])) {
			if (at < count)
				ret[at] = ret[at - 1];
			at--;
		}
		if (at < count)
			ret[at] = *item;
		if (n < count)
			n++;
	}
	return n;
}

size_t frequent_known(const struct frequent *f)
{
	return f->known;
}

uint64_t frequent_short_by(const struct frequent *f)
{
	return f->short_by;
}
