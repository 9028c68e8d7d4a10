/*
 * bench_load - SMTP connections per second that a server gets through.
 *
 *	bench_load PORT CONNECTIONS AT-ONCE [SOURCE [ADDRESSES]]
 *
 * They come from the ADDRESSES addresses from SOURCE on, in turn. Each waits
 *for a complete greeting or a refusal, says QUIT to a greeting, and reads to
 *the end. Prints "RATE MEDIAN_US P99_US". Ends with 1 when a connection ended
 *without a reply.
 */
#include "base/clock.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE_MAX 500

struct client {
	int fd; /* -1: free */
	int64_t start;
	bool replied, quit;
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static struct sockaddr_in source = { .sin_family = AF_INET };
static uint32_t addresses = 1;
static int unanswered;

static void start(struct client *c, int number)
{
	struct sockaddr_in from = source;

	from.sin_addr.s_addr = htonl(ntohl(source.sin_addr.s_addr) +
				     (uint32_t)number % addresses);
	*c = (struct client){ .start = clock_mono() };
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		err(1, "socket");
	/* a refused connection is noticed by the first poll */
	if (connect(c->fd, (struct sockaddr *)&server, sizeof(server)) == 0)
		return;
}

/* Has the connection ended? */
static bool serve(struct client *c)
{
	char bytes[4096];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n <= 0)
		return true;
	c->replied = true;
	if (!c->quit && memmem(bytes, (size_t)n, "220 ", 4)) {
		c->quit = true;
		if (send(c->fd, "QUIT\r\n", 6, MSG_NOSIGNAL) != 6)
			return true;
	}
	return false;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	static struct client client[AT_ONCE_MAX];
	static struct pollfd fds[AT_ONCE_MAX];
	int total, at_once, started = 0, ended = 0;
	int64_t begin, *took;

	if (argc < 4)
		errx(2, "usage: bench_load PORT CONNECTIONS AT-ONCE [SOURCE "
			"[ADDRESSES]]");
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	inet_pton(AF_INET, argc > 4 ? argv[4] : "127.0.0.1", &source.sin_addr);
	if (argc > 5)
		addresses = (uint32_t)atoi(argv[5]);
	total = atoi(argv[2]);
	at_once = atoi(argv[3]);
	if (total < 1 || at_once < 1 || at_once > AT_ONCE_MAX)
		errx(2, "from 1 to %d connections at once", AT_ONCE_MAX);
	took = calloc((size_t)total, sizeof(*took));
	for (int i = 0; i < at_once; i++)
		client[i].fd = -1;

	begin = clock_mono();
	while (ended < total) {
		for (int i = 0; i < at_once; i++) {
			if (client[i].fd < 0 && started < total) {
				start(&client[i], started);
				started++;
			}
			fds[i] = (struct pollfd){ .fd = client[i].fd,
						  .events = POLLIN };
		}
		if (poll(fds, (nfds_t)at_once, 30000) <= 0)
			errx(1, "nothing moved for 30 s");
		for (int i = 0; i < at_once; i++) {
			if (fds[i].revents == 0 || !serve(&client[i]))
				continue;
			unanswered += !client[i].replied;
			took[ended++] = clock_mono() - client[i].start;
			close(client[i].fd);
			client[i].fd = -1;
		}
	}
	double seconds = (double)(clock_mono() - begin) / CLOCK_SECOND;

	qsort(took, (size_t)total, sizeof(*took), by_size);
	printf("%.0f %.0f %.0f\n", total / seconds, (double)took[total / 2],
	       (double)took[total * 99 / 100]);
	free(took);
	if (unanswered > 0)
		warnx("%d connections ended without a reply", unanswered);
	return unanswered > 0;
}
