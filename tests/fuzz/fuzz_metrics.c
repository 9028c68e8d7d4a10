/*
 * fuzz_metrics.c - whole HTTP requests to smtp-screenctl metrics.
 *
 * The answer is one of HTTP, whose length is what it says, or nothing.
 */
#include "ctl/metrics.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t length)
{
	const char *body = memmem(text, length, "\r\n\r\n", 4);
	const char *counted = memmem(text, length, "Content-Length: ", 16);

	assert(memcmp(text, "HTTP/1.1 ", 9) == 0 && body && counted);
	body += 4;
	assert(body == text + length ||
	       strtoul(counted + 16, NULL, 10) ==
		       (unsigned long)(text + length - body));
}

/* Standard input and output are the client's, as systemd makes them. */
static void serve(int client)
{
	static struct probing p;
	static struct console c;
	static int in = -1, out = -1;

	if (in < 0) {
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
		out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	c.conf.state_file = "/nonexistent/state";
	p.lists.conf = &c.conf;
	dup2(client, STDIN_FILENO);
	dup2(client, STDOUT_FILENO);
	metrics_answer(&p);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[65536];
	size_t length = 0;
	ssize_t n;
	int pair[2];

	if (size > 16384 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	if (size > 0 && send(pair[1], data, size, MSG_NOSIGNAL) < 0)
		abort();
	shutdown(pair[1], SHUT_WR);
	serve(pair[0]);
	close(pair[0]);
	while ((n = recv(pair[1], answer + length, sizeof(answer) - length,
			 0)) > 0)
		length += (size_t)n;
	close(pair[1]);
	if (length > 0)
		check(answer, length);
	return 0;
}
