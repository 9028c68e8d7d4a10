/*
 * number.h - decimal numbers from text, whole or not at all; and what goes with
 * one in a sentence.
 *
 * No white space, no other base, nothing behind the digits: what strtol(3)
 * forgives is a mistake worth naming in a configuration.
 */
#ifndef SCREEN_NUMBER_H
#define SCREEN_NUMBER_H

#include "base/span.h"

#include <stdint.h>

/* One or more digits, at most MAX. */
bool number_parse(struct span text, uint64_t max, uint64_t *ret);

/* The same with an optional sign, between INT_MIN and INT_MAX. */
bool number_parse_int(struct span text, int *ret);

/* The int that is nearest to N. */
int number_to_int(int64_t n);

/* The words that go with COUNT: ONE for a single thing, else MANY. */
const char *number_words(uint64_t count, const char *one, const char *many);

#endif
