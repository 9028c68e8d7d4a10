#include "tls/errand.h"

#include "base/fdio.h"
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Changes with every change of what follows it. */
#define MAGIC 0x736c7401u

struct errand_message {
	uint32_t magic;
	struct errand errand;
};

struct answer_message {
	uint32_t magic;
	struct errand_answer answer;
};

static struct stream stream_of(int fd)
{
	return (struct stream){ .kind = STREAM_LOCAL, .in = fd, .out = fd };
}

static int send_all(int fd, const void *bytes, size_t size, int64_t deadline)
{
	struct stream s = stream_of(fd);
	int r = stream_write(&s, (struct span){ bytes, size }, deadline);

	return r == -ECONNRESET ? -EPIPE : r;
}

static int receive_all(int fd, void *to, size_t size, int64_t deadline)
{
	struct stream s = stream_of(fd);
	char *p = to;

	while (size > 0) {
		ssize_t n = stream_read(&s, p, size, deadline);

		if (n == 0 || n == -ECONNRESET)
			return -EPIPE;
		if (n < 0)
			return (int)n;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The other side may be wrong, but must not make us read beyond a text. */
static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int errand_send(int fd, const struct errand *errand, int64_t deadline)
{
	struct errand_message m;

	memset(&m, 0, sizeof(m)); /* gaps too: nothing of ours leaks */
	m.magic = MAGIC;
	memcpy(m.errand.client, errand->client, sizeof(m.errand.client));
	memcpy(m.errand.server, errand->server, sizeof(m.errand.server));
	memcpy(m.errand.id, errand->id, sizeof(m.errand.id));
	m.errand.time_left = errand->time_left;
	m.errand.mandatory = errand->mandatory;
	return send_all(fd, &m, sizeof(m), deadline);
}

int errand_receive(int fd, int64_t deadline, struct errand *ret)
{
	struct errand_message m;
	int r = receive_all(fd, &m, sizeof(m), deadline);

	if (r < 0)
		return r;
	if (m.magic != MAGIC || m.errand.time_left < 0 ||
	    !is_text(m.errand.client, sizeof(m.errand.client)) ||
	    !is_text(m.errand.server, sizeof(m.errand.server)) ||
	    !is_text(m.errand.id, sizeof(m.errand.id)))
		return -EPROTO;
	*ret = m.errand;
	return 0;
}

int errand_send_answer(int fd, const struct errand_answer *answer,
		       int64_t deadline)
{
	struct answer_message m;

	memset(&m, 0, sizeof(m));
	m.magic = MAGIC;
	m.answer.ready = answer->ready;
	memcpy(m.answer.text, answer->text, sizeof(m.answer.text));
	return send_all(fd, &m, sizeof(m), deadline);
}

int errand_receive_answer(int fd, int64_t deadline, struct errand_answer *ret)
{
	struct answer_message m;
	int r = receive_all(fd, &m, sizeof(m), deadline);

	if (r < 0)
		return r;
	if (m.magic != MAGIC || !is_text(m.answer.text, sizeof(m.answer.text)))
		return -EPROTO;
	*ret = m.answer;
	return 0;
}

/* ---- descriptors --------------------------------------------------------- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int errand_send_descriptor(int fd, int32_t code, int sent, int64_t deadline)
{
	union control control;
	struct iovec data = { &code, sizeof(code) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	if (sent >= 0) {
		struct cmsghdr *c;

		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &sent, sizeof(int));
	}
	while (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		int r = -errno;

		if (r == -EAGAIN)
			r = fdio_wait(fd, POLLOUT, deadline);
		if (r < 0 && r != -EINTR)
			return r == -ECONNRESET ? -EPIPE : r;
	}
	return 0;
}

/* The descriptor in MESSAGE, or -1. */
static int descriptor_in(struct msghdr *message)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int fd[2] = { -1, -1 };

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -1;
	/* what aligns the room for one is room for two */
	if (c->cmsg_len == CMSG_LEN(sizeof(fd))) {
		memcpy(fd, CMSG_DATA(c), sizeof(fd));
		close(fd[1]);
	} else if (c->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	}
	return fd[0];
}

int errand_receive_descriptor(int fd, int64_t deadline, int32_t *ret_code,
			      int *ret_sent)
{
	for (;;) {
		union control control;
		int32_t code;
		struct iovec data = { &code, sizeof(code) };
		struct msghdr message = {
			.msg_iov = &data,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes),
		};
		int r = fdio_wait(fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0 && errno != ECONNRESET)
			return -errno;
		if (n <= 0)
			return -EPIPE;
		*ret_sent = descriptor_in(&message);
		if (n == sizeof(code)) {
			*ret_code = code;
			return 0;
		}
		if (*ret_sent >= 0)
			close(*ret_sent);
		return -EPROTO;
	}
}
