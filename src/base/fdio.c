#include "base/fdio.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int fdio_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, clock_poll_ms(clock_mono(), deadline));

		if (n > 0)
			return p.revents & POLLNVAL ? -EBADF : p.revents;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && clock_mono() >= deadline)
			return -ETIMEDOUT;
	}
}

bool fdio_same(int a, int b)
{
	struct stat st;

	return fstat(a, &st) == 0 && fdio_is(b, &st);
}

bool fdio_is(int fd, const struct stat *file)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == file->st_dev &&
	       st.st_ino == file->st_ino;
}

int fdio_status(int fd, struct fdio_status *ret)
{
	struct statx x;
	struct stat st;

	if (statx(fd, "", AT_EMPTY_PATH,
		  STATX_TYPE | STATX_MODE | STATX_UID | STATX_NLINK, &x) == 0) {
		*ret = (struct fdio_status){ x.stx_mode, x.stx_uid,
					     x.stx_nlink };
		return 0;
	}
	/* sandboxes of others may not know that call */
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct fdio_status){ st.st_mode, st.st_uid, st.st_nlink };
	return 0;
}

bool fdio_is_inet(int fd)
{
	int domain;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

int fdio_fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* the lowest that is free is this one; it outlives an exec */
		if (open("/dev/null", O_RDWR) < 0)
			return -errno;
	}
	return 0;
}

int fdio_empty_standard(int first, int last)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r = 0;

	if (null < 0)
		return -errno;
	for (int fd = first; r == 0 && fd <= last; fd++)
		if (dup2(null, fd) < 0)
			r = -errno;
	close(null);
	return r;
}

int fdio_above_standard(int fd)
{
	int copy, r;

	if (fd < 0 || fd > 2)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	r = copy < 0 ? -errno : copy;
	close(fd);
	return r;
}

static int write_once(int fd, const void *bytes, size_t size, int64_t at)
{
	ssize_t n =
		at < 0 ? write(fd, bytes, size) : pwrite(fd, bytes, size, at);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENOSPC;
}

int fdio_write_at(int fd, const void *bytes, size_t size, int64_t at)
{
	struct sigaction before, ignore = { .sa_handler = SIG_IGN };
	struct rlimit limit;
	int r;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	    limit.rlim_cur == RLIM_INFINITY)
		return write_once(fd, bytes, size, at);
	sigaction(SIGXFSZ, &ignore, &before);
	r = write_once(fd, bytes, size, at);
	sigaction(SIGXFSZ, &before, NULL);
	return r;
}

int fdio_read_whole(int fd, char *to, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, to + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}
