/*
 * bench_passer - the least that somebody before a Postfix smtpd can do: accept
 * a client and pass it on.
 *
 *	bench_passer PORT PATH [wait]
 *
 * Nothing is asked, limited or logged. PATH is the socket of a service of type
 * "pass" (master(5)). With "wait" it learns when an smtpd has taken a client,
 * as those must who count them or would tell it that nobody did. Runs until it
 * is ended.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un service = { .sun_family = AF_UNIX };

static int open_door(const char *port)
{
	static const int on = 1;
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, 4096) < 0)
		err(1, "port %s", port);
	return fd;
}

/* What smtpd wants to know: names and values, each with its NUL. */
static size_t describe(const struct sockaddr_in *client, char *to, size_t size)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &client->sin_addr, address, sizeof(address));
	return (size_t)snprintf(to, size,
				"%cclient_address%c%s%cclient_port%c%u%c"
				"server_address%c127.0.0.1%cserver_port%c25%c",
				0, 0, address, 0, 0, ntohs(client->sin_port), 0,
				0, 0, 0, 0) +
	       1;
}

/* The connection to the smtpd that gets FD. */
static int pass(int fd, const struct sockaddr_in *client)
{
	char bytes[256];
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	struct iovec part = { bytes, describe(client, bytes, sizeof(bytes)) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	if (connect(s, (struct sockaddr *)&service, sizeof(service)) < 0 ||
	    sendmsg(s, &message, MSG_NOSIGNAL) < 0)
		warn("%s", service.sun_path);
	return s;
}

static void await(int epoll, int s, int fd)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.u64 = (uint64_t)s << 32 | (uint32_t)fd,
	};

	epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event);
}

static void take_clients(int door, int epoll, int wait)
{
	for (;;) {
		struct sockaddr_in from = { 0 };
		socklen_t size = sizeof(from);
		int fd = accept4(door, (struct sockaddr *)&from, &size,
				 SOCK_CLOEXEC);
		int s;

		if (fd < 0)
			return;
		s = pass(fd, &from);
		if (wait) {
			await(epoll, s, fd);
			continue;
		}
		close(s);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct epoll_event event[64] = { { .events = EPOLLIN } };
	int door, epoll = epoll_create1(EPOLL_CLOEXEC);

	if (argc < 3 || strlen(argv[2]) >= sizeof(service.sun_path))
		errx(2, "usage: bench_passer PORT PATH [wait]");
	memcpy(service.sun_path, argv[2], strlen(argv[2]));
	door = open_door(argv[1]);
	epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event[0]);
	for (;;) {
		int n = epoll_wait(epoll, event, 64, -1);

		for (int i = 0; i < n; i++) {
			if (event[i].data.u64 == 0) {
				take_clients(door, epoll, argc > 3);
				continue;
			}
			close((int)(event[i].data.u64 >> 32));
			close((int)(uint32_t)event[i].data.u64);
		}
	}
}
