#include "screen/lists.h"
#include "unit.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static struct arena arena;
static struct report report;

/* The machine has just started, or a sandbox forbids it. */
ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
	(void)buffer;
	(void)length;
	errno = flags & GRND_NONBLOCK ? EAGAIN : EINTR;
	return -1;
}

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 4 << 20), 0);
	report_init(&report, &arena);
}

static void teardown(void)
{
	arena_close(&arena);
}

/* A name server of ours that says nothing; its port in *RET_PORT. */
static int silent_server(unsigned *ret_port)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&here, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&here, &len), 0);
	*ret_port = ntohs(here.sin_port);
	return fd;
}

/* No client waits for random numbers, and the ids still differ. */
START_TEST(asks_without_random_numbers)
{
	char servers[32];
	struct conf conf = {
		.dnsbl_sites = "a.example b.example c.example d.example",
		.dns_servers = servers,
		.dnsbl_reply_map = "",
		.dnslists_file = "",
	};
	const struct address who = { ADDRESS_IPV4, { 192, 0, 2, 1 } };
	unsigned port, same = 0;
	int fd = silent_server(&port);
	unsigned char first[512], next[512];
	struct lists lists;

	snprintf(servers, sizeof(servers), "127.0.0.1:%u", port);
	ck_assert(lists_open(&lists, &conf, false, &arena, &report));
	lists_ask(&lists, &who, clock_mono());
	ck_assert_int_gt(recv(fd, first, sizeof(first), 0), 12);
	for (int i = 1; i < 4; i++) {
		ck_assert_int_gt(recv(fd, next, sizeof(next), 0), 12);
		same += memcmp(first, next, 2) == 0;
	}
	ck_assert_uint_lt(same, 3);
	dnsclient_close(lists.dns);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("lists");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, asks_without_random_numbers);
	return unit_run();
}
