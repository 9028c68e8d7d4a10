/*
 * sockets.h - connected pairs for tests: TCP on the loopback, port chosen by
 * the kernel.
 */
#ifndef TESTS_SOCKETS_H
#define TESTS_SOCKETS_H

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening TCP socket on the loopback, and its address. */
static inline int sockets_listen(struct sockaddr_in *ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret = at;
	return fd;
}

/* PAIR[0] is the server's end, PAIR[1] the client's. */
static inline void sockets_tcp_pair(int pair[2])
{
	struct sockaddr_in at;
	int listener = sockets_listen(&at);

	pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(pair[1], 0);
	ck_assert_int_eq(connect(pair[1], (struct sockaddr *)&at, sizeof(at)),
			 0);
	pair[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(pair[0], 0);
	close(listener);
}

/* Close FD so that the other end sees a reset. */
static inline void sockets_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ck_assert_int_eq(
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

#endif
