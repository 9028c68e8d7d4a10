#include "log/outlet.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

bool outlet_init(struct outlet *o, struct span path)
{
	struct outlet made = { .fd = -1 };

	if (!span_starts_with(path, SPAN("/")) ||
	    path.len >= sizeof(made.path) || span_find(path, '\0') >= 0)
		return false;
	memcpy(made.path, path.p, path.len);
	*o = made;
	return true;
}

static int reach(int fd, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, path, sizeof(to.sun_path));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

int outlet_open(struct outlet *o)
{
	int fd, r;

	if (o->fd >= 0)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	fd = fdio_above_standard(fd);
	if (fd < 0)
		return fd;
	r = reach(fd, o->path);
	if (r < 0)
		close(fd);
	else
		o->fd = fd;
	return r;
}

void outlet_close(struct outlet *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static struct iovec piece_of(struct span bytes)
{
	return (struct iovec){ (void *)(uintptr_t)bytes.p, bytes.len };
}

/* Wait until FD takes more; false when patience has come to its end. */
static bool wait_for(int fd, int64_t *patience)
{
	int64_t start = clock_mono();
	int r;

	if (*patience <= 0)
		return false;
	r = fdio_wait(fd, POLLOUT, start + *patience);
	*patience -= clock_mono() - start;
	return r > 0;
}

enum outlet_result outlet_send(struct outlet *o, struct span bytes,
			       int64_t *patience)
{
	bool again = true;

	if (outlet_open(o) < 0)
		return OUTLET_AWAY;
	for (;;) {
		if (send(o->fd, bytes.p, bytes.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return OUTLET_SENT;
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			if (!wait_for(o->fd, patience))
				return OUTLET_FULL;
			break;
		case ENOBUFS:
		case ENOMEM:
		case EMSGSIZE:
			return OUTLET_FULL;
		default:
			/* gone, and perhaps already back */
			if (!again || reach(o->fd, o->path) < 0) {
				outlet_close(o);
				return OUTLET_AWAY;
			}
			again = false;
		}
	}
}

/* As many as go without waiting. */
static unsigned send_some(struct outlet *o, struct mmsghdr *messages,
			  unsigned count)
{
	int n = outlet_open(o) < 0 ? 0
				   : sendmmsg(o->fd, messages, count,
					      MSG_DONTWAIT | MSG_NOSIGNAL);

	return n > 0 ? (unsigned)n : 0;
}

/* The one that would have waited, or was lost, is asked for by itself. */
enum outlet_result outlet_send_all(struct outlet *o,
				   const struct span *datagrams, unsigned count,
				   int64_t *patience, unsigned *ret_sent)
{
	struct mmsghdr messages[OUTLET_DATAGRAMS];
	struct iovec pieces[OUTLET_DATAGRAMS];
	enum outlet_result result = OUTLET_SENT;

	assert(count <= OUTLET_DATAGRAMS);
	for (unsigned i = 0; i < count; i++) {
		pieces[i] = piece_of(datagrams[i]);
		messages[i] =
			(struct mmsghdr){ .msg_hdr = { .msg_iov = &pieces[i],
						       .msg_iovlen = 1 } };
	}
	*ret_sent = 0;
	while (*ret_sent < count && result == OUTLET_SENT) {
		*ret_sent +=
			send_some(o, messages + *ret_sent, count - *ret_sent);
		if (*ret_sent == count)
			break;
		result = outlet_send(o, datagrams[*ret_sent], patience);
		*ret_sent += result == OUTLET_SENT;
	}
	return result;
}

/*
 * One piece. Others write to the same pipe, so one that was ready may be
 * full by now: RWF_NOWAIT knows better. Kernels before 6.4 do not take it
 * for pipes, and only there that moment remains.
 */
static ssize_t write_piece(int fd, mode_t type, struct span bytes)
{
	struct iovec piece = piece_of(bytes);
	ssize_t n;

	if (S_ISSOCK(type))
		return send(fd, bytes.p, bytes.len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (S_ISREG(type))
		return write(fd, bytes.p, bytes.len);
	if (S_ISFIFO(type)) {
		n = pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
		if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
			return n;
	}
	if (fdio_wait(fd, POLLOUT, 0) < 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, bytes.p, bytes.len);
}

static enum outlet_result write_all(int fd, mode_t type, struct span *bytes,
				    bool *torn, int64_t *patience)
{
	while (bytes->len > 0) {
		ssize_t n = write_piece(fd, type, *bytes);

		if (n > 0) {
			*torn = (size_t)n < bytes->len &&
				bytes->p[n - 1] != '\n';
			*bytes = span_skip(*bytes, (size_t)n);
		} else if (n == 0) {
			return OUTLET_FULL;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, patience))
				return OUTLET_FULL;
		} else if (errno == ENOSPC || errno == EDQUOT ||
			   errno == EFBIG) {
			return OUTLET_FULL;
		} else if (errno != EINTR) {
			return OUTLET_AWAY;
		}
	}
	return OUTLET_SENT;
}

enum outlet_result outlet_write(int fd, mode_t type, struct span *lines,
				bool *torn, int64_t *patience)
{
	struct span end = SPAN("\n");
	enum outlet_result result = OUTLET_SENT;

	assert(lines->len <= PIPE_BUF);
	if (*torn)
		result = write_all(fd, type, &end, torn, patience);
	return result == OUTLET_SENT
		       ? write_all(fd, type, lines, torn, patience)
		       : result;
}
