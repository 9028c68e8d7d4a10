/*
 * bench_sink - who takes what a screen gives away, at little cost.
 *
 *	bench_sink log PATH     a datagram socket as /dev/log has it
 *	bench_sink pass PATH [PROCESSES]
 *				a service of type "pass" (master(5)): each
 *				client is greeted and let go
 *
 * Runs until it is ended.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(const char *path, int type)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(name.sun_path))
		errx(2, "%s: too long", path);
	memcpy(name.sun_path, path, strlen(path));
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    chmod(path, 0666) < 0)
		err(1, "%s", path);
	return fd;
}

/* The descriptor in the first message of SERVICE, or -1. */
static int receive_descriptor(int service, char *bytes, size_t size,
			      size_t *ret_len)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	struct iovec part = { bytes, size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(service, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1;

	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	*ret_len = n > 0 ? (size_t)n : 0;
	return fd;
}

/* The client that came over SERVICE, or -1: a byte with its descriptor, then
 * names and values, each with its NUL, and one NUL more. */
static int receive(int service)
{
	char bytes[1024];
	size_t len;
	int fd = receive_descriptor(service, bytes, sizeof(bytes), &len);

	while (fd >= 0 && (len < 4 || bytes[len - 1] || bytes[len - 2])) {
		ssize_t n = recv(service, bytes + len, sizeof(bytes) - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return fd;
}

static void serve(int listener)
{
	static const char greeting[] = "220 sink\r\n";
	char waste[512];

	for (;;) {
		int service = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		int client = service < 0 ? -1 : receive(service);

		close(service);
		if (client < 0)
			continue;
		send(client, greeting, sizeof(greeting) - 1, MSG_NOSIGNAL);
		recv(client, waste, sizeof(waste), MSG_DONTWAIT);
		close(client);
	}
}

int main(int argc, char **argv)
{
	char line[65536];
	int fd;

	if (argc < 3)
		errx(2, "usage: bench_sink log|pass PATH [PROCESSES]");
	if (strcmp(argv[1], "log") == 0) {
		fd = open_socket(argv[2], SOCK_DGRAM);
		while (recv(fd, line, sizeof(line), 0) >= 0)
			continue;
		return 1;
	}
	fd = open_socket(argv[2], SOCK_STREAM);
	if (listen(fd, 4096) < 0)
		err(1, "listen");
	for (int i = 1; argc > 3 && i < atoi(argv[3]); i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
	serve(fd);
}
