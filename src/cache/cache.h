/*
 * cache.h - who passed, and until when.
 *
 * One entry per client network, in a GDBM file that many short processes
 * share. A reader never fails because a writer syncs; a writer is never
 * starved by readers; who finds the mark of a writer that died takes the
 * cache as absent until the next writer has repaired it. Losing an entry
 * costs one more test; a wrong value is never returned.
 */
#ifndef SCREEN_CACHE_H
#define SCREEN_CACHE_H

#include "cache/cache_map.h"
#include "cache/gdbm_index.h"
#include "cache/mark.h"
#include "cache/stamps.h"
#include "net/address.h"

#include <sys/types.h>
#include <time.h>

struct gdbm_file_info;

/* The file as it was opened, and what tells that it is as it was. */
struct cache_reader {
	struct gdbm_file_info *db; /* NULL: not open */
	ino_t inode;
	uint64_t writer; /* who wrote last (mark.h) */
	struct timespec written;
	off_t size;
};

/*
 * Beside FILE stands its lock file: the same name with ".lock" for ".gdbm",
 * or behind any other name. Both are ours alone, mode 0600; a symbolic or
 * hard link, a special file, or one that another user owns or may write to
 * is refused with -ELOOP or -EPERM. The directory is not made here.
 */
struct cache {
	const char *file; /* of GDBM; empty: there is no cache */
	int lock;	  /* the lock file, once opened; -1 before */
	int data;	  /* the cache file, for writing; -1 before */
	pid_t opener;	  /* of both: a child of a fork opens its own */
	struct mark_boot boot;
	uint64_t writer; /* our number among those who write (mark.h) */

	/* Set behind cache_init by a process that lives long, changes many
	 * entries and ignores SIGXFSZ: GDBM keeps the file open from one change
	 * to the next. */
	bool keep_open;
	struct gdbm_file_info *kept; /* NULL: not open */
	struct gdbm_index index;     /* as it was before the last change */
	bool index_current;	     /* and still is */

	/* Set behind cache_init by a process that lives long and looks up many:
	 * the file stays open until somebody else has written. */
	bool keep_reading;
	struct cache_reader reader;

	/* Set by who cannot wait for a repair: a file that needs one is
	 * -EUCLEAN at once, until somebody has called cache_mend. */
	bool leave_damage;

	/* A change of ours found the file damaged, and has repaired it: entries
	 * may be lost. For whoever wants to say so. */
	bool repaired;
};

/* Use FILE (kept, not copied). Nothing is opened yet. */
void cache_init(struct cache *c, const char *file);

/* The key of WHO: its network of that many bits, as "192.0.2.1" for a whole
 * address or "2001:db8::/64". */
void cache_key(const struct address *who, unsigned ipv4_prefix,
	       unsigned ipv6_prefix, struct sbuf *to);

/*
 * Look KEY up, waiting for the lock until DEADLINE (monotonic). 1 with *RET,
 * 0 when absent (no directory, file or entry yet, or a value that nobody
 * wrote), or a negative errno: -ETIMEDOUT the lock could not be had, -EUCLEAN
 * a writer died or the file is damaged, and nobody has repaired it yet,
 * others as the system said.
 */
int cache_lookup(struct cache *c, const char *key, int64_t deadline,
		 struct stamps *ret);

/* What a session has to add to an entry. */
struct cache_pass {
	int64_t until[TESTS]; /* 0: not passed now */
	bool enabled[TESTS];  /* a stamp of 0 of a test that is off becomes 1 */
	bool complete;	      /* a completed round: counts */
};

/*
 * Add PASS to KEY's entry as it is now: read it again under the exclusive
 * lock, raise the stamps of tests passed by max(), store. *RET_WAS_NEW tells
 * whether that entry still had a stamp of 0 (or was absent, as without a
 * cache). 0 or negative errno, as for cache_lookup; -ENOSPC and its kin leave
 * the old entry. NOW is wall time in seconds, DEADLINE monotonic. A file that
 * is found damaged is repaired first, which is not interrupted by DEADLINE.
 */
int cache_update(struct cache *c, const char *key,
		 const struct cache_pass *pass, int64_t now, int64_t deadline,
		 bool *ret_was_new);

/*
 * Open what a later cache_update needs (the lock and the file, for writing),
 * so that a sandbox may forbid opening later. 0 or negative errno.
 */
int cache_open_for_update(struct cache *c);

/*
 * Make a file that a writer left damaged sound again, or see to it that one
 * which was there when the machine started is sound. Waits for the locks until
 * DEADLINE, and is not interrupted by it then. 0 or negative errno.
 */
int cache_mend(struct cache *c, int64_t deadline);

void cache_close(struct cache *c);

/*
 * The name of the lock file, for a cache in FILE. Its first page from
 * MARK_OTHERS on is anybody's who has it open, under its flock(2): what is
 * locked here are bytes, which is another lock.
 */
void cache_lock_name(const char *file, struct sbuf *to);

#endif
