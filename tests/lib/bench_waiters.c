/*
 * bench_waiters - many SMTP clients that wait for their greeting.
 *
 *	bench_waiters PORT CLIENTS NETWORK WAIT_MS [RATE]
 *
 * They come from the 250 addresses NETWORK.1 to NETWORK.250, RATE of them a
 * second, or as fast as they are taken.
 * Prints "waiting N" when each has heard a teaser or more, and in the end
 * "greeted N refused N lost N late_ms N", where "late" is how much longer than
 * WAIT_MS behind its teaser the last one waited. With a WAIT_MS of 0 they stay
 * until standard input ends.
 */
#include "base/clock.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that are not accepted yet; more would only fill the queue. */
#define PENDING 1000

#define ADDRESSES 250

/* How much longer than WAIT_MS nothing may happen. */
#define PATIENCE_MS 60000

enum fate {
	COMING,
	WAITING,
	GREETED,
	REFUSED,
	LOST,
	FATES,
};

struct client {
	int fd;
	enum fate fate;
	int64_t teased;
};

static struct client *client;
static int total, at[FATES];
static int64_t latest, wait_for;

static void move(struct client *c, enum fate to)
{
	at[c->fate]--;
	at[to]++;
	c->fate = to;
}

static void come(int epoll, int number, uint16_t port, const char *network)
{
	struct client *c = &client[number];
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u32 = (uint32_t)number };
	char address[64];

	snprintf(address, sizeof(address), "%s.%d", network,
		 number % ADDRESSES + 1);
	inet_pton(AF_INET, address, &from.sin_addr);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		err(1, "client %d", number);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
		err(1, "epoll_ctl");
	at[COMING]++;
}

static void hear(struct client *c)
{
	char text[1024];
	ssize_t n = recv(c->fd, text, sizeof(text) - 1, 0);
	int64_t now = clock_mono();

	if (n <= 0) {
		if (c->fate < GREETED)
			move(c, LOST);
		close(c->fd);
		return;
	}
	text[n] = '\0';
	if (c->fate == COMING) {
		c->teased = now;
		move(c, WAITING);
	}
	if (text[0] == '4' || text[0] == '5')
		move(c, REFUSED);
	else if (strstr(text, "220 ")) {
		move(c, GREETED);
		if (now - c->teased - wait_for > latest)
			latest = now - c->teased - wait_for;
		send(c->fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
	}
}

/* How many may have come by NOW. */
static int due(int64_t began, int64_t now, int rate)
{
	int64_t count = rate > 0 ? (now - began) * rate / CLOCK_SECOND : total;

	return count < total ? (int)count : total;
}

int main(int argc, char **argv)
{
	int64_t began = clock_mono();
	int rate = argc > 5 ? atoi(argv[5]) : 0;
	struct epoll_event event[256];
	int epoll = epoll_create1(EPOLL_CLOEXEC), come_so_far = 0;
	bool told = false;
	char byte;

	if (argc < 5)
		errx(2, "usage: bench_waiters PORT CLIENTS NETWORK WAIT_MS "
			"[RATE]");
	total = atoi(argv[2]);
	wait_for = atoi(argv[4]) * CLOCK_MS;
	client = calloc((size_t)total, sizeof(*client));
	while (at[GREETED] + at[REFUSED] + at[LOST] < total) {
		int n, wanted = due(began, clock_mono(), rate);

		while (come_so_far < wanted && at[COMING] < PENDING)
			come(epoll, come_so_far++, (uint16_t)atoi(argv[1]),
			     argv[3]);
		n = epoll_wait(epoll, event, 256,
			       come_so_far < total && rate > 0
				       ? 1000 / rate + 1
				       : PATIENCE_MS + atoi(argv[4]));
		if (n < 0 || (n == 0 && come_so_far == total))
			break;
		for (int i = 0; i < n; i++)
			hear(&client[event[i].data.u32]);
		if (!told && come_so_far == total && at[COMING] == 0) {
			told = true;
			printf("waiting %d\n", at[WAITING]);
			fflush(stdout);
			if (wait_for == 0 && read(0, &byte, 1) <= 0)
				break;
		}
	}
	printf("greeted %d refused %d lost %d late_ms %.0f\n", at[GREETED],
	       at[REFUSED], at[LOST] + at[COMING] + at[WAITING],
	       (double)latest / CLOCK_MS);
	return 0;
}
