/*
 * mark.h - what the lock file says about the cache file beside it.
 *
 * A process may die in the middle of a write, and GDBM would not notice:
 * free space listed as free and used at once gives one client's stamps to
 * another, later. So a writer marks the file dirty before it writes and
 * clean behind it, and whoever finds the mark believes nothing before the
 * file was examined. The lock file also remembers since which start of the
 * machine this has been watched: after a power failure neither the mark nor
 * the data are what was written last. And it can hold a journal, the new
 * contents of the cache file while they are copied into it.
 */
#ifndef SCREEN_MARK_H
#define SCREEN_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum mark {
	MARK_CLEAN,
	MARK_DIRTY,   /* a write began and has not ended */
	MARK_JOURNAL, /* the journal is complete, the cache file is not */
};

/* Which start of the machine this is; empty text when nobody can tell. */
#define MARK_BOOT 36

struct mark_boot {
	char id[MARK_BOOT + 1];
};

void mark_boot_read(struct mark_boot *ret);

/* From here to 4096 the lock file has room for others: nothing here reads or
 * writes there, or ever makes the file shorter than that. */
#define MARK_OTHERS 512

struct mark_state {
	enum mark mark;
	struct mark_boot watched; /* since that start; empty: never */

	/* Who wrote last, a number that each writer draws for itself; 0:
	 * nobody. Who keeps the file open between two writes knows by it
	 * whether somebody else came between. */
	uint64_t writer;
};

/* 0 or negative errno. An empty lock file is clean. */
int mark_read(int lock, struct mark_state *ret);

/* Was the file watched since BOOT? Yes, when that is unknown. */
bool mark_watched(const struct mark_state *state, const struct mark_boot *boot);

/* 0 or negative errno. */
int mark_set(int lock, enum mark mark);
int mark_watch(int lock, const struct mark_boot *boot);
int mark_writer_set(int lock, uint64_t writer);

/*
 * Keep the contents of the file FROM as the journal, and mark it complete.
 * 0 or negative errno.
 */
int mark_journal_write(int lock, int from);

/* The same without the mark, for who must set it under a lock later. */
int mark_journal_fill(int lock, int from);

/*
 * Copy the journal over the file TO and cut that to its length. The mark
 * stays, for the caller to clear. 0 or negative errno: -EUCLEAN the journal
 * is not whole.
 */
int mark_journal_replay(int lock, int to);

/* Give its space back, once the mark is no longer MARK_JOURNAL. */
void mark_journal_drop(int lock);

#endif
