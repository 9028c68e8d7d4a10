#include "base/private_file.h"

#include "base/fdio.h"
#include "base/sbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_ours(int fd)
{
	struct fdio_status st;
	int r = fdio_status(fd, &st);

	if (r < 0)
		return r;
	/* No link at all: removed since, which is not a trick. */
	if (!S_ISREG(st.mode) || st.owner != geteuid() ||
	    (st.mode & (S_IWGRP | S_IWOTH)) != 0 || st.links > 1)
		return -EPERM;
	return 0;
}

/* O_NONBLOCK: opening a planted FIFO must not wait for its writer. */
static int open_only(const char *path, int flags)
{
	int fd = open(path,
		      flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		      0600);

	if (fd < 0)
		return -errno;
	return fd;
}

/* May root make a file beside PATH, that is, in a folder of root's own? */
static bool folder_is_roots(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct sbuf b = SBUF(folder);
	struct stat st;

	sbuf_add(&b, (struct span){ path, slash ? (size_t)(slash - path) : 0 });
	if (b.len == 0)
		sbuf_add_text(&b, slash ? "/" : ".");
	return sbuf_fitted(&b) && (stat(folder, &st) < 0 || st.st_uid == 0);
}

int private_file_open(const char *path, int flags, int *ret_fd)
{
	return private_file_open_mode(path, flags, 0600, ret_fd);
}

int private_file_open_mode(const char *path, int flags, unsigned mode,
			   int *ret_fd)
{
	int fd = open_only(path, flags & ~O_CREAT);
	bool made = false;
	int r;

	if (fd == -ENOENT && (flags & O_CREAT) != 0) {
		if (geteuid() == 0 && !folder_is_roots(path))
			return -EACCES;
		fd = open_only(path, flags);
		made = true;
	}
	if (fd < 0)
		return fd;
	r = check_ours(fd);
	if (r == 0 && made && mode != 0600 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}
