#include "net/stream.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a client may still send while it is being told to go. */
#define FINISH_LIMIT ((size_t)64 * 1024)

/* How long a look that finds nothing new waits for the next one. */
#define PEEK_AGAIN (10 * CLOCK_MS)

/* What poll(2) says of a stream that has come to its end. */
#define ENDED (POLLRDHUP | POLLHUP | POLLERR)

static int socket_option(int fd, int name, int *ret)
{
	socklen_t len = sizeof(*ret);

	return getsockopt(fd, SOL_SOCKET, name, ret, &len) == 0 ? 0 : -errno;
}

static int socket_kind(int fd, enum stream_kind *ret)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(peer);
	int type, listening, r;

	r = socket_option(fd, SO_TYPE, &type);
	if (r < 0)
		return r;
	if (type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0) {
		r = -errno;
		if (socket_option(fd, SO_ACCEPTCONN, &listening) == 0 &&
		    listening)
			r = -EDESTADDRREQ;
		return r;
	}
	*ret = peer.ss_family == AF_INET || peer.ss_family == AF_INET6
		       ? STREAM_TCP
		       : STREAM_LOCAL;
	return 0;
}

int stream_open(struct stream *s, int in, int out)
{
	struct stream opened = { .in = in, .out = out };
	struct stat st;
	int r;

	if (fstat(in, &st) < 0)
		return -errno;
	if (S_ISSOCK(st.st_mode)) {
		r = socket_kind(in, &opened.kind);
		if (r < 0)
			return r;
	} else if (S_ISFIFO(st.st_mode)) {
		opened.kind = STREAM_PIPE;
	} else if (S_ISREG(st.st_mode)) {
		opened.kind = STREAM_FILE;
	} else {
		opened.kind = STREAM_OTHER;
	}
	*s = opened;
	return 0;
}

/* ---- looking ----------------------------------------------------------- */

static ssize_t peek_socket(int fd, char *to, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, to, size, MSG_PEEK | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t peek_file(int fd, char *to, size_t size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t n;

	if (at < 0)
		return -errno;
	do
		n = pread(fd, to, size, at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The copy is in a pipe of our own, so reading it can wait for nobody. */
static ssize_t read_copied(int fd, char *to, size_t len)
{
	size_t got;
	int r = fdio_read_whole(fd, to, len, &got);

	return r < 0 ? r : (ssize_t)got;
}

static ssize_t peek_pipe(int fd, char *to, size_t size)
{
	int copy[2];
	ssize_t n;

	if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	do
		n = tee(fd, copy[1], size, SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	n = n < 0 ? -errno : read_copied(copy[0], to, (size_t)n);
	close(copy[0]);
	close(copy[1]);
	return n;
}

ssize_t stream_peek(const struct stream *s, char *to, size_t size)
{
	int r;

	assert(size > 0);
	switch (s->kind) {
	case STREAM_TCP:
	case STREAM_LOCAL:
		return peek_socket(s->in, to, size);
	case STREAM_PIPE:
		return peek_pipe(s->in, to, size);
	case STREAM_FILE:
		return peek_file(s->in, to, size);
	case STREAM_OTHER:
		r = fdio_wait(s->in, POLLIN, 0);
		if (r == -ETIMEDOUT)
			return -EAGAIN;
		return r < 0 ? r : -EOPNOTSUPP;
	}
	return -EOPNOTSUPP;
}

/*
 * poll(2) would find what has been seen already. Only TCP can be told to wait
 * for more; the option goes back, for the smtpd inherits it.
 */
static int wait_for_low_water(int fd, size_t bytes, int64_t deadline)
{
	int mark = (int)bytes, before, r;

	r = socket_option(fd, SO_RCVLOWAT, &before);
	if (r == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)) < 0)
		r = -errno;
	if (r < 0)
		return r;
	r = fdio_wait(fd, POLLIN, deadline);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &before, sizeof(before)) <
	    0)
		return -errno;
	return r;
}

/* Elsewhere: the end is seen at once, more is looked for now and then. */
static int wait_a_moment(int fd, int64_t deadline)
{
	int64_t now = clock_mono();
	int r = fdio_wait(fd, POLLIN | POLLRDHUP, now);

	if (r == -ETIMEDOUT) /* nothing at all: this can be waited for */
		return fdio_wait(fd, POLLIN | POLLRDHUP, deadline);
	if (r < 0 || r & ENDED)
		return r;
	if (now >= deadline)
		return -ETIMEDOUT;
	poll(NULL, 0, clock_poll_ms(now, now + PEEK_AGAIN));
	return 0;
}

ssize_t stream_peek_beyond(const struct stream *s, char *to, size_t size,
			   size_t have, int64_t deadline)
{
	for (;;) {
		int r = s->kind == STREAM_TCP
				? wait_for_low_water(s->in, have + 1, deadline)
				: wait_a_moment(s->in, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = stream_peek(s, to, size);
		if (n < 0 ? n != -EAGAIN : (size_t)n > have)
			return n;
		/* woken, or at the end, and no more: these are all */
		if (n >= 0 && (s->kind == STREAM_TCP || n == 0 || r & ENDED))
			return n;
	}
}

/* ---- taking and giving ------------------------------------------------- */

static bool is_socket(const struct stream *s)
{
	return s->kind == STREAM_TCP || s->kind == STREAM_LOCAL;
}

ssize_t stream_read(const struct stream *s, char *to, size_t size,
		    int64_t deadline)
{
	assert(size > 0);
	for (;;) {
		int r = fdio_wait(s->in, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		/* somebody who shares the socket may have been faster */
		n = is_socket(s) ? recv(s->in, to, size, MSG_DONTWAIT)
				 : read(s->in, to, size);
		if (n >= 0)
			return n;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

/*
 * One piece, as much as goes without waiting. What the output is, nobody but
 * the kernel needs to remember: a socket takes send(2), the rest says so. A
 * pipe that poll(2) calls ready takes PIPE_BUF bytes and no more.
 */
static ssize_t write_some(const struct stream *s, struct span bytes, int flags)
{
	int fd = s->out;
	ssize_t n = send(fd, bytes.p, bytes.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL | flags);
	int r;

	if (n >= 0 || errno != ENOTSOCK)
		return n < 0 ? -errno : n;
	r = fdio_wait(fd, POLLOUT, 0);
	if (r < 0)
		return r == -ETIMEDOUT ? -EAGAIN : r;
	n = write(fd, bytes.p, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
	return n < 0 ? -errno : n;
}

ssize_t stream_write_some(const struct stream *s, struct span bytes)
{
	return write_some(s, bytes, 0);
}

static int write_all(const struct stream *s, struct span bytes, int flags,
		     int64_t deadline)
{
	while (bytes.len > 0) {
		ssize_t n = write_some(s, bytes, flags);

		if (n > 0) {
			bytes = span_skip(bytes, (size_t)n);
			continue;
		}
		if (n == -EAGAIN) {
			int r = fdio_wait(s->out, POLLOUT, deadline);

			if (r < 0)
				return r;
		} else if (n != -EINTR) {
			return n < 0 ? (int)n : -EIO;
		}
	}
	return 0;
}

int stream_write(const struct stream *s, struct span bytes, int64_t deadline)
{
	return write_all(s, bytes, 0, deadline);
}

int stream_write_last(const struct stream *s, struct span bytes,
		      int64_t deadline)
{
	return write_all(s, bytes, MSG_MORE, deadline);
}

/* ---- ending ------------------------------------------------------------ */

/* Throw away up to LIMIT bytes by DEADLINE; false when the client is done. */
static bool discard(const struct stream *s, size_t limit, int64_t deadline)
{
	char waste[4096];

	while (limit > 0) {
		size_t size = limit < sizeof(waste) ? limit : sizeof(waste);
		ssize_t n = stream_read(s, waste, size, deadline);

		if (n == -ETIMEDOUT)
			return true;
		if (n <= 0)
			return false;
		limit -= (size_t)n;
	}
	return true;
}

void stream_finish(const struct stream *s, int64_t deadline)
{
	int waiting;

	/* a pipe keeps what was written, whatever waits in the other one */
	if (!is_socket(s))
		return;
	/*
	 * What has arrived is counted first: a client that never stops
	 * sending must not keep us here.
	 */
	if (ioctl(s->in, FIONREAD, &waiting) == 0 && waiting > 0)
		discard(s, (size_t)waiting, 0);
	shutdown(s->out, SHUT_WR);
	if (discard(s, FINISH_LIMIT, deadline))
		shutdown(s->in, SHUT_RD);
}

bool stream_reaches(int fd, int client, bool by_hand)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISSOCK(st.st_mode))
		return fdio_is_inet(fd) || fdio_is(client, &st);
	if (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode))
		return !by_hand && fdio_is(client, &st);
	return false;
}
