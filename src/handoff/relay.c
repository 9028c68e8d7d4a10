#include "handoff/relay.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel's pipe holds. */
#define PIPE_SIZE 65536

/* What poll(2) says of somebody who can be read, be it the end. */
#define READY (POLLIN | POLLHUP | POLLERR)

/*
 * How long a client may be silent once the smtpd has hung up. It could still
 * be listening, but none is known to do so.
 */
#define FAREWELL_LIMIT (60 * CLOCK_SECOND)

/* How long the last reply may take to arrive. */
#define FINISH_PATIENCE (2 * CLOCK_SECOND)

/* One direction. */
struct flow {
	char *buffer;
	size_t begin, end; /* what is held in BUFFER */
	bool ended;	   /* there will be no more to read */
	bool shut;	   /* and the other side has been told */
};

/* What it would mean if the smtpd hung up now. */
enum mood {
	MOOD_OPEN,    /* it fell down in the midst of a session */
	MOOD_REFUSED, /* it has had enough: behind 4xx and 5xx some do that */
	MOOD_GOODBYE, /* 221 or 421: it said that it would */
	MOOD_SEALED,  /* nobody knows: under TLS all look the same */
};

struct state {
	const struct relay *relay;
	struct flow up, down; /* from the client, to the client */
	int pipe[2];	      /* -1: bytes go up through up.buffer */
	size_t in_pipe;
	int64_t active;	  /* when the last byte moved */
	bool client_quit; /* it has said that it will say no more */
	enum mood mood;
	enum relay_end end;
};

static bool is_socket(const struct stream *s)
{
	return s->kind == STREAM_TCP || s->kind == STREAM_LOCAL;
}

static size_t held(const struct flow *f)
{
	return f->end - f->begin;
}

static struct span held_span(const struct flow *f)
{
	return (struct span){ f->buffer + f->begin, held(f) };
}

static void took(struct flow *f, size_t n)
{
	f->begin += n;
	if (f->begin == f->end)
		f->begin = f->end = 0;
}

static bool is_transient(ssize_t error)
{
	return error == -EAGAIN || error == -EINTR || error == -ETIMEDOUT;
}

/* ---- from the client to the smtpd --------------------------------------- */

static size_t up_held(const struct state *s)
{
	return s->in_pipe + held(&s->up);
}

/* Bytes in the pipe, 0 at the end, or negative errno; poll said there are. */
static ssize_t splice_in(struct state *s, size_t most)
{
	ssize_t n = splice(s->relay->client.in, NULL, s->pipe[1], NULL, most,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n > 0)
		s->in_pipe += (size_t)n;
	return n < 0 ? -errno : n;
}

static ssize_t read_in(struct state *s, size_t most)
{
	ssize_t n = stream_read(&s->relay->client, s->up.buffer,
				most < RELAY_BUFFER ? most : RELAY_BUFFER, 0);

	if (n > 0)
		s->up.end = (size_t)n;
	return n;
}

static ssize_t take_from_client(struct state *s, size_t most)
{
	ssize_t n;

	if (s->pipe[0] < 0)
		return read_in(s, most);
	n = splice_in(s, most);
	if (n != -EINVAL && n != -ENOSYS)
		return n;
	/* terminals and others have no pages to give away */
	close(s->pipe[0]);
	close(s->pipe[1]);
	s->pipe[0] = s->pipe[1] = -1;
	return read_in(s, most);
}

/* Do these last bytes of all end a mail, as far as they show? */
static bool ends_mail(struct span bytes)
{
	static const char dot[] = "\r\n.\r\n";
	size_t shared = sizeof(dot) - 1;

	if (bytes.len < strlen(".\r\n"))
		return false;
	if (shared > bytes.len)
		shared = bytes.len;
	return memcmp(bytes.p + bytes.len - shared,
		      dot + sizeof(dot) - 1 - shared, shared) == 0;
}

/*
 * The client has hung up. If a mail's end is the last that it said, it has
 * not waited for the answer and will send the mail again: the smtpd, which
 * cannot see its leaving, must not take it. *MOST is how much may be passed
 * on before the last bytes have been looked at.
 */
static bool left_behind_mail(const struct state *s, size_t *most)
{
	const struct stream *client = &s->relay->client;
	int waiting = 0;
	ssize_t n;

	if (ioctl(client->in, FIONREAD, &waiting) < 0 || waiting <= 0)
		return false;
	if (waiting > RELAY_BUFFER) {
		size_t early = (size_t)waiting - RELAY_BUFFER / 2;

		*most = early < PIPE_SIZE ? early : PIPE_SIZE;
		return false;
	}
	n = stream_peek(client, s->up.buffer, RELAY_BUFFER);
	return n > 0 && ends_mail((struct span){ s->up.buffer, (size_t)n });
}

static ssize_t give_to_smtpd(struct state *s)
{
	struct span bytes = held_span(&s->up);
	ssize_t n;

	if (s->in_pipe > 0) {
		n = splice(s->pipe[0], NULL, s->relay->smtpd, NULL, s->in_pipe,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n > 0)
			s->in_pipe -= (size_t)n;
	} else {
		n = send(s->relay->smtpd, bytes.p, bytes.len, MSG_NOSIGNAL);
		if (n > 0)
			took(&s->up, (size_t)n);
	}
	return n < 0 ? -errno : n;
}

/* The smtpd hears no more: what it has to say may still be on its way. Should
 * it be there yet, it must not wait for the rest, which would lack a part. */
static void give_up_on_smtpd(struct state *s)
{
	shutdown(s->relay->smtpd, SHUT_WR);
	s->in_pipe = 0;
	took(&s->up, held(&s->up));
	s->up.ended = s->up.shut = true;
}

static void pass_end_to_smtpd(struct state *s)
{
	if (!s->up.ended || s->up.shut || up_held(s) > 0)
		return;
	shutdown(s->relay->smtpd, SHUT_WR);
	s->up.shut = true;
}

/* False when the client is lost. */
static bool move_up(struct state *s, short revents)
{
	size_t most = PIPE_SIZE;
	ssize_t n;

	if (revents & READY && !s->up.ended && up_held(s) == 0) {
		if (revents & POLLRDHUP && left_behind_mail(s, &most)) {
			s->end = RELAY_CLIENT_LOST;
			return false;
		}
		n = take_from_client(s, most);
		if (n < 0 && !is_transient(n)) {
			s->end = RELAY_CLIENT_LOST;
			return false;
		}
		if (n == 0)
			s->up.ended = s->client_quit = true;
		if (n > 0) {
			s->active = clock_mono();
			if (s->mood == MOOD_REFUSED)
				s->mood = MOOD_OPEN;
		}
	}
	while (up_held(s) > 0) {
		n = give_to_smtpd(s);
		if (n > 0)
			s->active = clock_mono();
		else if (is_transient(n))
			break;
		else
			give_up_on_smtpd(s);
	}
	pass_end_to_smtpd(s);
	return true;
}

/* ---- from the smtpd to the client --------------------------------------- */

/* The mood behind TEXT, what the smtpd said last. */
static enum mood mood_after(struct span text)
{
	struct span line = { "", 0 }, next;

	/* the record types of TLS; SMTP is printable */
	if (text.len > 0 && text.p[0] >= 0x14 && text.p[0] <= 0x17)
		return MOOD_SEALED;
	while (span_next_line(&text, &next))
		line = next;
	if (span_starts_with(line, SPAN("221")) ||
	    span_starts_with(line, SPAN("421")))
		return MOOD_GOODBYE;
	return line.len > 0 && (line.p[0] == '4' || line.p[0] == '5')
		       ? MOOD_REFUSED
		       : MOOD_OPEN;
}

static void heard(struct state *s, struct span text)
{
	if (s->mood != MOOD_SEALED)
		s->mood = mood_after(text);
}

static void smtpd_hung_up(struct state *s)
{
	s->down.ended = true;
	if (s->mood == MOOD_OPEN && !s->client_quit)
		s->end = RELAY_SMTPD_LOST;
}

static void take_from_smtpd(struct state *s)
{
	ssize_t n = recv(s->relay->smtpd, s->down.buffer, RELAY_BUFFER,
			 MSG_DONTWAIT);

	if (n > 0) {
		s->down.end = (size_t)n;
		s->active = clock_mono();
		heard(s, held_span(&s->down));
	} else if (n == 0) {
		smtpd_hung_up(s);
	} else if (!is_transient(-errno)) {
		smtpd_hung_up(s);
		give_up_on_smtpd(s);
	}
}

/* False when the client is lost. */
static bool move_down(struct state *s, bool readable)
{
	if (readable && !s->down.ended && held(&s->down) == 0)
		take_from_smtpd(s);
	while (held(&s->down) > 0) {
		ssize_t n = stream_write_some(&s->relay->client,
					      held_span(&s->down));

		if (n > 0) {
			took(&s->down, (size_t)n);
			s->active = clock_mono();
		} else if (is_transient(n)) {
			break;
		} else {
			s->end = RELAY_CLIENT_LOST;
			return false;
		}
	}
	if (s->down.ended && !s->down.shut && held(&s->down) == 0) {
		s->down.shut = true;
		shutdown(s->relay->client.out, SHUT_WR); /* if it is a socket */
	}
	return true;
}

/* ---- both --------------------------------------------------------------- */

enum { CLIENT_IN, CLIENT_OUT, SMTPD, WATCHED };

/*
 * Nobody is asked for what could not be taken on. A client that has said its
 * last word is still watched, for poll tells of its leaving unasked.
 */
static void watch(const struct state *s, struct pollfd fds[WATCHED])
{
	const struct stream *client = &s->relay->client;
	bool take = !s->up.ended && up_held(s) == 0;
	bool leaving = s->up.ended && is_socket(client) && !s->down.shut;

	fds[CLIENT_IN] = (struct pollfd){
		.fd = take || leaving ? client->in : -1,
		.events = take ? POLLIN | POLLRDHUP : 0,
	};
	fds[CLIENT_OUT] = (struct pollfd){
		.fd = held(&s->down) > 0 ? client->out : -1,
		.events = POLLOUT,
	};
	fds[SMTPD] = (struct pollfd){ .fd = s->relay->smtpd };
	if (!s->down.ended && held(&s->down) == 0)
		fds[SMTPD].events |= POLLIN;
	if (up_held(s) > 0)
		fds[SMTPD].events |= POLLOUT;
	if (fds[SMTPD].events == 0)
		fds[SMTPD].fd = -1;
}

static int64_t deadline(const struct state *s)
{
	int64_t limit = s->relay->idle_limit;

	if (s->down.shut && limit > FAREWELL_LIMIT)
		limit = FAREWELL_LIMIT;
	return s->active + limit;
}

/* One wait, and what it brings. False at the end of the session. */
static bool step(struct state *s)
{
	struct pollfd fds[WATCHED];
	int n;

	if (s->up.shut && s->down.shut)
		return false;
	watch(s, fds);
	n = poll(fds, WATCHED, clock_poll_ms(clock_mono(), deadline(s)));
	if (n == 0) {
		/* behind the smtpd's farewell nothing is missing */
		if (!s->down.shut)
			s->end = RELAY_IDLE;
		return false;
	}
	if (n < 0)
		return errno == EINTR;
	if (s->up.ended && fds[CLIENT_IN].revents & (POLLHUP | POLLERR)) {
		s->end = RELAY_CLIENT_LOST;
		return false;
	}
	return move_up(s, fds[CLIENT_IN].revents) &&
	       move_down(s, fds[SMTPD].revents & READY);
}

static void begin(struct state *s, const struct relay *relay)
{
	static char up[RELAY_BUFFER], down[RELAY_BUFFER];
	int yes = 1;

	assert(relay->unsaid.len <= sizeof(down));
	*s = (struct state){ .relay = relay,
			     .up = { .buffer = up },
			     .down = { .buffer = down },
			     .active = clock_mono() };
	heard(s, relay->unsaid);
	memcpy(down, relay->unsaid.p, relay->unsaid.len);
	s->down.end = relay->unsaid.len;
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		s->pipe[0] = s->pipe[1] = -1;
	/* a reply in two pieces must not wait for the ACK of the first */
	setsockopt(relay->client.out, IPPROTO_TCP, TCP_NODELAY, &yes,
		   sizeof(yes));
}

enum relay_end relay_run(const struct relay *relay)
{
	struct state s;

	begin(&s, relay);
	if (move_down(&s, false))
		while (step(&s))
			;
	if (s.end != RELAY_CLIENT_LOST)
		stream_finish(&relay->client, clock_mono() + FINISH_PATIENCE);
	if (s.pipe[0] >= 0) {
		close(s.pipe[0]);
		close(s.pipe[1]);
	}
	return s.end;
}

/* The flag is of the open file, and each end is one of its own. */
int relay_pair(int pair[2])
{
	int flags, r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	flags = fcntl(pair[0], F_GETFL);
	if (flags >= 0 && fcntl(pair[0], F_SETFL, flags | O_NONBLOCK) == 0)
		return 0;
	r = -errno;
	close(pair[0]);
	close(pair[1]);
	return r;
}
