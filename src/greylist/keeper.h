/*
 * keeper.h - when the store needs what upkeep.h can do, and the child that is
 * at it.
 */
#ifndef SCREEN_KEEPER_H
#define SCREEN_KEEPER_H

#include "greylist/greylist.h"
#include "greylist/upkeep.h"

struct keeper {
	struct greylist *greylist;
	pid_t child; /* at WORK; 0: none */
	enum upkeep_work work;
	int64_t hold_until; /* nothing should be read meanwhile */
	int64_t next_expire, next_sync;
	unsigned long synced; /* changes that are on the disk */
};

/* Times are monotonic. */
void keeper_open(struct keeper *k, struct greylist *g, int64_t now);

/* Begin to mend the store, whatever is known of it. */
void keeper_mend(struct keeper *k, int64_t now);

/* Do what is due. CHILD_ENDED: some child has. */
void keeper_work(struct keeper *k, bool child_ended, int64_t now);

/* When there will be something to do. */
int64_t keeper_wake(const struct keeper *k, int64_t now);

#endif
