/*
 * landlock.h - no file, no port, nobody else's process: Landlock, see
 * landlock(7).
 */
#ifndef SCREEN_LANDLOCK_H
#define SCREEN_LANDLOCK_H

/* The version of its interface that this kernel has, or negative errno. */
int landlock_version(void);

/*
 * Take from this process, and from what it starts, all that this kernel lets
 * it take: to open any file; from version 4 on to bind or connect TCP sockets;
 * from version 6 on to send signals to others and to reach abstract sockets.
 * What is open stays as it is. Needs no_new_privs. 0, or negative errno.
 */
int landlock_enter(void);

/* Take only the right to start programs. The same results. */
int landlock_enter_without_exec(void);

#endif
