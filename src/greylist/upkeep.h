/*
 * upkeep.h - what the store needs now and then, in a process of its own.
 *
 * A child mends what a killed writer left, deletes what is too old, a few
 * entries under each lock, and sees to it that the disk has the rest: so that
 * no question waits for any of it.
 */
#ifndef SCREEN_UPKEEP_H
#define SCREEN_UPKEEP_H

#include "greylist/grey_options.h"

#include <sys/types.h>

/* Old entries are looked for this often, in seconds. */
#define UPKEEP_EXPIRE_S 3600

/* What was written is on the disk after this, if the machine fails. */
#define UPKEEP_SYNC_S 60

enum upkeep_work {
	UPKEEP_MEND,
	UPKEEP_EXPIRE,
	UPKEEP_SYNC,
};

/*
 * Do WORK on the store FILE here and now. What it did and what failed is
 * logged, but for a failure to mend. 0 or negative errno.
 */
int upkeep_do(const struct grey_options *o, const char *file,
	      enum upkeep_work work);

/* Have a child do it, which exits with 0 or an errno. Its number, or negative
 * errno. */
pid_t upkeep_start(const struct grey_options *o, const char *file,
		   enum upkeep_work work);

#endif
