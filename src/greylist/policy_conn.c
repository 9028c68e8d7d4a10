#include "greylist/policy_conn.h"

#include "base/clock.h"
#include "log/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is logged of a line that is no attribute. */
#define GARBAGE 100

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* A request that comes byte by byte has no more time than any other. */
static void wait_for_request(struct policy_conn *c, int64_t now)
{
	bool begun = request_begun(&c->request);

	if (begun && c->in_request)
		return;
	c->in_request = begun;
	c->deadline =
		now + (begun ? POLICY_BUSY_S : POLICY_IDLE_S) * CLOCK_SECOND;
}

void policy_conn_open(struct policy_conn *c, int in, int out, int64_t now)
{
	c->in = in;
	c->out = out;
	c->is_socket = is_socket(in);
	c->is_held = false;
	c->is_last = false;
	c->state = REQUEST_PARTIAL;
	c->in_request = false;
	request_init(&c->request);
	c->answer = SBUF(c->memory);
	c->sent = 0;
	wait_for_request(c, now);
}

void policy_conn_close(struct policy_conn *c)
{
	if (c->in > STDERR_FILENO)
		close(c->in);
	c->in = -1;
	c->out = -1;
}

bool policy_conn_receive(struct policy_conn *c, int64_t now)
{
	size_t size;
	char *to = request_room(&c->request, &size);
	/* never O_NONBLOCK: what we were given belongs to others, too */
	ssize_t n = c->is_socket ? recv(c->in, to, size, MSG_DONTWAIT)
				 : read(c->in, to, size);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	request_arrived(&c->request, (size_t)n);
	policy_conn_parse(c, now);
	return true;
}

void policy_conn_parse(struct policy_conn *c, int64_t now)
{
	struct span line;

	for (;;) {
		c->state = request_next(&c->request, &line);
		if (c->state != REQUEST_GARBAGE)
			break;
		if (line.len > GARBAGE)
			line.len = GARBAGE;
		log_info(LOG_OTHER, "ignoring garbage: <%.*s>", (int)line.len,
			 line.p);
	}
	wait_for_request(c, now);
}

bool policy_conn_answering(const struct policy_conn *c)
{
	return c->sent < c->answer.len;
}

bool policy_conn_send(struct policy_conn *c, int64_t now)
{
	if (c->sent == 0)
		c->deadline = now + POLICY_BUSY_S * CLOCK_SECOND;
	while (policy_conn_answering(c)) {
		struct span rest = span_skip(sbuf_span(&c->answer), c->sent);
		ssize_t n = c->is_socket ? send(c->out, rest.p, rest.len,
						MSG_DONTWAIT | MSG_NOSIGNAL)
					 : write(c->out, rest.p, rest.len);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			c->sent += (size_t)n;
	}
	sbuf_clear(&c->answer);
	c->sent = 0;
	c->in_request = false;
	wait_for_request(c, now);
	return true;
}
