/*
 * bench_grey_floor.c - a policy service that says DUNNO, and does nothing else.
 *
 *     bench_grey_floor SOCKET
 *
 * What is measured of it is the machine, the sockets and who asks: no service
 * can be faster. It ends with its standard input.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 500

#define ANSWER "action=DUNNO\n\n"

static struct pollfd polled[MOST];

static int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(name.sun_path))
		return -1;
	memcpy(name.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, MOST) < 0)
		return -1;
	return fd;
}

/* Who asks waits for each answer, so a request comes alone and in one piece. */
static void serve(struct pollfd *p)
{
	char text[4096];
	ssize_t n = read(p->fd, text, sizeof(text));

	if (n < 2 || memcmp(text + n - 2, "\n\n", 2) != 0 ||
	    send(p->fd, ANSWER, strlen(ANSWER), MSG_NOSIGNAL) < 0) {
		close(p->fd);
		p->fd = -1;
	}
}

int main(int argc, char **argv)
{
	int used = 2;

	polled[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	polled[1] = (struct pollfd){ argc == 2 ? listen_at(argv[1]) : -1,
				     POLLIN, 0 };
	if (polled[1].fd < 0)
		return 2;
	puts("ready");
	fflush(stdout);
	while (polled[0].revents == 0) {
		if (poll(polled, (nfds_t)used, -1) < 0)
			return 1;
		for (int i = 2; i < used; i++)
			if (polled[i].revents != 0)
				serve(&polled[i]);
		if (polled[1].revents != 0 && used < MOST)
			polled[used++] = (struct pollfd){
				accept(polled[1].fd, NULL, NULL), POLLIN, 0
			};
	}
	return 0;
}
