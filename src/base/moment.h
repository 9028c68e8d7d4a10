/* moment.h - points in time and periods, for people to read. */
#ifndef SCREEN_MOMENT_H
#define SCREEN_MOMENT_H

#include "base/sbuf.h"

#include <stdint.h>

/*
 * WALL, in epoch seconds, as UTC: "2026-11-21T03:27:33Z". Years of other than
 * four digits, which no clock of ours shows, are written as "-".
 */
void moment_format(int64_t wall, struct sbuf *to);

/*
 * SECONDS in its UNITS (1 or more) largest units, rounded down: "29d 23h",
 * "1h 5m", "59s". Negative counts as 0.
 */
void moment_format_period(int64_t seconds, int units, struct sbuf *to);

#endif
