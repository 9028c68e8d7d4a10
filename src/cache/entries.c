#include "cache/entries.h"

#include "cache/cache_copy.h"
#include "net/cidr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool entries_add(struct entries *e, const struct cache_entry *entry)
{
	if (e->count == e->room) {
		size_t room = e->room > 0 ? e->room * 2 : 1024;
		struct cache_entry *more =
			reallocarray(e->entry, room, sizeof(*more));

		if (!more)
			return false;
		e->entry = more;
		e->room = room;
	}
	e->entry[e->count++] = *entry;
	return true;
}

void entries_free(struct entries *e)
{
	free(e->entry);
	*e = (struct entries){ .count = 0 };
}

/* Keys of ours are addresses and networks, in their canonical form. */
static bool is_key(struct span text)
{
	struct cidr net;

	return text.len < CACHE_KEY && cidr_parse(text, &net) == CIDR_OK;
}

static int compare(const void *a, const void *b)
{
	const struct cache_entry *x = a, *y = b;
	struct cidr p, q;
	int order;

	cidr_parse(span_of(x->key), &p);
	cidr_parse(span_of(y->key), &q);
	if (p.net.family != q.net.family)
		return p.net.family < q.net.family ? -1 : 1;
	order = memcmp(p.net.bytes, q.net.bytes, sizeof(p.net.bytes));
	if (order != 0)
		return order;
	return p.prefix < q.prefix ? -1 : p.prefix > q.prefix;
}

static int collect(struct cache_copy *copy, struct entries *to)
{
	struct cache_copied from;

	while (cache_copy_next(copy, &from)) {
		struct cache_entry e = { .stamps = from.stamps };

		if (!from.readable || !is_key(from.key)) {
			to->foreign++;
			continue;
		}
		memcpy(e.key, from.key.p, from.key.len);
		if (!entries_add(to, &e))
			return -ENOMEM;
	}
	return 0;
}

int entries_read(struct cache *cache, int64_t deadline, struct entries *ret)
{
	struct entries e = { .count = 0 };
	struct cache_copy copy;
	int r;

	r = cache_copy_take(cache, deadline, &copy);
	if (r < 0)
		return r;
	r = collect(&copy, &e);
	cache_copy_drop(&copy);
	if (r < 0) {
		entries_free(&e);
		return r;
	}
	if (e.count > 0)
		qsort(e.entry, e.count, sizeof(*e.entry), compare);
	*ret = e;
	return 0;
}

enum entry_state entry_state(const struct stamps *s, enum test test,
			     int64_t now)
{
	if (s->until[test] == STAMP_NEW)
		return ENTRY_NEVER;
	if (s->until[test] == STAMP_DISABLED)
		return ENTRY_OFF;
	return stamps_due(s, test, now) ? ENTRY_EXPIRED : ENTRY_PASSED;
}

const char *entry_state_name(enum entry_state state)
{
	switch (state) {
	case ENTRY_PASSED:
		return "passed";
	case ENTRY_EXPIRED:
		return "expired";
	case ENTRY_NEVER:
		return "never";
	case ENTRY_OFF:
		return "off";
	}
	return "";
}
