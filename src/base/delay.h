/* delay.h - how long something took, as Postfix writes it in its log. */
#ifndef SCREEN_DELAY_H
#define SCREEN_DELAY_H

#include "base/sbuf.h"

#include <stdint.h>

/*
 * MICROSECONDS as seconds with two significant digits, rounded, at most
 * DIGITS (0 to 6) of them behind the point and no trailing zeros: 0, 0.01,
 * 0.12, 1.3, 9.9, 12. Whole seconds are never shortened: 340. Negative
 * counts as 0. DIGITS is Postfix's delay_logging_resolution_limit.
 */
void delay_format(int64_t microseconds, int digits, struct sbuf *to);

#endif
