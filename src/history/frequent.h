/*
 * frequent.h - what occurs most, of more than there is room for.
 *
 * Counts texts in a table of fixed size. When it is full, the median of its
 * counts is taken off each, and what then has none is forgotten (the way of
 * Misra and Gries, 1982, many steps at once). So a count is never too high, and
 * too low by at most `short_by`, which stays below twice the number of
 * occurrences divided by FREQUENT_MOST: what is frequent is never missed.
 */
#ifndef SCREEN_FREQUENT_H
#define SCREEN_FREQUENT_H

#include "base/span.h"

#include <stdint.h>

/* So many texts are told apart at a time. */
#define FREQUENT_MOST 49152

/* Of a longer text only so much counts. */
#define FREQUENT_TEXT 47

/* Kinds of occurrences. */
#define FREQUENT_KINDS 5

struct frequent_item {
	char text[FREQUENT_TEXT + 1];
	uint64_t count; /* 0: the place is free */
	uint64_t kind[FREQUENT_KINDS];
	int64_t last; /* when it occurred last */
};

struct frequent;

/* NULL when there is no memory. */
struct frequent *frequent_new(void);
void frequent_free(struct frequent *f);

/* TEXT occurs at TIME, as of KIND. */
void frequent_add(struct frequent *f, struct span text, int kind, int64_t time);

/*
 * The COUNT most frequent, the first of them first; of equals the first by
 * name. How many there are.
 */
int frequent_top(const struct frequent *f, struct frequent_item *ret,
		 int count);

/* How many texts are known; without `short_by` it is all there were. */
size_t frequent_known(const struct frequent *f);

/* By how much a count may be too low. */
uint64_t frequent_short_by(const struct frequent *f);

#endif
