/*
 * table.h - lookup tables that an administrator wrote, "type:name".
 *
 * Types: cidr static inline texthash regexp; hash, btree and lmdb read their
 * text source; pcre does what POSIX extended expressions can do, and says so
 * where they cannot. Read once, at start, but for a cidr file that is compiled
 * (compiled.h). Rules as in cidr_table(5) and its kin.
 *
 * A table that cannot be read still exists: every lookup in it fails, and
 * the caller treats that as "no decision".
 */
#ifndef SCREEN_TABLE_H
#define SCREEN_TABLE_H

#include "base/sbuf.h"
#include "conf/report.h"

struct table;

/*
 * Read SPEC ("type:name") into ARENA. Mistakes in SPEC or the file go to
 * REPORT at WHERE: warnings, but as report_lost has it for a table that is of
 * no use. Rules with mistakes are skipped, as Postfix does. NULL only when the
 * arena is full. Both must outlive the table: a compiled one may let us down
 * later, and be told of then.
 */
struct table *table_open(struct span spec, struct arena *arena,
			 struct report *report, const struct origin *where);

/* "type:name", as written. */
const char *table_name(const struct table *t);

/* Does TEXT look like a table, that is, does it hold a colon? */
bool table_is_spec(struct span text);

/*
 * Look KEY up and put what was found into VALUE (cleared first). 1 found, 0
 * not found, or a negative errno: -EBADF for a table that could not be read,
 * -EMSGSIZE when VALUE is too small. texthash and inline keys are matched in
 * lower case, as Postfix folds them; cidr ignores keys that are no address,
 * and patterns those that are longer than 2048 bytes. -ENOMEM when a pattern
 * needs more memory than there is.
 */
int table_find(const struct table *t, struct span key, struct sbuf *value);

#endif
