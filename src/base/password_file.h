/*
 * password_file.h - a password that stands in a file of its own.
 *
 * So it is in no settings file that is shown around, in no command line and
 * in no environment.
 */
#ifndef SCREEN_PASSWORD_FILE_H
#define SCREEN_PASSWORD_FILE_H

#include "base/sbuf.h"

/*
 * Add the first line of PATH, without its newline, to TO; the caller wipes it.
 * 0 or negative errno: -EPERM when it is no plain file of root's or ours, or
 * others than its owner and group may read or anybody else may write it;
 * -ENODATA when the line is empty, -EMSGSIZE when there is no room for it.
 */
int password_file_read(const char *path, struct sbuf *to);

#endif
