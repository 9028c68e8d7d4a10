/*
 * report.h - what is wrong with a configuration, and where.
 *
 * Reading settings never stops at the first mistake: each is added here with
 * its place, so that --check-config shows them all and a connection logs the
 * first. Rooms above add what they find in the settings that they own.
 */
#ifndef SCREEN_REPORT_H
#define SCREEN_REPORT_H

#include "base/arena.h"

#include <stdbool.h>

enum report_level {
	REPORT_NOTE,	/* nothing to do; shown by --check-config only */
	REPORT_WARNING, /* we go on, perhaps not as meant */
	REPORT_ERROR,	/* no connection is screened until it is mended */
};

/* Where a setting stands. FILE NULL: it is a default, or came from -o. */
struct origin {
	const char *file;
	unsigned line;	       /* 0 when there is no file */
	const char *parameter; /* as its owner wrote it, or NULL */
};

struct report_line {
	enum report_level level;
	const char *text; /* with its place, in the arena */
	const struct report_line *next;
};

struct report {
	struct arena *arena;
	const struct report_line *first;
	struct report_line *last;
	unsigned errors, warnings, notes;
	bool must_read; /* see report_lost */
};

void report_init(struct report *r, struct arena *arena);

/*
 * Add one message: "FILE, line N: PARAMETER: MESSAGE". WHERE may be NULL. A
 * message for which the arena has no room still counts.
 */
void report_add(struct report *r, enum report_level level,
		const struct origin *where, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * How bad it is that a list or table cannot be read: an error where
 * R->must_read is set, for who still has what was read before; else a warning,
 * because a file that is missing while it is being replaced must not turn mail
 * away.
 */
enum report_level report_lost(const struct report *r);

/* The first error, or NULL when there is none. */
const char *report_first_error(const struct report *r);

#endif
