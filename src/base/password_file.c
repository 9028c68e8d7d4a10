#include "base/password_file.h"

#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any password, less than any file taken by mistake. */
#define FILE_MOST 1024

static int check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) ||
	    (st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		return -EPERM;
	return 0;
}

static int take_line(struct span text, struct sbuf *to)
{
	struct span line = text, behind;

	span_cut(text, '\n', &line, &behind);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		return -ENODATA;
	sbuf_add(to, line);
	return sbuf_fitted(to) ? 0 : -EMSGSIZE;
}

int password_file_read(const char *path, struct sbuf *to)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char memory[FILE_MOST];
	size_t len = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = check_private(fd);
	if (r == 0)
		r = fdio_read_whole(fd, memory, sizeof(memory), &len);
	if (r == 0)
		r = take_line((struct span){ memory, len }, to);
	close(fd);
	explicit_bzero(memory, sizeof(memory));
	return r;
}
