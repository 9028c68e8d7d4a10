/*
 * fdio.h - descriptors: waiting for one, telling two apart, keeping 0 to 2,
 * reading one whole.
 *
 * Nothing here sets O_NONBLOCK: it belongs to the open file, which others
 * share.
 */
#ifndef SCREEN_FDIO_H
#define SCREEN_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stat;

/*
 * Wait until FD is ready for EVENTS (poll(2)) or DEADLINE has come. What
 * poll reported, above 0; -ETIMEDOUT; or another negative errno. What is
 * ready at once is reported even when DEADLINE has passed.
 */
int fdio_wait(int fd, short events, int64_t deadline);

/* Are both open, and the same socket, pipe, device or file? */
bool fdio_same(int a, int b);

/* Is FD open, and the one that fstat(2) said FILE of? */
bool fdio_is(int fd, const struct stat *file);

/*
 * What fstat(2) tells of FD, but its times. Who asks for these is promised that
 * a later write changes them, and makes that write several times as dear (the
 * multigrain timestamps of Linux 6.13). 0 or negative errno.
 */
struct fdio_status {
	mode_t mode;
	uid_t owner;
	nlink_t links;
};
int fdio_status(int fd, struct fdio_status *ret);

/* Is FD an IPv4 or IPv6 socket? */
bool fdio_is_inet(int fd);

/*
 * Open /dev/null wherever 0, 1 or 2 is closed, so that no file of ours is
 * ever taken for standard input, output or error. 0, or negative errno.
 */
int fdio_fill_standard(void);

/*
 * Put /dev/null in the place of FIRST to LAST, of 0, 1 and 2: of who has no use
 * for what its parent left there. 0, or negative errno.
 */
int fdio_empty_standard(int first, int last);

/*
 * FD, or when it is 0, 1 or 2 a close-on-exec copy above them in its place.
 * Negative errno, with FD closed, when there is none. FD may be negative.
 */
int fdio_above_standard(int fd);

/*
 * Write SIZE bytes to a file, in one call: at AT, or where it appends when AT
 * is -1. 0 or negative errno: -EFBIG, and no signal, at a limit on the size of
 * files; -ENOSPC when only a part was written.
 */
int fdio_write_at(int fd, const void *bytes, size_t size, int64_t at);

/*
 * Read until SIZE bytes are there or the file ends: *RET_LEN of them. For
 * files, and pipes that hold it all already: nothing bounds the wait. 0 or
 * negative errno.
 */
int fdio_read_whole(int fd, char *to, size_t size, size_t *ret_len);

#endif
