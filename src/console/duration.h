/* duration.h - a period on the command line: 30d, 12h. */
#ifndef SCREEN_DURATION_H
#define SCREEN_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A number and one of s, m, h, d, w; a number alone is in UNIT. False after
 * saying what is wrong.
 */
bool duration_parse(const char *text, char unit, int64_t *ret_seconds);

#endif
