/*
 * bench_grey.c - ask a policy service over many connections.
 *
 *     bench_grey SOCKET CONNECTIONS REQUESTS [RATE]
 *
 * Half of the requests are of new triplets, half come again. Prints requests a
 * second, and the 50th and 99th percentile of the time for one and the longest,
 * in microseconds.
 *
 * Without RATE there is always one request on its way over each connection: a
 * closed loop, at the limit of the service, and time is what a request takes,
 * most of which is waiting for the others. With RATE so many are due each
 * second, whatever becomes of those before (an open loop), and time counts from
 * when one was due, so that one which has to wait for a connection is not
 * forgotten.
 *
 * It is one process, because what asks must not take the processor from what
 * answers: how long this one alone takes, bench_grey_floor tells.
 */
#include "base/clock.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST_REQUESTS	 1000000
#define MOST_CONNECTIONS 500

static int64_t took[MOST_REQUESTS];
static int count, rate, connections;
static int asked, answered;
static int64_t start;

static struct connection {
	int64_t since; /* -1: idle */
	char answer[4096];
	size_t len;
} all[MOST_CONNECTIONS];
static struct pollfd polled[MOST_CONNECTIONS];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int reach(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(name.sun_path))
		die(path);
	memcpy(name.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		die(path);
	return fd;
}

static void ask(int fd, unsigned number)
{
	char text[512];
	int len = snprintf(text, sizeof(text),
			   "request=smtpd_access_policy\n"
			   "protocol_state=RCPT\nprotocol_name=ESMTP\n"
			   "client_name=unknown\nclient_address=10.%u.%u.9\n"
			   "reverse_client_name=unknown\n"
			   "helo_name=client.example\n"
			   "sender=bench%ux%xp@example.com\n"
			   "recipient=someone@example.org\n"
			   "instance=%x.0\netrn_domain=\nsize=12345\n\n",
			   number % 200, number % 7, number, (unsigned)getpid(),
			   number);

	if (write(fd, text, (size_t)len) != len)
		die("write");
}

/* Until the empty line behind it. */
static void hear(struct connection *c, int fd)
{
	ssize_t n = read(fd, c->answer + c->len, sizeof(c->answer) - c->len);

	if (n <= 0)
		die("read");
	c->len += (size_t)n;
	if (c->len < 2 || memcmp(c->answer + c->len - 2, "\n\n", 2) != 0)
		return;
	if (memcmp(c->answer, "action=", 7) != 0)
		die("answer");
	took[answered++] = clock_mono() - c->since;
	c->since = -1;
	c->len = 0;
}

/* When the next request is due. */
static int64_t next_due(void)
{
	if (asked == count)
		return CLOCK_NEVER;
	return rate > 0 ? start + asked * CLOCK_SECOND / rate : 0;
}

/* Ask what is due, where nothing is on its way. */
static void ask_all(void)
{
	for (int i = 0; i < connections; i++) {
		int64_t due = next_due(), now = clock_mono();

		if (due > now)
			return;
		if (all[i].since >= 0)
			continue;
		all[i].since = rate > 0 ? due : now;
		ask(polled[i].fd, (unsigned)(asked++ % ((count + 1) / 2)));
	}
}

static void hear_some(void)
{
	int64_t left = next_due() - clock_mono();
	struct timespec wait;
	bool busy = true;

	for (int i = 0; i < connections; i++)
		busy = busy && all[i].since >= 0;
	if (left < 0 && !busy)
		return;
	if (busy || left > CLOCK_SECOND)
		left = CLOCK_SECOND;
	wait = (struct timespec){ left / CLOCK_SECOND,
				  left % CLOCK_SECOND * 1000 };
	if (ppoll(polled, (nfds_t)connections, &wait, NULL) < 0)
		die("poll");
	for (int i = 0; i < connections; i++)
		if (polled[i].revents != 0)
			hear(&all[i], polled[i].fd);
}

int main(int argc, char **argv)
{
	connections = argc >= 4 ? atoi(argv[2]) : 0;
	count = argc >= 4 ? atoi(argv[3]) : 0;
	rate = argc == 5 ? atoi(argv[4]) : 0;
	if (connections < 1 || connections > MOST_CONNECTIONS || count < 2 ||
	    count > MOST_REQUESTS)
		return 2;
	/* woken when a request is due, and not 50 microseconds later */
	prctl(PR_SET_TIMERSLACK, 1UL);
	for (int i = 0; i < connections; i++) {
		polled[i] = (struct pollfd){ reach(argv[1]), POLLIN, 0 };
		all[i].since = -1;
	}
	start = clock_mono();
	while (answered < count) {
		ask_all();
		hear_some();
	}
	start = clock_mono() - start;
	qsort(took, (size_t)count, sizeof(*took), by_size);
	printf("%.0f %lld %lld %lld\n",
	       (double)count * CLOCK_SECOND / (double)start,
	       (long long)took[count / 2], (long long)took[count / 100 * 99],
	       (long long)took[count - 1]);
	return 0;
}
