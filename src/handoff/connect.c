#include "handoff/connect.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- what the setting says ---------------------------------------------- */

#define WANT_SERVER                                                  \
	"ADDRESS:PORT or [IPV6]:PORT behind connect: (localhost is " \
	"127.0.0.1; other names are not looked up)"
#define WANT_PROXY                                                         \
	"proxy=v2 (Postfix, Exim, OpenSMTPD, Dovecot), proxy=v1 (Haraka, " \
	"Courier) or proxy=none behind the address"

static bool parse_server(struct span text, struct endpoint *ret)
{
	struct span port;
	char memory[64];
	struct sbuf named = SBUF(memory);
	bool has_port;

	if (span_starts_with(text, SPAN("localhost:"))) {
		port = span_skip(text, strlen("localhost"));
		sbuf_add_text(&named, "127.0.0.1");
		sbuf_add(&named, port);
		text = sbuf_span(&named);
		if (!sbuf_fitted(&named))
			return false;
	}
	return endpoint_parse(text, ret, &has_port) && has_port &&
	       ret->port > 0;
}

static bool parse_proxy(struct span text, enum proxy_version *ret)
{
	static const struct {
		struct span word;
		enum proxy_version version;
	} words[] = {
		{ SPAN("proxy=none"), PROXY_NONE },
		{ SPAN("proxy=v1"), PROXY_V1 },
		{ SPAN("proxy=v2"), PROXY_V2 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal(text, words[i].word)) {
			*ret = words[i].version;
			return true;
		}
	return false;
}

static bool is_unspecified(const struct address *a)
{
	static const unsigned char zero[16];

	return memcmp(a->bytes, zero, address_bits(a) / 8) == 0;
}

bool connect_parse(struct span text, struct connect *ret,
		   const char **ret_wanted)
{
	struct connect c = { .proxy = PROXY_NONE };
	struct span rest = text, server, proxy, more;

	*ret_wanted = WANT_SERVER;
	if (!span_next_item(&rest, " \t", &server) ||
	    !parse_server(server, &c.server) ||
	    is_unspecified(&c.server.address))
		return false;
	*ret_wanted = WANT_PROXY;
	if (!span_next_item(&rest, " \t", &proxy) ||
	    !parse_proxy(proxy, &c.proxy) ||
	    span_next_item(&rest, " \t", &more))
		return false;
	*ret = c;
	return true;
}

/* ---- a connection ------------------------------------------------------- */

/* A socket for SERVER with its connect begun, or negative errno. */
static int begin(const struct endpoint *server, int type)
{
	struct sockaddr_storage at;
	socklen_t len = endpoint_to_sockaddr(server, &at);
	int fd = socket(at.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&at, len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static bool is_loopback(const struct address *a)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	if (a->family == ADDRESS_IPV4)
		return a->bytes[0] == 127;
	return memcmp(a->bytes, loopback, sizeof(loopback)) == 0;
}

/* Sends nothing: UDP only looks for the way, which here ends where it began. */
static bool way_ends_here(const struct endpoint *server)
{
	struct sockaddr_storage name = { 0 };
	socklen_t len = sizeof(name);
	struct endpoint local;
	int fd = begin(server, SOCK_DGRAM);
	bool here;

	if (fd < 0)
		return false;
	here = getsockname(fd, (struct sockaddr *)&name, &len) == 0 &&
	       endpoint_from_sockaddr(&name, &local) &&
	       address_equal(&local.address, &server->address);
	close(fd);
	return here;
}

/*
 * But the way to an IPv4 address that is not its interface's first begins at
 * the first one. What can be bound tells little (ip_nonlocal_bind); there is a
 * way from there only when it is this host's own.
 */
static bool is_secondary(const struct endpoint *server)
{
	struct endpoint source = { .address = server->address };
	struct sockaddr_storage from, to;
	socklen_t from_len = endpoint_to_sockaddr(&source, &from);
	socklen_t to_len = endpoint_to_sockaddr(server, &to);
	bool here;
	int fd;

	if (server->address.family != ADDRESS_IPV4)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	here = bind(fd, (const struct sockaddr *)&from, from_len) == 0 &&
	       connect(fd, (const struct sockaddr *)&to, to_len) == 0;
	close(fd);
	return here;
}

bool connect_is_here(const struct endpoint *server)
{
	return is_loopback(&server->address) || way_ends_here(server) ||
	       is_secondary(server);
}

static int finish(int fd, int64_t deadline)
{
	socklen_t len = sizeof(int);
	int error, yes = 1;
	int r = fdio_wait(fd, POLLOUT, deadline);

	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	/* what comes in two pieces from the client must not wait for an ACK */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return -error;
}

static int open_connection(const struct endpoint *server, int64_t deadline)
{
	int fd = begin(server, SOCK_STREAM), r;

	if (fd < 0)
		return fd;
	r = finish(fd, deadline);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* In one piece: Postfix and Exim refuse a header that comes in two. */
static int send_whole(int fd, struct span bytes)
{
	ssize_t n = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);

	if (n < 0)
		return -errno;
	return (size_t)n == bytes.len ? 0 : -EIO;
}

/* ---- the greeting ------------------------------------------------------- */

/* What the smtpd has said so far. */
struct talk {
	const struct connect *to;
	const struct peer *peer;
	int fd;
	int64_t deadline;
	struct sbuf *why;
	char text[CONNECT_GREETING];
	size_t len;
};

/* Wait for more from the smtpd, or for the client to leave. */
static enum connect_result wait_for_more(struct talk *t)
{
	/* what is no socket ends with the bytes in it, and no sooner */
	bool socket = t->peer->stream.kind == STREAM_TCP ||
		      t->peer->stream.kind == STREAM_LOCAL;
	struct pollfd fds[2] = {
		{ .fd = t->fd, .events = POLLIN },
		{ .fd = socket ? t->peer->stream.in : -1 },
	};
	int64_t now = clock_mono();
	int n = poll(fds, 2, clock_poll_ms(now, t->deadline));

	if (n < 0 && errno == EINTR)
		return CONNECT_READY;
	if (n <= 0) {
		sbuf_add_text(t->why, "no greeting yet");
		return CONNECT_NO_SMTPD;
	}
	if (fds[1].revents & (POLLERR | POLLHUP))
		return CONNECT_GONE;
	return CONNECT_READY;
}

static enum connect_result read_more(struct talk *t)
{
	enum connect_result result = wait_for_more(t);
	ssize_t n;

	if (result != CONNECT_READY)
		return result;
	if (t->len == sizeof(t->text)) {
		sbuf_add_text(t->why, "its greeting never ends");
		return CONNECT_NO_SMTPD;
	}
	n = recv(t->fd, t->text + t->len, sizeof(t->text) - t->len, 0);
	if (n > 0) {
		t->len += (size_t)n;
		return CONNECT_READY;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CONNECT_READY;
	if (n == 0)
		sbuf_add_text(t->why, "it hung up before it greeted");
	else
		sbuf_addf(t->why, "before it greeted: %s", strerror(errno));
	return CONNECT_NO_SMTPD;
}

/* The bytes of the whole reply that TEXT begins with; 0: not there yet. */
static size_t whole_reply(struct span text, bool *ret_good)
{
	struct span rest = text, line;

	*ret_good = true;
	while (span_find(rest, '\n') >= 0 && span_next_line(&rest, &line)) {
		bool digits = line.len >= 3;

		for (int i = 0; digits && i < 3; i++)
			digits = line.p[i] >= '0' && line.p[i] <= '9';
		if (!digits) {
			*ret_good = false;
			return 0;
		}
		if (line.len == 3 || line.p[3] != '-')
			return text.len - rest.len;
	}
	return 0;
}

/* Read until T->text holds, from BEGIN on, a whole reply of *RET_LEN bytes. */
static enum connect_result read_reply(struct talk *t, size_t begin,
				      size_t *ret_len)
{
	for (;;) {
		struct span text = { t->text + begin, t->len - begin };
		enum connect_result result;
		bool good;

		*ret_len = whole_reply(text, &good);
		if (*ret_len > 0)
			return CONNECT_READY;
		if (!good) {
			sbuf_add_text(t->why, "it does not speak SMTP: ");
			sbuf_add(t->why, span_trim(text));
			return CONNECT_NO_SMTPD;
		}
		result = read_more(t);
		if (result != CONNECT_READY)
			return result;
	}
}

/*
 * It has taken the header as one when our NOOP is all that it answers. The
 * client hears nothing of that.
 */
static enum connect_result prove(struct talk *t, size_t greeting)
{
	enum connect_result result;
	size_t len;
	int r = send_whole(t->fd, SPAN("NOOP\r\n"));

	if (r < 0) {
		sbuf_addf(t->why, "behind its greeting: %s", strerror(-r));
		return CONNECT_NO_SMTPD;
	}
	result = read_reply(t, greeting, &len);
	if (result != CONNECT_READY)
		return result;
	if (t->text[greeting] == '2' && greeting + len == t->len) {
		t->len = greeting;
		return CONNECT_READY;
	}
	sbuf_add_text(t->why, "it answers our PROXY header with: ");
	sbuf_add(t->why, span_trim((struct span){ t->text + greeting, len }));
	return CONNECT_DEAF;
}

static enum connect_result hear_greeting(struct talk *t)
{
	size_t len;
	enum connect_result result = read_reply(t, 0, &len);

	/* who turns us away relays for nobody, and may say so himself */
	if (result != CONNECT_READY || t->text[0] != '2' ||
	    t->to->proxy == PROXY_NONE)
		return result;
	return prove(t, len);
}

static enum connect_result introduce(struct talk *t, struct connected *ret)
{
	char memory[PROXY_HEADER];
	struct sbuf header = SBUF(memory);
	enum connect_result result;
	int r = 0;

	proxy_format(t->to->proxy, &t->peer->client, &t->peer->server, &header);
	if (header.len > 0)
		r = send_whole(t->fd, sbuf_span(&header));
	if (r < 0) {
		sbuf_add_text(t->why, strerror(-r));
		return CONNECT_NOT_OPEN;
	}
	result = hear_greeting(t);
	if (result == CONNECT_READY) {
		memcpy(ret->greeting, t->text, t->len);
		ret->greeting_len = t->len;
		ret->fd = t->fd;
	}
	return result;
}

/* Whose fault is ERROR? */
static enum connect_result not_open(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return CONNECT_NO_ROOM;
	default:
		return CONNECT_NOT_OPEN;
	}
}

enum connect_result connect_reach(const struct connect *to,
				  const struct peer *peer,
				  const struct connect_limits *limits,
				  struct connected *ret, struct sbuf *why)
{
	struct talk t = {
		.to = to, .peer = peer, .deadline = limits->greet, .why = why
	};
	enum connect_result result;

	t.fd = open_connection(&to->server, limits->open);
	if (t.fd < 0) {
		sbuf_add_text(why, strerror(-t.fd));
		return not_open(-t.fd);
	}
	result = introduce(&t, ret);
	if (result != CONNECT_READY)
		close(t.fd);
	return result;
}

enum connect_result connect_probe(const struct connect *to,
				  const struct connect_limits *limits,
				  struct sbuf *said)
{
	const struct address here = { ADDRESS_IPV4, { 127, 0, 0, 1 } };
	const struct peer nobody = {
		.stream.kind = STREAM_OTHER,
		.client = { here, 65535 },
		.server = { here, to->server.port },
	};
	struct connected smtpd;
	enum connect_result result =
		connect_reach(to, &nobody, limits, &smtpd, said);
	char reply[64];

	if (result != CONNECT_READY)
		return result;
	sbuf_add(said, span_trim((struct span){ smtpd.greeting,
						smtpd.greeting_len }));
	/* whatever it says to that, it has heard it */
	if (send_whole(smtpd.fd, SPAN("QUIT\r\n")) == 0 &&
	    fdio_wait(smtpd.fd, POLLIN, limits->greet) > 0)
		(void)recv(smtpd.fd, reply, sizeof(reply), 0);
	close(smtpd.fd);
	return result;
}
