/*
 * bench_asker - the least that a process for each client can do about DNS
 *lists: ask them, and refuse.
 *
 *	bench_asker PORT SERVER LIST...
 *
 * SERVER (IPv4, port 53) is asked about each client by a process of its own,
 * for all LISTs at once, each over its own socket, as it must be for answers
 * not to be guessed; then the client hears 521, and is waited for. The answers
 * are not read, nothing is limited or logged. Runs until it is ended.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTS 8

static struct sockaddr_in server = { .sin_family = AF_INET };

static int open_door(const char *port)
{
	static const int on = 1;
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, 4096) < 0)
		err(1, "port %s", port);
	return fd;
}

static unsigned char *put_label(unsigned char *to, const char *text, size_t len)
{
	*to++ = (unsigned char)len;
	memcpy(to, text, len);
	return to + len;
}

static unsigned char *put_number(unsigned char *to, unsigned char number)
{
	char digits[3];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return put_label(to, digits + at, sizeof(digits) - at);
}

/* A question for the addresses of CLIENT's name in LIST (RFC 1035, 4.1). */
static size_t ask_for(const struct sockaddr_in *client, const char *list,
		      unsigned char packet[512])
{
	static const unsigned char flags[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	static const unsigned char a_in[] = { 0, 0, 1, 0, 1 };
	const unsigned char *ip = (const unsigned char *)&client->sin_addr;
	unsigned char *end = packet + 2;

	if (getrandom(packet, 2, 0) != 2)
		_exit(1);
	memcpy(end, flags, sizeof(flags));
	end += sizeof(flags);
	for (int i = 3; i >= 0; i--)
		end = put_number(end, ip[i]);
	while (*list != '\0') {
		size_t len = strcspn(list, ".");

		end = put_label(end, list, len);
		list += len + (list[len] == '.');
	}
	memcpy(end, a_in, sizeof(a_in));
	return (size_t)(end + sizeof(a_in) - packet);
}

static int ask(const struct sockaddr_in *client, const char *list)
{
	unsigned char packet[512];
	size_t len = ask_for(client, list, packet);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0 ||
	    send(fd, packet, len, 0) < 0)
		_exit(1);
	return fd;
}

/* False when an answer is missing for too long. */
static bool await(struct pollfd *fds, int count)
{
	for (int left = count; left > 0;) {
		if (poll(fds, (nfds_t)count, 1500) <= 0)
			return false;
		for (int i = 0; i < count; i++) {
			unsigned char answer[512];

			if (fds[i].revents == 0)
				continue;
			recv(fds[i].fd, answer, sizeof(answer), 0);
			close(fds[i].fd);
			fds[i].fd = -1;
			left--;
		}
	}
	return true;
}

/* A datagram that is lost is sent again, as everybody does. */
static void ask_all(const struct sockaddr_in *client, char **lists, int count)
{
	struct pollfd fds[LISTS];

	do
		for (int i = 0; i < count; i++)
			fds[i] = (struct pollfd){ .fd = ask(client, lists[i]),
						  .events = POLLIN };
	while (!await(fds, count));
}

static void refuse(int fd)
{
	static const char reply[] = "521 5.7.1 Service unavailable\r\n";
	char waste[512];

	send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL | MSG_MORE);
	shutdown(fd, SHUT_WR);
	while (recv(fd, waste, sizeof(waste), 0) > 0)
		continue;
}

int main(int argc, char **argv)
{
	int door;

	if (argc < 4 || argc - 3 > LISTS)
		errx(2, "usage: bench_asker PORT SERVER LIST...");
	server.sin_port = htons(53);
	inet_pton(AF_INET, argv[2], &server.sin_addr);
	door = open_door(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		struct sockaddr_in client = { 0 };
		socklen_t size = sizeof(client);
		int fd = accept4(door, (struct sockaddr *)&client, &size,
				 SOCK_CLOEXEC);

		if (fd >= 0 && _Fork() == 0) {
			ask_all(&client, argv + 3, argc - 3);
			refuse(fd);
			_exit(0);
		}
		close(fd);
	}
}
