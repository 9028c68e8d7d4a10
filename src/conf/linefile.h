/*
 * linefile.h - an administrator's text file, as logical lines.
 *
 * The rules of all Postfix files: lines that are empty, blank, or begin with
 * "#" are ignored wherever they stand; a line that begins with white space
 * continues the logical line before it. Line ends are LF or CR LF.
 *
 * Only regular files of a bounded size are read, in one go, so that no FIFO
 * or device can hold up a connection or fill its memory.
 */
#ifndef SCREEN_LINEFILE_H
#define SCREEN_LINEFILE_H

#include "base/arena.h"

#include <sys/types.h>

#define LINEFILE_MAX ((size_t)32 << 20)

/* Which file it is, whatever name led to it. */
struct linefile_id {
	dev_t device;
	ino_t inode;
};

struct linefile {
	char *at, *end;	 /* what is still to be read; joined in place */
	unsigned number; /* the line on which the last logical line began */
	unsigned read;	 /* lines read so far */
	struct linefile_id id;
};

/*
 * Read PATH into ARENA. 0, or negative errno: -EISDIR, -EINVAL when it is no
 * regular file, -EFBIG when it is larger than LINEFILE_MAX, -ENOMEM when the
 * arena is full.
 */
int linefile_open(struct linefile *f, const char *path, struct arena *arena);

/*
 * The same over LEN bytes at TEXT and one more behind them, which are changed
 * by reading. F->id is unset.
 */
void linefile_over(struct linefile *f, char *text, size_t len);

/*
 * The next logical line without the white space at its end; F->number tells
 * where it began. It begins with white space only where there is nothing to
 * continue. It stays valid and may be changed by the caller, up to and with
 * the byte behind its end. 1, 0 at the end, or -EBADMSG for a NUL in line
 * F->number: this is no text file.
 */
int linefile_next(struct linefile *f, struct span *ret_line);

/* What ERROR (a positive errno) of these functions means, for the operator. */
const char *linefile_strerror(int error);

#endif
