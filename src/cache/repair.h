/*
 * repair.h - make a cache file sound again, in place.
 *
 * In place, because others have the file open, and because a process behind
 * a sandbox may open no other. What can be proved good stays; a new file is
 * made of it in memory, kept as a journal in the lock file, and copied over
 * the old one. Killed at any moment, the next one to try finds either the
 * old file or the journal.
 */
#ifndef SCREEN_REPAIR_H
#define SCREEN_REPAIR_H

#include <stdbool.h>

/*
 * Is there anything to repair in the cache file DATA? Readers may go on
 * meanwhile, the caller keeps writers away. 1, 0, or negative errno.
 */
int repair_needed(int data);

/*
 * Repair the cache file DATA, whose lock file is LOCK. The mark is set, so
 * that nobody reads it, and the caller keeps other writers away; the mark is
 * cleared when done. REBUILD: even when it looks sound, for GDBM thinks
 * otherwise. 0 or negative errno: -ENOSPC and its kin leave mark and file.
 */
int repair(int lock, int data, bool rebuild);

#endif
