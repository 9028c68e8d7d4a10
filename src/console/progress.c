#include "console/progress.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Quick commands show nothing. */
#define FIRST (500 * CLOCK_MS)
#define AGAIN (200 * CLOCK_MS)

static int64_t next;
static bool shown;

void progress_show(const char *what, size_t done, size_t total)
{
	int64_t now;

	if (!isatty(STDERR_FILENO))
		return;
	now = clock_mono();
	if (next == 0)
		next = now + FIRST;
	if (now < next)
		return;
	next = now + AGAIN;
	shown = true;
	fprintf(stderr, "\r%s: %zu of %zu (%zu %%)\033[K", what, done, total,
		total > 0 ? (size_t)((double)done * 100 / (double)total) : 100);
	fflush(stderr);
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
