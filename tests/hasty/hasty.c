/*
 * hasty.c - linked into a program in the place of its monotonic clock, which
 * then goes HASTE times as fast: so that a test sees the end of what lasts for
 * minutes.
 */
#include "base/clock.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#define HASTE 400

int64_t __real_clock_mono(void);
int64_t __wrap_clock_mono(void);
int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
		 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
		 const sigset_t *mask);

int64_t __wrap_clock_mono(void)
{
	static int64_t start;

	if (start == 0)
		start = __real_clock_mono();
	return start + (__real_clock_mono() - start) * HASTE;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
		 const sigset_t *mask)
{
	int64_t left = wait->tv_sec * CLOCK_SECOND + wait->tv_nsec / 1000;
	struct timespec soon;

	left = left / HASTE + 1;
	soon = (struct timespec){ left / CLOCK_SECOND,
				  left % CLOCK_SECOND * 1000 };
	return __real_ppoll(fds, count, &soon, mask);
}
