#include "base/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

struct arena_closer {
	struct arena_closer *next;
	void (*close)(void *object);
	void *object;
};

int arena_open(struct arena *a, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*a = (struct arena){ .memory = memory, .size = size };
	return 0;
}

void arena_close(struct arena *a)
{
	for (struct arena_closer *c = a->closers; c; c = c->next)
		c->close(c->object);
	if (a->memory)
		munmap(a->memory, a->size);
	*a = (struct arena){ 0 };
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	size_t start = (a->used + align - 1) & ~(align - 1);

	if (start > a->size || size > a->size - start)
		return NULL;
	a->used = start + size;
	return a->memory + start; /* fresh pages are zero already */
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *arena_text(struct arena *a, struct span s)
{
	char *copy;

	if (s.len >= a->size)
		return NULL;
	copy = arena_alloc(a, s.len + 1);
	if (copy && s.len > 0)
		memcpy(copy, s.p, s.len);
	return copy;
}

void arena_rewind(struct arena *a, size_t used)
{
	/* as arena_alloc has promised */
	memset(a->memory + used, 0, a->used - used);
	a->used = used;
}

bool arena_on_close(struct arena *a, void (*close)(void *object), void *object)
{
	struct arena_closer *closer = arena_alloc(a, sizeof(*closer));

	if (!closer)
		return false;
	*closer = (struct arena_closer){ a->closers, close, object };
	a->closers = closer;
	return true;
}
