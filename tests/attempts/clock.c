/*
 * clock - a wall clock that a test can step.
 *
 * Linked into programs of the tests alone, in the place of base/clock's (ld
 * --wrap). The file CLOCK_STEP begins with the number of seconds, eight bytes,
 * that it is ahead; the test writes it whenever it likes. The clock for waits
 * and deadlines cannot be stepped, and is not.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int64_t __real_clock_wall(void);
int64_t __wrap_clock_wall(void);
int64_t __real_clock_wall_fine(void);
int64_t __wrap_clock_wall_fine(void);

static const volatile int64_t *step;

/* Before a sandbox forbids it. */
__attribute__((constructor)) static void open_step(void)
{
	const char *path = getenv("CLOCK_STEP");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, sizeof(*step), PROT_READ, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		step = memory;
	close(fd);
}

static int64_t ahead(void)
{
	return step ? *step : 0;
}

int64_t __wrap_clock_wall(void)
{
	return __real_clock_wall() + ahead();
}

int64_t __wrap_clock_wall_fine(void)
{
	return __real_clock_wall_fine() + ahead() * CLOCK_SECOND;
}
