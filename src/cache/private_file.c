#include "cache/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_ours(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* No link at all: removed since, which is not a trick. */
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || st.st_nlink > 1)
		return -EPERM;
	return 0;
}

int private_file_open(const char *path, int flags, int *ret_fd)
{
	/* O_NONBLOCK: opening a planted FIFO must not wait for its writer. */
	int fd = open(path,
		      flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		      0600);
	int r;

	if (fd < 0)
		return -errno;
	r = check_ours(fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}
