/* as_file.h - the fuzzer's bytes as a file with a name. */
#ifndef SCREEN_AS_FILE_H
#define SCREEN_AS_FILE_H

#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct as_file {
	int fd;
	char path[32];
};

static inline void as_file_open(struct as_file *f, struct span text)
{
	f->fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (f->fd < 0 || write(f->fd, text.p, text.len) != (ssize_t)text.len)
		abort();
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
}

#endif
