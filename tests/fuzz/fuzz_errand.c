/*
 * fuzz_errand.c - what smtp-screen and smtp-screen-tls might hear from each
 * other: one of them may have been taken over.
 *
 * Byte 0: which message is awaited, how many descriptors come with it, and
 * whether all comes at once.
 */
#include "base/clock.h"
#include "tls/errand.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE (5 * CLOCK_SECOND)

static void send_bytes(int fd, const uint8_t *data, size_t size, size_t piece)
{
	while (size > 0) {
		size_t n = size < piece ? size : piece;

		if (send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return;
		data += n;
		size -= n;
	}
}

/* All that we have of a file; more than anybody asked for. */
static void send_descriptors(int fd, const uint8_t *data, size_t size,
			     size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control;
	int sent[3] = { STDERR_FILENO, STDERR_FILENO, STDERR_FILENO };
	struct iovec bytes = { (void *)(uintptr_t)data, size };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen =
					  CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), sent, count * sizeof(int));
	sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive_errand(int fd)
{
	struct errand e;
	int r = errand_receive(fd, clock_mono() + PATIENCE, &e);

	assert(r == 0 || r == -EPIPE || r == -EPROTO);
	if (r < 0)
		return;
	assert(strlen(e.client) < sizeof(e.client) &&
	       strlen(e.server) < sizeof(e.server) &&
	       strlen(e.id) < sizeof(e.id));
	assert(e.time_left >= 0);
}

static void receive_answer(int fd)
{
	struct errand_answer a;
	int r = errand_receive_answer(fd, clock_mono() + PATIENCE, &a);

	assert(r == 0 || r == -EPIPE || r == -EPROTO);
	assert(r < 0 || strlen(a.text) < sizeof(a.text));
}

static void receive_descriptor(int fd)
{
	int32_t code;
	int sent;
	int r = errand_receive_descriptor(fd, clock_mono() + PATIENCE, &code,
					  &sent);

	assert(r == 0 || r == -EPIPE || r == -EPROTO);
	if (r == 0 && sent >= 0) {
		assert(fcntl(sent, F_GETFD) == FD_CLOEXEC);
		close(sent);
	}
}

/* The number of the next descriptor tells whether one was left open. */
static int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2], before = next_descriptor();
	size_t descriptors, piece;
	unsigned how;

	if (size < 1)
		return 0;
	how = *data++;
	size--;
	descriptors = how >> 2 & 3;
	piece = how & 16 ? 7 : 65536;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	if (descriptors > 0 && size > 0)
		send_descriptors(pair[1], data, size, descriptors);
	else
		send_bytes(pair[1], data, size, piece);
	if (how & 32)
		close(pair[1]);
	else
		shutdown(pair[1], SHUT_WR);
	switch (how & 3) {
	case 0:
		receive_errand(pair[0]);
		break;
	case 1:
		receive_answer(pair[0]);
		break;
	default:
		receive_descriptor(pair[0]);
		break;
	}
	close(pair[0]);
	if (!(how & 32))
		close(pair[1]);
	assert(next_descriptor() == before);
	return 0;
}
