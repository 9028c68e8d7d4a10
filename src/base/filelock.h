/*
 * filelock.h - many readers or one writer, none starved, none waiting for ever.
 *
 * With a single lock a few busy readers overlap for ever and a writer never
 * gets its turn. So there are two, byte ranges of one lock file: everybody
 * passes the gate, and a writer stands in it while it waits for the readers
 * inside to leave. Readers let go of the gate at once.
 *
 * The locks belong to the open file: closing it, or the death of the process,
 * releases them; a fork shares them, so whoever forks opens anew.
 *
 * Deadlines are monotonic microseconds (clock.h). The first attempt never
 * waits, and only when it fails a timer is made, which interrupts the
 * blocking call by a signal. Timer, handler and mask are as before on
 * return. For programs of one thread.
 */
#ifndef SCREEN_FILELOCK_H
#define SCREEN_FILELOCK_H

#include <stdint.h>

enum filelock_kind {
	FILELOCK_SHARED,
	FILELOCK_EXCLUSIVE,
};

/*
 * Lock the lock file FD, open for reading and writing. 0, -ETIMEDOUT, or
 * another negative errno; nothing is held unless 0.
 */
int filelock_take(int fd, enum filelock_kind kind, int64_t deadline);
void filelock_drop(int fd);

/*
 * The same for the exclusive flock(2) of a whole file, the lock that GDBM
 * itself and its tools use.
 */
int filelock_take_whole(int fd, int64_t deadline);
void filelock_drop_whole(int fd);

#endif
