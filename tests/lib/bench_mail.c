/*
 * bench_mail - an smtpd that takes mail as fast as it comes, and the least
 * that a relay can be.
 *
 *	bench_mail sink              an smtpd on descriptors 0 and 1; it skips a
 *				     PROXY header of version 2
 *	bench_mail relay PORT        between these and 127.0.0.1 port PORT
 *	bench_mail relay pair ...    between these and a socket pair, at whose
 *				     other end the command runs
 *
 * The relay blocks in one splice after the other: no poll, no limits, no
 * judgement. Nothing that looks after its client can be cheaper.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIPE_LARGE   (1 << 20)
#define READ_SIZE    65536
#define PROXY_HEADER 28 /* version 2, of two IPv4 addresses */

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		exit(1);
}

/* Read a mail to its end. */
static bool take_mail(void)
{
	static char bytes[4 + READ_SIZE];
	ssize_t n;

	while ((n = read(0, bytes + 4, READ_SIZE)) > 0) {
		if (memcmp(bytes + n - 1, "\r\n.\r\n", 5) == 0)
			return true;
		memcpy(bytes, bytes + n, 4);
	}
	return false;
}

static void sink(void)
{
	char command[1024], *line = command;
	ssize_t n;

	say("220 sink\r\n");
	while ((n = read(0, command, sizeof(command) - 1)) > 0) {
		command[n] = '\0';
		line = command;
		if (n >= PROXY_HEADER && memcmp(command, "\r\n\r\n", 4) == 0)
			line += PROXY_HEADER;
		if (line == command + n)
			continue;
		if (strncmp(line, "DATA", 4) == 0) {
			say("354 go ahead\r\n");
			if (!take_mail())
				return;
		}
		say("250 fine\r\n");
	}
}

static int reach(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((in_port_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "port %d", port);
	return fd;
}

/* ARGV runs at the other end. */
static int start(char **argv)
{
	int pair[2], buffer = PIPE_LARGE;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		err(1, "socketpair");
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (fork() == 0) {
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		execvp(argv[0], argv);
		err(1, "%s", argv[0]);
	}
	close(pair[1]);
	return pair[0];
}

static void carry_replies(int smtpd)
{
	char bytes[16384];
	ssize_t n;

	while ((n = read(smtpd, bytes, sizeof(bytes))) > 0)
		if (write(1, bytes, (size_t)n) < 0)
			break;
	_exit(0);
}

static void relay(int smtpd)
{
	int ends[2];
	ssize_t n, moved;

	if (fork() == 0)
		carry_replies(smtpd);
	if (pipe2(ends, O_CLOEXEC) < 0)
		err(1, "pipe");
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_LARGE);
	while ((n = splice(0, NULL, ends[1], NULL, PIPE_LARGE, SPLICE_F_MOVE)) >
	       0)
		for (; n > 0; n -= moved) {
			moved = splice(ends[0], NULL, smtpd, NULL, (size_t)n,
				       SPLICE_F_MOVE);
			if (moved <= 0)
				err(1, "splice");
		}
	shutdown(smtpd, SHUT_WR);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sink") == 0)
		sink();
	else if (argc > 3 && strcmp(argv[1], "relay") == 0 &&
		 strcmp(argv[2], "pair") == 0)
		relay(start(argv + 3));
	else if (argc == 3 && strcmp(argv[1], "relay") == 0)
		relay(reach(atoi(argv[2])));
	else
		errx(2, "usage: bench_mail sink | relay PORT | relay pair "
			"COMMAND...");
}
