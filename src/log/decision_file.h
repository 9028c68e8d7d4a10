/*
 * decision_file.h - the decision log as a file: one line, one write(2).
 *
 * Many processes append at once (O_APPEND: lines do not mix on a local file
 * system), each to the file that has the name right now: so whoever moves it
 * away, as logrotate(8) does, has to tell nobody. A line that was torn, by a
 * full disk or a crash, is one that ends without a line feed; the next line
 * begins with one then, so that a reader loses no more than what was torn.
 */
#ifndef SCREEN_DECISION_FILE_H
#define SCREEN_DECISION_FILE_H

#include "base/sbuf.h"

/*
 * Open PATH to append to, and make it, mode 0640, if it is not there. 0 or
 * negative errno: as private_file_open, which says what is not trusted.
 */
int decision_file_open(const char *path, int *ret_fd);

/*
 * Append LINE, which has no line feed, and one. LINE must have room for two
 * characters more, and is changed. 0 or negative errno; -ENOSPC also when only
 * a part could be written, -EMSGSIZE when LINE had no room. Never ends the
 * program, also not by SIGXFSZ.
 */
int decision_file_write(int fd, struct sbuf *line);

#endif
