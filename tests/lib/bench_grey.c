/*
 * bench_grey.c - ask a policy service, in lock-step over one connection.
 *
 *     bench_grey SOCKET REQUESTS [RATE]
 *
 * Half of the requests are of new triplets of its own, half come again. Prints
 * requests a second and the 50th and 99th percentile of the time for one, in
 * microseconds. With RATE so many are due each second, and time counts from
 * when one was due: one that has to wait for others is not forgotten.
 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 1000000

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Until the empty line behind an answer. */
static int hear(int fd)
{
	char answer[4096];
	size_t len = 0;

	do {
		ssize_t n = read(fd, answer + len, sizeof(answer) - len);

		if (n <= 0)
			return -1;
		len += (size_t)n;
	} while (len < 2 || memcmp(answer + len - 2, "\n\n", 2) != 0);
	return memcmp(answer, "action=", 7) == 0 ? 0 : -1;
}

static int ask(int fd, unsigned number)
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

	return write(fd, text, (size_t)len) == len ? hear(fd) : -1;
}

static int reach(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(name.sun_path))
		return -1;
	memcpy(name.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		return -1;
	return fd;
}

/* When the request of this NUMBER is due, and no earlier. */
static int64_t wait_for(int64_t start, int number, int rate)
{
	int64_t at = rate > 0 ? start + number * CLOCK_SECOND / rate : 0;
	int64_t now = clock_mono();

	if (at <= now)
		return at > 0 ? at : now;
	usleep((useconds_t)(at - now));
	return clock_mono();
}

int main(int argc, char **argv)
{
	static int64_t took[MOST];
	int64_t start = clock_mono();
	int count = argc >= 3 ? atoi(argv[2]) : 0;
	int rate = argc == 4 ? atoi(argv[3]) : 0;
	int fd = argc >= 3 ? reach(argv[1]) : -1;

	if (count < 2 || count > MOST || fd < 0)
		return 2;
	for (int i = 0; i < count; i++) {
		int64_t begin = wait_for(start, i, rate);

		if (ask(fd, (unsigned)(i % ((count + 1) / 2))) < 0)
			return 1;
		took[i] = clock_mono() - begin;
	}
	start = clock_mono() - start;
	qsort(took, (size_t)count, sizeof(*took), by_size);
	printf("%.0f %lld %lld\n", (double)count * CLOCK_SECOND / (double)start,
	       (long long)took[count / 2], (long long)took[count / 100 * 99]);
	return 0;
}
