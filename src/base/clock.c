#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_wall(void)
{
	return (int64_t)time(NULL);
}

static int64_t ask(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

int64_t clock_mono(void)
{
	return ask(CLOCK_MONOTONIC);
}

int64_t clock_wall_fine(void)
{
	return ask(CLOCK_REALTIME);
}

int clock_poll_ms(int64_t now, int64_t deadline)
{
	int64_t ms;

	if (deadline == CLOCK_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	ms = (deadline - now - 1) / CLOCK_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}
