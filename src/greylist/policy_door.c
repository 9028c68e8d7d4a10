#include "greylist/policy_door.h"

#include "net/address.h"
#include "net/handed_over.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool add(struct policy_doors *d, int fd, struct sbuf *why)
{
	int flags = fcntl(fd, F_GETFL);

	/* who has left again must not make accept4(2) wait */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		sbuf_addf(why, "fcntl: %s", strerror(errno));
		return false;
	}
	d->fd[d->count++] = fd;
	return true;
}

/* ---- handed over ------------------------------------------------- */

static bool is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ==
		       0 &&
	       listening;
}

static bool take_handed_over(struct policy_doors *d, int count,
			     struct sbuf *why)
{
	if (count > POLICY_DOORS) {
		sbuf_addf(why, "more than %d sockets to listen on",
			  POLICY_DOORS);
		return false;
	}
	for (int i = 0; i < count; i++) {
		if (!is_listening(HANDED_OVER_FIRST + i)) {
			sbuf_addf(why,
				  "the service manager's descriptor %d does "
				  "not listen: the socket unit needs "
				  "Accept=no",
				  HANDED_OVER_FIRST + i);
			return false;
		}
		if (!add(d, HANDED_OVER_FIRST + i, why))
			return false;
	}
	return true;
}

/* ---- our own ----------------------------------------------------- */

/* 0 or negative errno. */
static int listen_on(struct policy_doors *d, int fd, const struct sockaddr *to,
		     socklen_t size, int backlog)
{
	static const int on = 1;
	char unused[64];
	struct sbuf why = SBUF(unused);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (to->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, to, size) < 0 || listen(fd, backlog) < 0)
		return -errno;
	return add(d, fd, &why) ? 0 : -EMFILE;
}

static int open_one(struct policy_doors *d, const struct sockaddr *to,
		    socklen_t size, int backlog)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	r = listen_on(d, fd, to, size, backlog);
	if (r < 0)
		close(fd);
	return r;
}

/* -EINVAL: TEXT is none. */
static int open_endpoint(struct policy_doors *d, struct span text, int backlog)
{
	struct sockaddr_storage name;
	struct endpoint where;
	bool has_port;
	socklen_t size;

	if (!endpoint_parse(text, &where, &has_port) || !has_port)
		return -EINVAL;
	size = endpoint_to_sockaddr(&where, &name);
	return open_one(d, (const struct sockaddr *)&name, size, backlog);
}

/* A socket that nobody serves any more is in the way; nothing else is ours. */
static bool remove_stale(const char *path, struct sbuf *why)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return true;
	if (S_ISSOCK(st.st_mode) && unlink(path) == 0)
		return true;
	sbuf_addf(why, "--unix=%s: is there already and no socket of ours",
		  path);
	return false;
}

static bool open_unix(struct policy_doors *d, const struct grey_options *o,
		      struct sbuf *why)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct span path = span_of(o->unix_path);
	mode_t mask;
	int r;

	if (path.len >= sizeof(name.sun_path)) {
		sbuf_addf(why, "--unix=%s: the path is too long", o->unix_path);
		return false;
	}
	if (!remove_stale(o->unix_path, why))
		return false;
	memcpy(name.sun_path, path.p, path.len);
	/* a chmod(2) behind it would be root's, of whatever somebody who may
	 * write to that folder has put there meanwhile */
	mask = umask(~o->socket_mode & 0777);
	r = open_one(d, (const struct sockaddr *)&name, sizeof(name),
		     o->backlog);
	umask(mask);
	if (r < 0)
		sbuf_addf(why, "--unix=%s: %s", o->unix_path, strerror(-r));
	return r == 0;
}

static const char *door_trouble(int error)
{
	return error == EINVAL ? "expected PORT, ADDRESS:PORT or "
				 "localhost:PORT, such as 10023 or "
				 "[::1]:10023"
			       : strerror(error);
}

/* "localhost" is two addresses, of which this machine may lack one. */
static bool open_localhost(struct policy_doors *d, struct span port,
			   int backlog, struct sbuf *why)
{
	static const char *const addresses[] = { "127.0.0.1:", "[::1]:" };
	int error = EINVAL;

	for (size_t i = 0; i < 2; i++) {
		char memory[64];
		struct sbuf text = SBUF(memory);
		int r;

		sbuf_add_text(&text, addresses[i]);
		sbuf_add(&text, port);
		r = open_endpoint(d, sbuf_span(&text), backlog);
		if (r < 0 && error != EADDRINUSE)
			error = -r;
	}
	if (d->count > 0)
		return true;
	sbuf_add_text(why, door_trouble(error));
	return false;
}

/* "[host:]port". No name but "localhost" is asked for: mail may depend on us
 * before any name server is up. */
static bool open_inet(struct policy_doors *d, const struct grey_options *o,
		      struct sbuf *why)
{
	struct span text = span_of(o->inet), port = text, host;
	int r;

	if (span_find(text, ':') < 0)
		return open_localhost(d, text, o->backlog, why);
	if (span_cut(text, ':', &host, &port) &&
	    span_equal_nocase(host, SPAN("localhost")))
		return open_localhost(d, port, o->backlog, why);
	r = open_endpoint(d, text, o->backlog);
	if (r < 0)
		sbuf_add_text(why, door_trouble(-r));
	return r == 0;
}

bool policy_doors_open(struct policy_doors *d, const struct grey_options *o,
		       struct sbuf *why)
{
	int count = handed_over_count();

	d->count = 0;
	handed_over_forget();
	if (count < 0) {
		sbuf_add_text(why, "LISTEN_FDS is not a number");
		return false;
	}
	if (count > 0)
		return take_handed_over(d, count, why);
	if (o->inet) {
		sbuf_addf(why, "--inet=%s: ", o->inet);
		if (!open_inet(d, o, why))
			return false;
		sbuf_clear(why);
		return true;
	}
	if (o->unix_path)
		return open_unix(d, o, why);
	return !is_listening(STDIN_FILENO) || add(d, STDIN_FILENO, why);
}
