#include "handoff/relay.h"

#include "base/clock.h"
#include "handoff/conduit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The last bytes of a mail. */
static const char mail_end[] = "\r\n.\r\n";
#define MAIL_END (sizeof(mail_end) - 1)

/* How much may be on its way to an smtpd behind a socket pair. */
#define PAIR_BUFFER (512 * 1024)

/* What poll(2) says of somebody who can be read, be it the end. */
#define READY (POLLIN | POLLHUP | POLLERR)

/* And of a socket whose other side says no more. */
#define LEFT (POLLRDHUP | POLLHUP | POLLERR)

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
	struct flow up, down;	/* from the client, to the client */
	struct conduit conduit; /* closed: bytes go up through up.buffer */
	int64_t active;		/* when the last byte moved */
	bool client_left; /* poll said so; its last bytes are still to come */
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
	return s->conduit.held + held(&s->up);
}

/* The last words of who has hung up are looked at before they are passed on. */
static size_t to_give(const struct state *s)
{
	size_t kept = s->client_left ? MAIL_END : 0;

	return up_held(s) > kept ? up_held(s) - kept : 0;
}

static ssize_t read_in(struct state *s)
{
	struct flow *up = &s->up;
	size_t kept = held(up);
	ssize_t n;

	memmove(up->buffer, up->buffer + up->begin, kept);
	up->begin = 0;
	up->end = kept;
	n = stream_read(&s->relay->client, up->buffer + kept,
			RELAY_BUFFER - kept, 0);
	if (n > 0)
		up->end += (size_t)n;
	return n;
}

static ssize_t take_from_client(struct state *s)
{
	ssize_t n;

	/* its last bytes have to be looked at */
	if (s->client_left && conduit_is_open(&s->conduit)) {
		n = conduit_empty(&s->conduit, s->up.buffer, RELAY_BUFFER);
		if (n < 0)
			return n;
		s->up.end = (size_t)n;
		conduit_close(&s->conduit);
	}
	if (!conduit_is_open(&s->conduit))
		return read_in(s);
	n = conduit_fill(&s->conduit, s->relay->client.in);
	if (n != -EINVAL && n != -ENOSYS)
		return n;
	/* terminals and others have no pages to give away */
	conduit_close(&s->conduit);
	return read_in(s);
}

/*
 * The client has hung up, and these are its last bytes. If they end a mail, as
 * far as they show, it has not waited for the answer and will send the mail
 * again: the smtpd, which cannot see its leaving, must not take it.
 */
static bool ends_mail(struct span bytes)
{
	size_t shared = bytes.len < MAIL_END ? bytes.len : MAIL_END;

	return shared >= strlen(".\r\n") &&
	       memcmp(bytes.p + bytes.len - shared,
		      mail_end + MAIL_END - shared, shared) == 0;
}

static ssize_t give_to_smtpd(struct state *s, size_t most)
{
	ssize_t n;

	if (s->conduit.held > 0)
		return conduit_drain(&s->conduit, s->relay->smtpd, most);
	n = send(s->relay->smtpd, held_span(&s->up).p, most, MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	took(&s->up, (size_t)n);
	return n;
}

/* The smtpd hears no more: what it has to say may still be on its way. Should
 * it be there yet, it must not wait for the rest, which would lack a part. */
static void give_up_on_smtpd(struct state *s)
{
	shutdown(s->relay->smtpd, SHUT_WR);
	conduit_close(&s->conduit);
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

static void pass_on(struct state *s)
{
	size_t most;

	while ((most = to_give(s)) > 0) {
		ssize_t n = give_to_smtpd(s, most);

		if (n > 0)
			s->active = clock_mono();
		else if (is_transient(n))
			return;
		else
			give_up_on_smtpd(s);
	}
}

/* False when the client is lost. */
static bool take(struct state *s)
{
	ssize_t n = take_from_client(s);

	if (n < 0)
		return is_transient(n);
	if (n == 0) {
		s->up.ended = s->client_quit = true;
		if (s->client_left && ends_mail(held_span(&s->up)))
			return false;
		s->client_left = false;
		return true;
	}
	s->active = clock_mono();
	if (s->mood == MOOD_REFUSED)
		s->mood = MOOD_OPEN;
	return true;
}

/* It may leave because it has heard that the smtpd is lost. */
static void lose_client(struct state *s)
{
	if (s->end == RELAY_DONE)
		s->end = RELAY_CLIENT_LOST;
}

/*
 * False when the client is lost. What is passed on has been taken before the
 * last poll, which would have told that the client has gone since.
 */
static bool move_up(struct state *s, short revents)
{
	if (revents & LEFT && is_socket(&s->relay->client))
		s->client_left = !s->up.ended;
	pass_on(s);
	if (revents & READY && !s->up.ended && to_give(s) == 0 && !take(s)) {
		lose_client(s);
		return false;
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
			lose_client(s);
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
	bool listen = !s->up.ended && to_give(s) == 0;
	bool notice = is_socket(client) &&
		      (s->up.ended ? !s->down.shut : !s->client_left);

	fds[CLIENT_IN] = (struct pollfd){
		.fd = listen || notice ? client->in : -1,
		.events = (listen ? POLLIN : 0) |
			  (notice && !s->up.ended ? POLLRDHUP : 0),
	};
	fds[CLIENT_OUT] = (struct pollfd){
		.fd = held(&s->down) > 0 ? client->out : -1,
		.events = POLLOUT,
	};
	fds[SMTPD] = (struct pollfd){ .fd = s->relay->smtpd };
	if (!s->down.ended && held(&s->down) == 0)
		fds[SMTPD].events |= POLLIN;
	if (to_give(s) > 0)
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

/*
 * A client that has reset its connection hears no reply any more, whatever it
 * has said: so nothing of that is passed on.
 */
static bool is_lost(const struct state *s, short revents)
{
	return revents & (s->up.ended ? POLLHUP | POLLERR : POLLERR);
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
	if (is_lost(s, fds[CLIENT_IN].revents)) {
		lose_client(s);
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
	conduit_open(&s->conduit);
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
	conduit_close(&s.conduit);
	return s.end;
}

/* The flag is of the open file, and each end is one of its own. */
int relay_pair(int pair[2])
{
	int buffer = PAIR_BUFFER, flags, r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	/* or it takes from us less at a time than the pipe holds */
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	flags = fcntl(pair[0], F_GETFL);
	if (flags >= 0 && fcntl(pair[0], F_SETFL, flags | O_NONBLOCK) == 0)
		return 0;
	r = -errno;
	close(pair[0]);
	close(pair[1]);
	return r;
}
