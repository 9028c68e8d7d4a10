/*
 * compare.h - comparisons in settings, as postconf(5) has them.
 *
 * Each returns an order: negative, 0 or positive, as A stands to B.
 */
#ifndef SCREEN_COMPARE_H
#define SCREEN_COMPARE_H

#include "base/span.h"

#include <stdint.h>

int compare_numbers(uint64_t a, uint64_t b);

/* Two whole numbers as numbers, all else as bytes. */
int compare_texts(struct span a, struct span b);

/* A compatibility level, "3", "3.6" or "3.6.1", as one number. */
bool compare_level(struct span text, uint64_t *ret);

/* Does the relation OPERATOR, "<" or "!=" and so on, hold for things of that
 * ORDER? False when there is no such operator. */
bool compare_holds(struct span operator, int order, bool *ret);

#endif
