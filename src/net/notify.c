#include "net/notify.h"

#include "base/number.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_address(struct notify *n, const char *path)
{
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(n->manager.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	n->manager.sun_family = AF_UNIX;
	memcpy(n->manager.sun_path, path, length);
	if (path[0] == '@') /* an abstract name */
		n->manager.sun_path[0] = '\0';
	n->length = (unsigned)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void read_watchdog(struct notify *n, const char *period, const char *pid)
{
	uint64_t us, owner;

	if (!period || !number_parse(span_of(period), INT64_MAX, &us))
		return;
	if (pid && (!number_parse(span_of(pid), INT32_MAX, &owner) ||
		    owner != (uint64_t)getpid()))
		return;
	n->watchdog = (int64_t)us;
}

void notify_init(struct notify *n)
{
	*n = (struct notify){ .length = 0 };
	read_address(n, getenv("NOTIFY_SOCKET"));
	read_watchdog(n, getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_send(const struct notify *n, const char *words)
{
	int fd;

	if (n->manager.sun_family == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL,
	       (const struct sockaddr *)&n->manager, n->length);
	close(fd);
}
