#include "daemon/listeners.h"

#include "base/fdio.h"
#include "net/address.h"
#include "net/handed_over.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel cuts it to net.core.somaxconn. */
#define BACKLOG 4096

static bool add(struct listeners *l, int fd, struct span name, struct sbuf *why)
{
	int flags = fcntl(fd, F_GETFL);

	/* a client that has left again must not make accept4(2) wait */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		sbuf_addf(why, "fcntl: %s", strerror(errno));
		return false;
	}
	l->one[l->count++] = (struct listener){
		.fd = fd,
		.proxied = span_equal(name, SPAN(LISTENERS_PROXY)),
	};
	return true;
}

static bool has_room(const struct listeners *l, struct sbuf *why)
{
	if (l->count < LISTENERS_MAX)
		return true;
	sbuf_addf(why, "more than %d sockets to listen on", LISTENERS_MAX);
	return false;
}

/* ---- from a service manager ---------------------------------------------- */

static int option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

static bool take(struct listeners *l, unsigned index, struct sbuf *why)
{
	int fd = HANDED_OVER_FIRST + (int)index;

	if (!has_room(l, why))
		return false;
	if (option(fd, SO_TYPE) != SOCK_STREAM || !fdio_is_inet(fd)) {
		sbuf_addf(why,
			  "the service manager's descriptor %d is no TCP "
			  "socket: the socket unit needs ListenStream=PORT",
			  fd);
		return false;
	}
	if (option(fd, SO_ACCEPTCONN) != 1) {
		sbuf_addf(why,
			  "the service manager's descriptor %d does not "
			  "listen: the socket unit needs Accept=no",
			  fd);
		return false;
	}
	return add(l, fd, handed_over_name(index), why);
}

bool listeners_take(struct listeners *l, struct sbuf *why)
{
	int count = handed_over_count();
	bool good = count >= 0;

	if (!good)
		sbuf_add_text(why, "LISTEN_FDS is not a number");
	for (int i = 0; good && i < count; i++)
		good = take(l, (unsigned)i, why);
	handed_over_forget();
	return good;
}

/* ---- our own --------------------------------------------------------------
 */

/* A descriptor, or negative errno. */
static int open_at(const struct endpoint *where)
{
	static const int on = 1;
	struct sockaddr_storage name;
	socklen_t size = endpoint_to_sockaddr(where, &name);
	int fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (name.ss_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (const struct sockaddr *)&name, size) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

bool listeners_open(struct listeners *l, const char *text, struct sbuf *why)
{
	struct span name = SPAN(""), rest = span_of(text);
	struct endpoint where;
	bool has_port;
	int fd;

	if (!has_room(l, why))
		return false;
	span_cut(rest, '=', &name, &rest);
	if (!endpoint_parse(rest, &where, &has_port) || !has_port ||
	    (name.len > 0 && !span_equal(name, SPAN(LISTENERS_PROXY)))) {
		sbuf_addf(why,
			  "--listen %s: expected ADDR:PORT, such as 0.0.0.0:25 "
			  "or [::]:25, or " LISTENERS_PROXY "=ADDR:PORT",
			  text);
		return false;
	}
	fd = open_at(&where);
	if (fd < 0) {
		sbuf_addf(why, "--listen %s: %s%s", text, strerror(-fd),
			  fd == -EACCES ? " (ports below 1024 are root's and "
					  "CAP_NET_BIND_SERVICE's)"
					: "");
		return false;
	}
	if (add(l, fd, name, why))
		return true;
	close(fd);
	return false;
}

void listeners_describe(const struct listeners *l, struct sbuf *to)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct sockaddr_storage name = { 0 };
		socklen_t size = sizeof(name);
		struct endpoint e;

		if (getsockname(l->one[i].fd, (struct sockaddr *)&name, &size) <
			    0 ||
		    !endpoint_from_sockaddr(&name, &e))
			continue;
		sbuf_add_text(to, i > 0 ? ", " : "");
		endpoint_format(&e, to);
		if (l->one[i].proxied)
			sbuf_add_text(to, " (PROXY)");
	}
}
