/*
 * compiled.h - a cidr table that smtp-screenctl compile made ready to be used.
 *
 * FILE.compiled stands beside FILE, so who can put something there could as
 * well change FILE. It is mapped, not read: a lookup in a table of 100,000
 * networks touches a handful of its pages. Whatever stands in it, nothing is
 * read beyond it, also when it is cut while it is mapped; and what it does
 * not tell for sure it does not tell at all, so that the caller reads the
 * text. For programs of one thread.
 */
#ifndef SCREEN_COMPILED_H
#define SCREEN_COMPILED_H

#include "base/sbuf.h"
#include "conf/compiled_image.h"
#include "conf/report.h"

#define COMPILED_SUFFIX ".compiled"

enum compiled_state {
	COMPILED_GOOD,
	COMPILED_NONE,	/* there is no such file */
	COMPILED_STALE, /* FILE has changed since, or another version made it */
	COMPILED_BAD, /* it is damaged, or somebody else may have written it */
};

struct compiled {
	const unsigned char *memory;
	struct compiled_header header; /* a copy, which nobody can change */
	unsigned char key[SIPHASH_KEY];
};

/*
 * Use what was made of the file SOURCE, until ARENA closes; C must live as
 * long. It must be a regular file, no symbolic link, of SOURCE's owner or
 * root's, writable by nobody else, and made of SOURCE as it is now: inode,
 * size, times of the last change of contents and of anything. Unless
 * COMPILED_GOOD or COMPILED_NONE, WHY says what is wrong.
 */
enum compiled_state compiled_open(struct compiled *c, const char *source,
				  struct arena *arena, struct sbuf *why);

/* The same for SIZE bytes at MEMORY, whatever they were made of. */
enum compiled_state compiled_over(struct compiled *c, const void *memory,
				  uint64_t size, struct sbuf *why);

/*
 * Report the mistakes that the table has, as reading it would. 0, or -EBADMSG
 * when it is damaged.
 */
int compiled_report(const struct compiled *c, struct report *report,
		    const struct origin *where);

/*
 * As table_find for a cidr table: 1, 0 also for a KEY that is no address, or
 * -EBADMSG when the file is damaged where the answer is.
 */
int compiled_find(const struct compiled *c, struct span key,
		  struct sbuf *value);

/* Is all of it as it was written? Reads the whole file. 0 or -EBADMSG. */
int compiled_verify(const struct compiled *c);

#endif
