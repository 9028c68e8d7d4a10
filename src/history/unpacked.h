/*
 * unpacked.h - read a file line by line that may be compressed.
 *
 * gzip(1), xz(1), zstd(1) and bzip2(1) unpack it in a process of their own,
 * which is a second processor at work. Which one follows from the name's end.
 */
#ifndef SCREEN_UNPACKED_H
#define SCREEN_UNPACKED_H

#include "base/span.h"

#include <sys/types.h>

/* The longest line; what is longer is none of ours. */
#define UNPACKED_LINE (256 << 10)

struct unpacked {
	int fd;	     /* to read from */
	int file;    /* as it is on disk: its offset tells how far we are */
	pid_t child; /* 0: none is needed */
	int error;   /* of reading: 0 or negative errno */
	bool ended;
	size_t at, end; /* what is read and not given out, in TEXT */
	char text[UNPACKED_LINE];
};

/* The end of a name that says "compressed", with its dot, or "". */
const char *unpacked_suffix(const char *name);

/* 0 or negative errno: -EINVAL when it is no regular file; -ENOENT also when
 * the program is not installed. */
int unpacked_open(struct unpacked *u, const char *name);

/*
 * The next line, until the next call, without its line feed; the last may have
 * had none. One that is too long is given out as an empty one, *RET_WHOLE
 * false. False at the end, and when reading failed.
 */
bool unpacked_line(struct unpacked *u, struct span *ret, bool *ret_whole);

/* 0, or what reading failed with; -EBADMSG when unpacking did, and EARLY does
 * not say that not all was wanted. */
int unpacked_close(struct unpacked *u, bool early);

#endif
