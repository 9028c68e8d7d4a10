/*
 * bdb_tools.h - have Berkeley DB's own programs read a database for us.
 *
 * Files that another user wrote, perhaps while a service still writes to them:
 * a child becomes that user, copies them to a folder of its own, makes the
 * copies whole with db_recover(1) from the transaction logs, and has
 * db_dump(1) write them as text. Nothing in the folder itself is touched. The
 * programs are looked for in PATH, and as db5.3_recover and db5.3_dump.
 */
#ifndef SCREEN_BDB_TOOLS_H
#define SCREEN_BDB_TOOLS_H

#include <stddef.h>
#include <sys/types.h>

/* All of it may take so long, in seconds. */
#define BDB_TOOLS_PATIENCE_S 600

struct bdb_tools {
	pid_t child;
	int fd; /* read the text of all databases here; then close it */
};

/*
 * Dump the COUNT databases NAMES in FOLDER, one behind the other; all but the
 * first may be missing. EX_OK, or the exit code after saying why not.
 */
int bdb_tools_start(const char *folder, const char *const *names, size_t count,
		    struct bdb_tools *ret);

/* Behind the end of the text: EX_OK, or the exit code after the child has said
 * why it is not whole. */
int bdb_tools_end(const struct bdb_tools *t);

#endif
