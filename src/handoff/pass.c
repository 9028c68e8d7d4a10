#include "handoff/pass.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool pass_parse(struct span path, struct span folder, struct pass *ret)
{
	struct pass pass = { .socket.sun_family = AF_UNIX };
	struct sbuf b = SBUF(pass.socket.sun_path);

	if (path.len == 0 || span_find(path, '\0') >= 0)
		return false;
	if (path.p[0] != '/') {
		sbuf_add(&b, folder);
		sbuf_add_char(&b, '/');
	}
	sbuf_add(&b, path);
	if (!sbuf_fitted(&b))
		return false;
	*ret = pass;
	return true;
}

/* ---- attributes --------------------------------------------------------- */

static void add_endpoint(struct sbuf *to, const char *whose,
			 const struct endpoint *e)
{
	sbuf_add_text(to, whose);
	sbuf_add_text(to, "_address");
	sbuf_add_char(to, '\0');
	address_format(&e->address, to);
	sbuf_add_char(to, '\0');
	sbuf_add_text(to, whose);
	sbuf_add_text(to, "_port");
	sbuf_add_char(to, '\0');
	sbuf_add_number(to, e->port);
	sbuf_add_char(to, '\0');
}

void pass_attributes(const struct peer *peer, struct sbuf *to)
{
	add_endpoint(to, "client", &peer->client);
	add_endpoint(to, "server", &peer->server);
}

/* ---- giving ------------------------------------------------------------- */

/* FD, connected, unless R is an error already; else that error. */
static int connect_to(const struct pass *pass, int fd, int r)
{
	if (r == 0 && connect(fd, (const struct sockaddr *)&pass->socket,
			      sizeof(pass->socket)) < 0)
		r = -errno;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

/*
 * A descriptor on which connecting and sending end with DEADLINE, or negative
 * errno. A connect that may wait is woken by the kernel when there is room in
 * the backlog, which asking again and again is not.
 */
static int open_service(const struct pass *pass, int64_t deadline)
{
	int64_t left = deadline - clock_mono();
	struct timeval limit = { .tv_sec = left / CLOCK_SECOND,
				 .tv_usec = left % CLOCK_SECOND };
	int fd, r = 0;

	if (left <= 0)
		return -EAGAIN;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		r = -errno;
	return connect_to(pass, fd, r);
}

/*
 * One message: a byte that carries the descriptor, then the attributes. The
 * byte's value is nobody's business.
 */
static int send_client(int service, int fd, const struct peer *peer)
{
	char attributes[PASS_ATTRIBUTES] = { 0 };
	struct sbuf b = SBUF(attributes);
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	char byte = '\0';
	struct iovec parts[2] = { { &byte, 1 } };
	struct msghdr message = { .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	ssize_t n;

	pass_attributes(peer, &b);
	assert(sbuf_fitted(&b));
	parts[1] = (struct iovec){ attributes, b.len + 1 };
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	do
		n = sendmsg(service, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0) /* that it ended a moment sooner is no other trouble */
		return errno == EPIPE ? -ECONNRESET : -errno;
	return (size_t)n == b.len + 2 ? 0 : -EIO;
}

/* 0 when the service has ended the connection in peace, or negative errno. */
static int hear(int service)
{
	char byte;

	return recv(service, &byte, 1, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/*
 * What hearing how it ended, or not hearing it, means for a client that was
 * sent. smtpd closes the connection when it has all. When it, or Postfix as a
 * whole, ends with the message unread, the kernel makes that a reset: then, and
 * only then, the client is still ours and can be told to come back.
 */
static enum pass_result judge(int r, int *ret_error)
{
	if (r == 0)
		return PASS_TAKEN;
	*ret_error = r;
	return r == -ECONNRESET ? PASS_NOT_SENT : PASS_QUEUED;
}

static int wait_until_taken(int service, int64_t deadline)
{
	int r = fdio_wait(service, POLLIN, deadline);

	return r < 0 ? r : hear(service);
}

enum pass_result pass_give(const struct pass *pass, int fd,
			   const struct peer *peer, int64_t deadline,
			   int *ret_error)
{
	enum pass_result result = PASS_NOT_SENT;
	int service = open_service(pass, deadline), r;

	if (service < 0) {
		*ret_error = service;
		return PASS_NOT_OPEN;
	}
	r = send_client(service, fd, peer);
	if (r == 0)
		result = judge(wait_until_taken(service, deadline), ret_error);
	else
		*ret_error = r;
	close(service);
	return result;
}

int pass_start(const struct pass *pass, int fd, const struct peer *peer)
{
	int service =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (service < 0)
		return -errno;
	service = connect_to(pass, service, 0);
	if (service < 0)
		return service;
	r = send_client(service, fd, peer);
	if (r < 0)
		close(service);
	return r < 0 ? r : service;
}

enum pass_result pass_heard(int service, int *ret_error)
{
	return judge(hear(service), ret_error);
}
