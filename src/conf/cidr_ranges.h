/*
 * cidr_ranges.h - what a cidr table says, as ranges of addresses.
 *
 * First match, "!" and if are resolved: each address lies in one range, and
 * the ranges stand in order. For the one who writes them down
 * (compiled_write.h); a lookup in the rules themselves is table_cidr.h.
 */
#ifndef SCREEN_CIDR_RANGES_H
#define SCREEN_CIDR_RANGES_H

#include "conf/table_cidr.h"

/* From FIRST up to where the next one begins, or to the last address. */
struct cidr_range {
	struct address first;
	const struct rule *rule; /* the one that decides; NULL: none does */
};

struct cidr_ranges {
	struct cidr_range *range;
	size_t count; /* 0 when no rule ever decides */
};

/*
 * The ranges of FAMILY in R, the rules of a cidr table, made in ARENA.
 * Neighbours have different results. 0, or -ENOMEM when the arena is full.
 */
int cidr_ranges(const struct rules *r, enum address_family family,
		struct arena *arena, struct cidr_ranges *ret);

#endif
