/*
 * exim.h - whom an Exim believes.
 *
 * From root and from its own user Exim takes a client's address in its
 * arguments. From anybody else it drops them without a word, and takes the
 * client for a local user.
 */
#ifndef SCREEN_EXIM_H
#define SCREEN_EXIM_H

#include "base/arena.h"

#include <sys/types.h>

/*
 * Does the Exim that COMMAND starts, as a path or looked up in PATH, believe
 * user UID? It is asked for the name of its own user, unless that is root.
 * 1, 0, or negative errno when it would not tell within 5 seconds; -ENOENT
 * when its user is not in /etc/passwd.
 */
int exim_trusts(const char *command, uid_t uid, struct arena *arena);

#endif
