/*
 * executable.h - where a program is.
 */
#ifndef SCREEN_EXECUTABLE_H
#define SCREEN_EXECUTABLE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Is NAME more than a word that is looked up in PATH? */
bool executable_has_path(const char *name);

/*
 * Find NAME as execvp(3) does: the first in PATH that may be executed, or NAME
 * itself. 0, its PATH, and in *RET what stat(2) says of it; or negative errno.
 */
int executable_find(const char *name, char path[PATH_MAX], struct stat *ret);

#endif
