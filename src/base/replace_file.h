/*
 * replace_file.h - put a new file in the place of another, all of it or none.
 *
 * Whoever opens the file finds the old contents or the new, also after a
 * crash; whoever has the old one open or mapped keeps it.
 */
#ifndef SCREEN_REPLACE_FILE_H
#define SCREEN_REPLACE_FILE_H

#include "base/span.h"

#include <sys/types.h>

struct replace_as {
	uid_t owner;
	gid_t group;
	mode_t mode;
};

/*
 * Let PATH hold CONTENTS and belong to AS: written to a new file of another
 * name in the same directory, on the disk before it takes its name. A symbolic
 * link at PATH is replaced, never followed. 0, or negative errno with nothing
 * changed: -EPERM when we may not give a file to that owner and group.
 */
int replace_file(const char *path, struct span contents,
		 const struct replace_as *as);

#endif
