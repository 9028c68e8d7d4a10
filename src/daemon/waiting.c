#include "daemon/waiting.h"

#include "base/unforked.h"

#include <assert.h>

int waiting_open(struct waiting *w, uint32_t count)
{
	void *memory;
	int r = unforked_open(count, sizeof(struct waiter), &memory);

	assert(count > 0 && (count & (count - 1)) == 0);
	if (r == 0)
		*w = (struct waiting){ .slot = memory, .count = count };
	return r;
}

void waiting_close(struct waiting *w)
{
	unforked_close(w->slot, w->count, sizeof(struct waiter));
	w->slot = NULL;
}

struct waiter *waiting_at(const struct waiting *w, uint32_t number)
{
	return &w->slot[number & (w->count - 1)];
}

struct waiter *waiting_first(struct waiting *w)
{
	while (w->first != w->next && waiting_at(w, w->first)->fd < 0)
		w->first++;
	return w->first == w->next ? NULL : waiting_at(w, w->first);
}

bool waiting_full(const struct waiting *w)
{
	return w->next - w->first == w->count;
}

uint32_t waiting_add(struct waiting *w, const struct waiter *waiter)
{
	assert(!waiting_full(w));
	*waiting_at(w, w->next) = *waiter;
	return w->next++;
}
