/*
 * clock.h - the two clocks.
 *
 * Wall time, in seconds, is for stamps and logs. Monotonic time, in
 * microseconds, is for waits and deadlines. Everything that judges time
 * takes it as an argument; only the outermost loops ask the clock.
 */
#ifndef SCREEN_CLOCK_H
#define SCREEN_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MS     INT64_C(1000)

/* Later than any deadline. */
#define CLOCK_NEVER INT64_MAX

int64_t clock_wall(void);
int64_t clock_mono(void);

/* Wall time in microseconds, for records alone. */
int64_t clock_wall_fine(void);

/*
 * What poll(2) must be told to wake at DEADLINE when it is NOW: milliseconds,
 * rounded up so that a deadline is reached when poll returns; 0 when it has
 * passed; -1 for CLOCK_NEVER.
 */
int clock_poll_ms(int64_t now, int64_t deadline);

#endif
