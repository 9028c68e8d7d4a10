/*
 * expiry.h - which entries are of no use to anybody any more.
 *
 * postscreen deletes an entry when any test that is switched on would have
 * been due for longer than the retention time, was never passed, or was off
 * when the entry was written. That costs mail delay: the pass of the DNS
 * lists lasts an hour, those of the tests behind the greeting 30 days, and a
 * client that writes every ten days loses the latter with the former and is
 * told to come back again. Here an entry goes when nothing in it is of use,
 * that is when the last of all its passes ended longer than the retention
 * time ago, tests that are off included: switching one off for a day must
 * not cost what was known. Partial entries go the same way, a little later.
 *
 * An entry from the future counts for nothing, but stays: if it is our clock
 * that is wrong (it often is until a machine has found its time server), the
 * whole cache would be gone. Its client's next visit mends it.
 */
#ifndef SCREEN_EXPIRY_H
#define SCREEN_EXPIRY_H

#include "cache/stamps.h"

/* May an entry with S go at NOW? RETENTION is in seconds. NULL, a value that
 * nobody of ours wrote, may. */
bool expiry_is_over(const struct stamps *s, int64_t now, int64_t retention);

#endif
