/*
 * arena.h - the one bounded place for what the configuration says.
 *
 * Nearly everything in it lives until the process execs or ends. The address
 * space is reserved at once and filled page by page, so a small configuration
 * pays for little and an absurd one ends in a clear error instead of the
 * memory.
 */
#ifndef SCREEN_ARENA_H
#define SCREEN_ARENA_H

#include "base/span.h"

struct arena {
	char *memory;
	size_t size;
	size_t used;
	struct arena_closer *closers;
};

/* Reserve SIZE bytes. 0 or negative errno. */
int arena_open(struct arena *a, size_t size);

/* Run what arena_on_close was told, the last first, and give it all back. */
void arena_close(struct arena *a);

/* SIZE zeroed bytes aligned for any object; NULL when the arena is full. */
void *arena_alloc(struct arena *a, size_t size);

/* COUNT zeroed objects of SIZE bytes; NULL when full or too many to count. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A copy of S as a C string, cut at nothing; NULL when the arena is full. */
char *arena_text(struct arena *a, struct span s);

/*
 * Give back what was allocated since the arena had USED bytes in use, for who
 * needs it for a moment, again and again. Nothing of it may be on the list
 * that arena_on_close keeps.
 */
void arena_rewind(struct arena *a, size_t used);

/*
 * When the arena closes, call CLOSE with OBJECT: for what an object in it
 * holds elsewhere (regcomp(3) allocates on its own). False when the arena is
 * full; then nothing will be called.
 */
bool arena_on_close(struct arena *a, void (*close)(void *object), void *object);

#endif
