/*
 * table_source.h - the lines of a table, wherever they stand.
 *
 * A file, or rules written in the setting itself: "{ {rule}, {rule} }", each
 * of which is a line. For the readers of the single table types only.
 */
#ifndef SCREEN_TABLE_SOURCE_H
#define SCREEN_TABLE_SOURCE_H

#include "base/sbuf.h"
#include "conf/linefile.h"
#include "conf/report.h"

struct table_source {
	const char *type; /* as written: "cidr" */
	const char *name; /* the file, or "(inline)" */
	struct arena *arena;
	struct report *report;
	const struct origin *where;
	struct linefile lines;
	unsigned mistakes;
};

/*
 * Read NAME, a path or rules in braces. The caller has set the fields above
 * "lines", except S->name. False with WHY when there is nothing to read from,
 * and with WHY empty when the arena is full.
 */
bool table_source_open(struct table_source *s, struct span name,
		       struct sbuf *why);

/* As linefile_next; lines that continue nothing are skipped with a warning. */
int table_source_next(struct table_source *s, struct span *ret_line);

/* Warn about the line read last: "cidr map NAME, line N: ...". */
void table_source_warn(struct table_source *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for another line. */
void table_source_warn_at(struct table_source *s, unsigned line,
			  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* All lines are read: say how many warnings were left out. */
void table_source_end(struct table_source *s);

/*
 * What stands between the braces around TEXT, without white space at its
 * ends. False when TEXT is not one group in braces from end to end.
 */
bool table_braces(struct span text, struct span *ret_inside);

#endif
