/*
 * outlook.h - can the cache be expected to take an update?
 *
 * For clients that are told to come back: they must be known by then, or they
 * would be told so for ever. It asks what an update needs (both files, the
 * locks, room on the disk) and writes nothing.
 */
#ifndef SCREEN_OUTLOOK_H
#define SCREEN_OUTLOOK_H

#include "cache/cache.h"

/*
 * 0 when a cache_update would most likely succeed, or when there is no cache;
 * else the negative errno that it would most likely return. Waits for the
 * locks until DEADLINE (monotonic).
 */
int outlook_update(struct cache *c, int64_t deadline);

#endif
