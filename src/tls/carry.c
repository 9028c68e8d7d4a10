#include "tls/carry.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* What is carried at a time, either way. */
#define CARRIED ((size_t)16 * 1024)

/*
 * What a client may send for one byte of plain text: more than any
 * certificate chain, far less than a flood of empty records or key updates.
 */
#define SILENCE_LIMIT ((size_t)256 * 1024)

/* How long a client may take to accept the last replies. */
#define FINISH_PATIENCE (2 * CLOCK_SECOND)

struct carried {
	char bytes[CARRIED];
	size_t start, end;
};

struct carrier {
	struct crypt *crypt;
	const struct stream *client;
	int engine;
	int64_t end;
	struct carried to_engine, to_client;
	size_t silence;	  /* bytes of the wire since the last plain text */
	bool client_done; /* it will say nothing more */
	bool engine_done;
	bool told_engine; /* that the client is done */
	bool lost;	  /* the client's connection is of no use */
};

static bool is_empty(const struct carried *c)
{
	return c->start == c->end;
}

static struct span rest_of(const struct carried *c)
{
	return (struct span){ c->bytes + c->start, c->end - c->start };
}

/* ---- single moves: true when something moved ------------------------------
 */

/* 0 when there is nothing now, -EPIPE when there never will be. */
static ssize_t take(int fd, char *to, size_t size)
{
	ssize_t n = recv(fd, to, size, MSG_DONTWAIT);

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return -EPIPE;
}

static ssize_t give(int fd, struct span bytes)
{
	ssize_t n = send(fd, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
}

static bool from_wire(struct carrier *r)
{
	size_t size;
	char *room = crypt_room(r->crypt, &size);
	ssize_t n;

	if (size == 0 || r->client_done || r->lost)
		return false;
	n = take(r->client->in, room, size);
	if (n > 0) {
		crypt_filled(r->crypt, (size_t)n);
		r->silence += (size_t)n;
	}
	if (n < 0)
		r->client_done = true;
	return n != 0;
}

static bool to_wire(struct carrier *r)
{
	struct span output = crypt_output(r->crypt);
	ssize_t n;

	if (output.len == 0 || r->lost)
		return false;
	n = give(r->client->out, output);
	if (n > 0)
		crypt_sent(r->crypt, (size_t)n);
	if (n < 0)
		r->lost = true;
	return n != 0;
}

/* False: *RET_END tells why it cannot go on. */
static bool decrypt(struct carrier *r, bool *moved, enum carry_end *ret_end)
{
	struct carried *c = &r->to_engine;
	size_t n;

	if (is_empty(c))
		c->start = c->end = 0;
	/*
	 * All that has arrived together goes on together: the engine's test of
	 * pipelining must not depend on how a client cuts its records.
	 */
	while (c->end < sizeof(c->bytes)) {
		switch (crypt_read(r->crypt, c->bytes + c->end,
				   sizeof(c->bytes) - c->end, &n)) {
		case CRYPT_DONE:
			c->end += n;
			r->silence = 0;
			*moved = true;
			continue;
		case CRYPT_WAIT:
			return true;
		case CRYPT_CLOSED:
			r->client_done = true;
			return true;
		case CRYPT_FAILED:
			*ret_end = CARRY_FAILED;
			return false;
		}
	}
	return true;
}

static bool encrypt(struct carrier *r, bool *moved, enum carry_end *ret_end)
{
	struct carried *c = &r->to_client;
	size_t n;

	if (is_empty(c))
		return true;
	switch (crypt_write(r->crypt, rest_of(c), &n)) {
	case CRYPT_DONE:
		c->start += n;
		*moved = true;
		break;
	case CRYPT_WAIT:
		break;
	case CRYPT_CLOSED:
	case CRYPT_FAILED:
		*ret_end = CARRY_FAILED;
		return false;
	}
	return true;
}

/* The engine says nothing more: what it said must go out soon. */
static void end_of_engine(struct carrier *r)
{
	int64_t soon = clock_mono() + FINISH_PATIENCE;

	r->engine_done = true;
	if (r->end > soon)
		r->end = soon;
}

static bool from_engine(struct carrier *r)
{
	struct carried *c = &r->to_client;
	ssize_t n;

	if (!is_empty(c) || r->engine_done)
		return false;
	n = take(r->engine, c->bytes, sizeof(c->bytes));
	c->start = 0;
	c->end = n > 0 ? (size_t)n : 0;
	if (n < 0)
		end_of_engine(r);
	return n != 0;
}

static bool to_engine(struct carrier *r)
{
	struct carried *c = &r->to_engine;
	ssize_t n;

	if (is_empty(c)) {
		if (!r->client_done || r->told_engine)
			return false;
		shutdown(r->engine, SHUT_WR);
		r->told_engine = true;
		return true;
	}
	n = give(r->engine, rest_of(c));
	if (n > 0)
		c->start += (size_t)n;
	if (n < 0) { /* it is gone: nobody wants to hear the rest */
		c->start = c->end;
		r->told_engine = true;
		if (!r->engine_done)
			end_of_engine(r);
	}
	return n != 0;
}

/* ---- waiting ---------------------------------------------------------------
 */

/* Wait for whoever can make something move. False when END has come. */
static bool wait_for_both(struct carrier *r)
{
	size_t room;
	struct pollfd p[3] = { { .fd = r->client->in },
			       { .fd = r->client->out },
			       { .fd = r->engine } };

	crypt_room(r->crypt, &room);
	if (room > 0 && !r->client_done && !r->lost && is_empty(&r->to_engine))
		p[0].events = POLLIN;
	if (crypt_output(r->crypt).len > 0 && !r->lost)
		p[1].events = POLLOUT;
	if (is_empty(&r->to_client) && !r->engine_done)
		p[2].events = POLLIN;
	if (!is_empty(&r->to_engine))
		p[2].events |= POLLOUT;
	/* who is not asked about must not wake us with its hanging up */
	for (int i = 0; i < 3; i++)
		if (p[i].events == 0)
			p[i].fd = -1;
	for (;;) {
		int n = poll(p, 3, clock_poll_ms(clock_mono(), r->end));

		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (clock_mono() >= r->end)
			return false;
	}
}

/* ---- the whole --------------------------------------------------------------
 */

/* Send what the library still has to say, as far as the client takes it. */
static void flush(struct carrier *r, int64_t deadline)
{
	while (crypt_output(r->crypt).len > 0 && !r->lost)
		if (!to_wire(r) &&
		    fdio_wait(r->client->out, POLLOUT, deadline) < 0)
			return;
}

/* It has nothing to say yet, unless that its patience is at an end. */
static bool has_given_up(int engine)
{
	return fdio_wait(engine, POLLIN, 0) != -ETIMEDOUT;
}

enum carry_end carry_handshake(struct crypt *crypt, const struct stream *client,
			       int engine, int64_t deadline)
{
	static struct carrier r;

	r = (struct carrier){ .crypt = crypt,
			      .client = client,
			      .engine = engine,
			      .end = deadline };
	for (;;) {
		enum crypt_step step = crypt_handshake(crypt);

		if (step == CRYPT_FAILED || step == CRYPT_CLOSED) {
			/* an alert says why to the client */
			flush(&r, clock_mono() + FINISH_PATIENCE);
			return CARRY_FAILED;
		}
		while (to_wire(&r))
			;
		if (step == CRYPT_DONE)
			return CARRY_DONE;
		if (r.client_done || r.lost)
			return CARRY_LEFT;
		if (r.silence > SILENCE_LIMIT)
			return CARRY_TALKATIVE;
		if (!from_wire(&r) &&
		    (!wait_for_both(&r) || has_given_up(engine)))
			return CARRY_TIMEOUT;
	}
}

/* All that can move without waiting. False: *RET_END tells why not. */
static bool move_all(struct carrier *r, enum carry_end *ret_end)
{
	bool moved = true;

	while (moved) {
		moved = from_wire(r);
		if (!decrypt(r, &moved, ret_end) ||
		    !encrypt(r, &moved, ret_end))
			return false;
		moved |= to_engine(r);
		moved |= from_engine(r);
		moved |= to_wire(r);
		if (clock_mono() >= r->end) {
			*ret_end = CARRY_TIMEOUT;
			return false;
		}
		if (r->silence > SILENCE_LIMIT) {
			*ret_end = CARRY_TALKATIVE;
			return false;
		}
	}
	return true;
}

static enum carry_end carry_all(struct carrier *r)
{
	enum carry_end end = CARRY_DONE;

	for (;;) {
		if (!move_all(r, &end))
			return end;
		if (r->lost)
			return CARRY_LEFT;
		if (r->engine_done && is_empty(&r->to_client))
			return CARRY_DONE;
		if (!wait_for_both(r))
			return CARRY_TIMEOUT;
	}
}

enum carry_end carry_run(struct crypt *crypt, const struct stream *client,
			 int engine, int64_t end)
{
	static struct carrier r;
	enum carry_end result;

	r = (struct carrier){
		.crypt = crypt, .client = client, .engine = engine, .end = end
	};
	result = carry_all(&r);
	if (result == CARRY_DONE)
		crypt_finish(crypt);
	flush(&r, clock_mono() + FINISH_PATIENCE);
	return result;
}
