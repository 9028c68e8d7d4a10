#include "net/peer.h"

#include "base/fdio.h"
#include "base/number.h"
#include "net/handed_over.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN  0
#define OUT 1

#define SMTP_PORT 25

#define ACCEPT_WANTED                                           \
	"smtp-screen serves one connection per process: write " \
	"Accept=yes in the systemd socket unit, or nowait in "  \
	"inetd.conf (wait = no for xinetd)"

static enum peer_status usage(struct sbuf *why, const char *text)
{
	sbuf_add_text(why, text);
	return PEER_USAGE;
}

static enum peer_status failed(struct sbuf *why, const char *call, int error)
{
	sbuf_addf(why, "%s: %s", call, strerror(error));
	return PEER_FAILED;
}

/* What a stream that could not be opened means, and what to do about it. */
static enum peer_status not_opened(struct sbuf *why, int error)
{
	switch (error) {
	case ENOTCONN:
		sbuf_add_text(why, "the client has hung up already");
		return PEER_GONE;
	case EBADF:
		return usage(why, "standard input is closed; it must be the "
				  "client's connection");
	case EDESTADDRREQ:
		return usage(why, "this is a listening socket; " ACCEPT_WANTED);
	case ESOCKTNOSUPPORT:
		return usage(why, "this is not a stream socket; SMTP needs "
				  "TCP");
	default:
		return failed(why, "standard input", error);
	}
}

/* ---- sockets handed over by systemd ------------------------------------ */

/* Make the connection that systemd handed over descriptors 0 and 1. */
static enum peer_status take_handed_over(struct sbuf *why)
{
	struct stream s;
	int count = handed_over_count();
	int r;

	if (count == 0)
		return PEER_OK;
	if (count != 1)
		return usage(why, count < 0 ? "LISTEN_FDS is not a number"
					    : "LISTEN_FDS hands over several "
					      "sockets; " ACCEPT_WANTED);
	r = stream_open(&s, HANDED_OVER_FIRST, HANDED_OVER_FIRST);
	if (r == -EBADF)
		return usage(why, "LISTEN_FDS is set, but descriptor 3 is "
				  "closed");
	if (r < 0)
		return not_opened(why, -r);
	if (s.kind != STREAM_TCP && s.kind != STREAM_LOCAL)
		return usage(why, "LISTEN_FDS is set, but descriptor 3 is no "
				  "socket");
	if (dup2(HANDED_OVER_FIRST, IN) < 0 || dup2(HANDED_OVER_FIRST, OUT) < 0)
		return failed(why, "dup2", errno);
	close(HANDED_OVER_FIRST);
	handed_over_forget();
	return PEER_OK;
}

/* ---- addresses --------------------------------------------------------- */

/* A variable, or NULL when it is missing or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The port in VALUE, or OTHERWISE when VALUE is NULL or no port. */
static uint16_t port_in(const char *value, uint16_t otherwise)
{
	uint64_t port;

	if (value && number_parse(span_of(value), UINT16_MAX, &port))
		return (uint16_t)port;
	return otherwise;
}

static uint16_t client_port(void)
{
	const char *value = variable("TCPREMOTEPORT");

	return port_in(value ? value : variable("REMOTE_PORT"), 0);
}

static enum peer_status
client_from_option(const char *option, struct endpoint *ret, struct sbuf *why)
{
	bool has_port;

	if (!endpoint_parse(span_of(option), ret, &has_port))
		return usage(why, "--client wants ADDR, ADDR:PORT or "
				  "[ADDR]:PORT, such as 192.0.2.1 or "
				  "[2001:db8::1]:4321");
	if (!has_port)
		ret->port = client_port();
	return PEER_OK;
}

static enum peer_status client_from_environment(struct endpoint *ret,
						struct sbuf *why)
{
	const char *name = "TCPREMOTEIP";
	const char *value = variable(name);

	if (!value) {
		name = "REMOTE_ADDR";
		value = variable(name);
	}
	if (!value)
		return usage(why, "standard input is no TCP connection and "
				  "nothing tells who the client is: use "
				  "--client ADDR, or a super-server that sets "
				  "TCPREMOTEIP or REMOTE_ADDR");
	if (!address_parse(span_of(value), &ret->address)) {
		/* a wrong address would be worse than none */
		sbuf_addf(why, "%s is not an IP address", name);
		return PEER_USAGE;
	}
	address_unmap(&ret->address);
	ret->port = client_port();
	return PEER_OK;
}

static enum peer_status server_from_outside(const char *option,
					    enum address_family family,
					    struct endpoint *ret,
					    struct sbuf *why)
{
	const char *local = variable("TCPLOCALIP");
	bool has_port = false;

	*ret = (struct endpoint){ .address.family = family };
	if (option) {
		if (!endpoint_parse(span_of(option), ret, &has_port))
			return usage(why, "--server wants ADDR, ADDR:PORT or "
					  "[ADDR]:PORT, such as 192.0.2.25:25");
	} else if (local && address_parse(span_of(local), &ret->address)) {
		address_unmap(&ret->address);
	}
	if (!has_port)
		ret->port = port_in(variable("TCPLOCALPORT"), SMTP_PORT);
	return PEER_OK;
}

/* ---- both ways --------------------------------------------------------- */

typedef int name_of_socket(int fd, struct sockaddr *to, socklen_t *len);

static int socket_endpoint(name_of_socket *ask, struct endpoint *ret)
{
	struct sockaddr_storage name = { 0 };
	socklen_t len = sizeof(name);

	if (ask(IN, (struct sockaddr *)&name, &len) < 0)
		return -errno;
	return endpoint_from_sockaddr(&name, ret) ? 0 : -EAFNOSUPPORT;
}

static enum peer_status ask_socket(struct peer *p, struct sbuf *why)
{
	int r;

	/*
	 * The smtpd answers on descriptor 1, and it may be the journal
	 * (StandardOutput=journal).
	 */
	if (!fdio_same(IN, OUT) && dup2(IN, OUT) < 0)
		return failed(why, "dup2", errno);
	p->source = PEER_FROM_SOCKET;
	r = socket_endpoint(getpeername, &p->client);
	if (r < 0)
		return r == -ENOTCONN ? not_opened(why, ENOTCONN)
				      : failed(why, "getpeername", -r);
	r = socket_endpoint(getsockname, &p->server);
	if (r < 0)
		return failed(why, "getsockname", -r);
	return PEER_OK;
}

static enum peer_status ask_outside(const char *client, const char *server,
				    struct peer *p, struct sbuf *why)
{
	enum peer_status status;

	if (client) {
		p->source = PEER_FROM_OPTION;
		status = client_from_option(client, &p->client, why);
	} else {
		p->source = PEER_FROM_ENVIRONMENT;
		status = client_from_environment(&p->client, why);
	}
	if (status != PEER_OK)
		return status;
	return server_from_outside(server, p->client.address.family, &p->server,
				   why);
}

/* A closed output; only a socket can be used in both directions. */
static enum peer_status mend_output(const struct stream *s, struct sbuf *why)
{
	if (s->kind != STREAM_TCP && s->kind != STREAM_LOCAL)
		return usage(why, "standard output is closed; replies go "
				  "there");
	return dup2(IN, OUT) < 0 ? failed(why, "dup2", errno) : PEER_OK;
}

static enum peer_status identify(const char *client, const char *server,
				 struct peer *p, struct sbuf *why)
{
	enum peer_status status = take_handed_over(why);
	bool closed = fcntl(OUT, F_GETFD) < 0;
	int r;

	if (status != PEER_OK)
		return status;
	r = stream_open(&p->stream, IN, OUT);
	if (r < 0)
		return not_opened(why, -r);
	if (closed)
		status = mend_output(&p->stream, why);
	if (status != PEER_OK)
		return status;
	if (p->stream.kind != STREAM_TCP)
		return ask_outside(client, server, p, why);
	if (client || server)
		return usage(why, "--client and --server are for pipes and "
				  "files; this TCP socket tells both itself");
	return ask_socket(p, why);
}

enum peer_status peer_identify(const char *client, const char *server,
			       struct peer *ret, struct sbuf *why)
{
	struct peer p = { 0 };
	enum peer_status status = identify(client, server, &p, why);
	int r;

	/* whatever happened: the next file opened may be a log or a cache */
	r = fdio_fill_standard();
	if (status == PEER_OK && r < 0)
		status = failed(why, "/dev/null", -r);
	if (status == PEER_OK)
		*ret = p;
	return status;
}
