/*
 * ledger_expire.h - deleting from a ledger what is too old.
 *
 * By a copy of it, a few entries under each lock, so that questions hardly
 * wait.
 */
#ifndef SCREEN_LEDGER_EXPIRE_H
#define SCREEN_LEDGER_EXPIRE_H

#include "triplet/ledger.h"

struct ledger_expired {
	unsigned long triplets, clients;	 /* that were there */
	unsigned long old_triplets, old_clients; /* of these, deleted */
};

/*
 * Delete from FILE triplets and clients that were not seen for MAX_AGE seconds
 * at NOW (wall time), and triplets that have not passed by RULES and can not
 * any more; and make the file smaller when more than half of it is free. Each
 * lock is waited for as long as PATIENCE, in microseconds. 0, or a negative
 * errno of cache_edit: then *RET is what was done so far.
 */
int ledger_expire(const char *file, const struct judge_rules *rules,
		  int64_t max_age, int64_t now, int64_t patience,
		  struct ledger_expired *ret);

#endif
