/*
 * state_file.h - the state file on the disk: found whole or made anew, and
 * mapped.
 *
 * What is damaged is made anew in place: others may have it mapped. Whoever
 * makes it holds its flock(2).
 */
#ifndef SCREEN_STATE_FILE_H
#define SCREEN_STATE_FILE_H

#include "state/image.h"

/*
 * Map FILE; with MAKE it is made if it is not there, or not whole. 0 with *RET,
 * or negative errno: -ENOENT when there is none, or FILE is empty, and else as
 * private_file_open. The file may be cut under who has it mapped
 * (base/guard.h).
 */
int state_file_map(const char *file, bool make, struct image **ret);

/* *IMAGE may be NULL, and is then. */
void state_file_unmap(struct image **image);

#endif
