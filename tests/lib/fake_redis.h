/*
 * fake_redis.h - a Redis server that says what a test wants, in one process.
 *
 * It listens on a Unix socket, where a connect is done before anybody accepts,
 * so that a test can take turns: it lets us ask, reads what was asked, says
 * what is to be said, and lets us hear it.
 */
#ifndef TESTS_FAKE_REDIS_H
#define TESTS_FAKE_REDIS_H

#include "cache/cache_map.h"
#include "unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char fake_dir[64], fake_path[80];
static int fake_listener = -1, fake_fd = -1;

static inline struct cache_server fake_server(void)
{
	return (struct cache_server){ .path = span_of(fake_path) };
}

static inline void fake_listen(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strcpy(fake_dir, "/tmp/test_redis.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fake_dir));
	snprintf(fake_path, sizeof(fake_path), "%s/r", fake_dir);
	memcpy(at.sun_path, fake_path, strlen(fake_path));
	fake_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fake_listener, (const struct sockaddr *)&at,
			      sizeof(at)),
			 0);
	ck_assert_int_eq(listen(fake_listener, 5), 0);
}

static inline void fake_hang_up(void)
{
	if (fake_fd >= 0)
		close(fake_fd);
	fake_fd = -1;
}

static inline void fake_end(void)
{
	fake_hang_up();
	if (fake_listener >= 0)
		close(fake_listener);
	fake_listener = -1;
	unlink(fake_path);
	rmdir(fake_dir);
}

/* What was asked since, from whoever connected last. */
static inline const char *fake_read(void)
{
	static char text[8192];
	ssize_t n;

	if (fake_fd < 0)
		fake_fd = accept4(fake_listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fake_fd, 0);
	n = recv(fake_fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline void fake_say_bytes(const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fake_fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static inline void fake_say(const char *text)
{
	fake_say_bytes(text, strlen(text));
}

#endif
