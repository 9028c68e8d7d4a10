#include "daemon/waiting.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

int waiting_open(struct waiting *w, uint32_t count)
{
	size_t size = count * sizeof(struct waiter);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert(count > 0 && (count & (count - 1)) == 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (madvise(memory, size, MADV_DONTFORK) < 0) {
		int r = -errno;

		munmap(memory, size);
		return r;
	}
	*w = (struct waiting){ .slot = memory, .count = count };
	return 0;
}

void waiting_close(struct waiting *w)
{
	munmap(w->slot, w->count * sizeof(struct waiter));
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
