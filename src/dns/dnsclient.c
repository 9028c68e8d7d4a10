#include "dns/dnsclient.h"

#include "base/arena.h"
#include "base/clock.h"
#include "dns/dnsanswer.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Over TCP the length stands before each packet. */
#define PREFIX 2

/* Packets of one socket handled in a row: a flood must not starve the rest. */
#define BURST 32

static const char unreachable[] = "the server cannot be reached";

/* A question on its way. */
struct question {
	char name[256];
	enum dns_type type;
	struct dnswire_query query; /* as sent to the present server */
	int fd;			    /* -1: not open */
	unsigned tries;		    /* servers tried, round by round */
	unsigned char given_up;	    /* servers not to be tried again: bits */
	bool edns;
	int64_t asked, deadline;
	const char *why; /* what the last server said that failed */

	bool tcp;
	size_t sent, got; /* over TCP, prefix and all */
	unsigned char *reply;
};

struct dnsclient {
	struct arena *arena;
	struct resolvers servers;
	void (*random)(void *to, size_t size);
	unsigned char heard, silent; /* servers: bits */
	size_t questions;
	size_t pending;
	struct question *question;
	struct dns_answer *answer;
	unsigned char *packet; /* DNSWIRE_PACKET bytes, last in the arena */
};

_Static_assert(RESOLVERS_MAX <= 8, "one bit a server");

struct dnsclient *dnsclient_new(struct arena *arena,
				const struct resolvers *servers,
				size_t questions,
				void (*random)(void *to, size_t size))
{
	struct dnsclient *d = arena_alloc(arena, sizeof(*d));

	assert(questions <= DNS_QUESTIONS);
	assert(servers->count <= RESOLVERS_MAX);
	if (!d)
		return NULL;
	d->arena = arena;
	d->servers = *servers;
	d->random = random;
	d->questions = questions;
	d->question = arena_array(arena, questions, sizeof(*d->question));
	d->answer = arena_array(arena, questions, sizeof(*d->answer));
	d->packet = arena_alloc(arena, DNSWIRE_PACKET);
	if (!d->question || !d->answer || !d->packet)
		return NULL;
	for (size_t i = 0; i < questions; i++) {
		d->question[i].fd = -1;
		d->answer[i].ttl = -1;
	}
	return d;
}

void dnsclient_use(struct dnsclient *d, const struct resolvers *servers)
{
	assert(d->pending == 0 && servers->count <= RESOLVERS_MAX);
	d->servers = *servers;
	d->heard = d->silent = 0;
}

static size_t index_of(const struct dnsclient *d, const struct question *q)
{
	return (size_t)(q - d->question);
}

static size_t server_of(const struct dnsclient *d, const struct question *q)
{
	return q->tries % d->servers.count;
}

static unsigned char bit_of(const struct dnsclient *d, const struct question *q)
{
	return (unsigned char)(1U << server_of(d, q));
}

static void close_socket(struct question *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

static void finish(struct dnsclient *d, struct question *q, int64_t now)
{
	close_socket(q);
	d->answer[index_of(d, q)].took = now - q->asked;
	d->pending--;
}

static void finish_failed(struct dnsclient *d, struct question *q, int64_t now)
{
	struct dns_answer *a = &d->answer[index_of(d, q)];

	a->status = DNS_FAILED;
	a->why = q->why ? q->why : "no server answered in time";
	finish(d, q, now);
}

/*
 * A fresh socket to the present server. The kernel binds it to a random port
 * when it is connected, and from then on takes packets of this server only.
 */
static bool open_socket(struct dnsclient *d, struct question *q, bool tcp)
{
	struct sockaddr_storage to;
	socklen_t len =
		endpoint_to_sockaddr(&d->servers.server[server_of(d, q)], &to);

	close_socket(q);
	q->tcp = tcp;
	q->fd = socket(to.ss_family,
		       (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC |
			       SOCK_NONBLOCK,
		       0);
	if (q->fd < 0) {
		q->why = "no socket can be opened";
		return false;
	}
	if (connect(q->fd, (struct sockaddr *)&to, len) < 0 &&
	    errno != EINPROGRESS) {
		q->why = unreachable;
		return false;
	}
	return true;
}

static bool send_datagram(struct dnsclient *d, struct question *q, int64_t now)
{
	q->deadline = now + d->servers.retry;
	if (send(q->fd, q->query.bytes, q->query.len, MSG_NOSIGNAL) < 0) {
		q->why = unreachable;
		return false;
	}
	return true;
}

/* Ask the present server over a new socket, with a new id. */
static bool ask_server(struct dnsclient *d, struct question *q, int64_t now)
{
	uint16_t id;

	d->random(&id, sizeof(id));
	if (!dnswire_build(q->name, q->type, id, q->edns, &q->query)) {
		q->why = "not a domain name that can be asked for";
		return false;
	}
	return open_socket(d, q, false) && send_datagram(d, q, now);
}

/*
 * Ask the next server that is worth it, or the same one again: then over the
 * same socket, so that a slow answer to what was sent before still counts.
 * With several servers only the present one is listened to; a slow one will
 * have its answer ready when its turn comes again.
 */
static void try_next(struct dnsclient *d, struct question *q, int64_t now)
{
	unsigned most = d->servers.rounds * (unsigned)d->servers.count;
	bool usable = q->fd >= 0 && !q->tcp;
	size_t before = server_of(d, q);

	while (++q->tries < most) {
		size_t server = server_of(d, q);

		if (q->given_up >> server & 1)
			continue;
		if (usable && server == before ? send_datagram(d, q, now)
					       : ask_server(d, q, now))
			return;
		usable = false;
		q->given_up |= bit_of(d, q);
	}
	finish_failed(d, q, now);
}

/* The present server will not help with this question. */
static void give_up_server(struct dnsclient *d, struct question *q,
			   const char *why, int64_t now)
{
	q->why = why;
	q->given_up |= bit_of(d, q);
	close_socket(q);
	try_next(d, q, now);
}

void dnsclient_ask(struct dnsclient *d, size_t index, const char *name,
		   int64_t now)
{
	dnsclient_ask_records(d, index, DNS_TYPE_A, name, NULL, now);
}

void dnsclient_ask_records(struct dnsclient *d, size_t index,
			   enum dns_type type, const char *name,
			   struct dns_records *to, int64_t now)
{
	struct question *q = &d->question[index];
	struct sbuf copy = SBUF(q->name);

	assert(index < d->questions && q->fd < 0);
	assert(d->servers.count > 0 && d->servers.rounds > 0);
	d->answer[index] = (struct dns_answer){ .ttl = -1, .records = to };
	q->type = type;
	d->pending++;
	q->asked = now;
	q->edns = true;
	q->tries = 0;
	q->given_up = 0;
	q->why = NULL;
	sbuf_add_text(&copy, name);
	if (!sbuf_fitted(&copy))
		sbuf_clear(&copy); /* no name can be that long */
	if (!ask_server(d, q, now))
		give_up_server(d, q, q->why, now);
}

/* Ask the present server for what does not fit into a datagram. */
static void start_tcp(struct dnsclient *d, struct question *q, int64_t now)
{
	if (!q->reply)
		q->reply = arena_alloc(d->arena, PREFIX + DNSWIRE_PACKET);
	q->sent = q->got = 0;
	q->deadline = now + d->servers.retry;
	if (!q->reply)
		give_up_server(d, q, "no memory for a long answer", now);
	else if (!open_socket(d, q, true))
		give_up_server(d, q, q->why, now);
}

/* A packet from the present server; false when it is none of ours. */
static bool take_packet(struct dnsclient *d, struct question *q,
			const unsigned char *packet, size_t len, int64_t now)
{
	const char *why = NULL;
	enum dnsanswer_result result = dnsanswer_parse(
		&q->query, packet, len, &d->answer[index_of(d, q)], &why);

	if (result != DNSANSWER_FOREIGN)
		d->heard |= bit_of(d, q);
	switch (result) {
	case DNSANSWER_GOOD:
		finish(d, q, now);
		return true;
	case DNSANSWER_FOREIGN:
		return false;
	case DNSANSWER_TRUNCATED:
		if (q->tcp)
			give_up_server(d, q, "answer cut even over TCP", now);
		else
			start_tcp(d, q, now);
		return true;
	case DNSANSWER_NO_EDNS:
		q->edns = false;
		if (!ask_server(d, q, now))
			give_up_server(d, q, q->why, now);
		return true;
	case DNSANSWER_FAILED:
		give_up_server(d, q, why, now);
		return true;
	}
	return false;
}

static void handle_udp(struct dnsclient *d, struct question *q, int64_t now)
{
	for (int i = 0; i < BURST; i++) {
		ssize_t n = recv(q->fd, d->packet, DNSWIRE_PACKET, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			give_up_server(d, q, unreachable, now);
		if (n < 0 || take_packet(d, q, d->packet, (size_t)n, now))
			return;
	}
}

/* Send what is left of the question. 0 when all is out. */
static int send_tcp(struct question *q)
{
	unsigned char bytes[PREFIX + DNSWIRE_QUERY];
	size_t len = PREFIX + q->query.len;

	bytes[0] = (unsigned char)(q->query.len >> 8);
	bytes[1] = (unsigned char)q->query.len;
	memcpy(bytes + PREFIX, q->query.bytes, q->query.len);
	while (q->sent < len) {
		ssize_t n = send(q->fd, bytes + q->sent, len - q->sent,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		q->sent += (size_t)n;
	}
	return 0;
}

/* How long the answer is, prefix and all, as far as it is known. */
static size_t reply_length(const struct question *q)
{
	if (q->got < PREFIX)
		return PREFIX;
	return PREFIX + (size_t)(q->reply[0] << 8 | q->reply[1]);
}

/* Read the answer, and not a byte more. 0 when it is complete. */
static int receive_tcp(struct question *q)
{
	while (q->got < reply_length(q)) {
		ssize_t n = recv(q->fd, q->reply + q->got,
				 reply_length(q) - q->got, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ECONNRESET;
		q->got += (size_t)n;
	}
	return 0;
}

static void handle_tcp(struct dnsclient *d, struct question *q, int64_t now)
{
	int r = send_tcp(q);

	if (r == 0)
		r = receive_tcp(q);
	if (r == -EAGAIN)
		return;
	if (r < 0)
		give_up_server(d, q, "the TCP connection failed", now);
	else if (!take_packet(d, q, q->reply + PREFIX, q->got - PREFIX, now))
		give_up_server(d, q, "answer to another question", now);
}

static bool is_ready(int fd, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd == fd)
			return fds[i].revents != 0;
	return false;
}

void dnsclient_handle(struct dnsclient *d, const struct pollfd *fds,
		      size_t count, int64_t now)
{
	for (size_t i = 0; i < d->questions; i++) {
		struct question *q = &d->question[i];

		if (q->fd >= 0 && is_ready(q->fd, fds, count)) {
			if (q->tcp)
				handle_tcp(d, q, now);
			else
				handle_udp(d, q, now);
		}
		if (q->fd >= 0 && q->deadline <= now) {
			d->silent |= bit_of(d, q);
			try_next(d, q, now);
		}
	}
}

size_t dnsclient_poll(const struct dnsclient *d, struct pollfd *fds,
		      int64_t *ret_deadline)
{
	int64_t deadline = CLOCK_NEVER;
	size_t n = 0;

	for (size_t i = 0; i < d->questions; i++) {
		const struct question *q = &d->question[i];
		bool sending = q->tcp && q->sent < PREFIX + q->query.len;

		if (q->fd < 0)
			continue;
		fds[n++] = (struct pollfd){
			.fd = q->fd,
			.events = sending ? POLLOUT : POLLIN,
		};
		if (q->deadline < deadline)
			deadline = q->deadline;
	}
	*ret_deadline = deadline;
	return n;
}

size_t dnsclient_pending(const struct dnsclient *d)
{
	return d->pending;
}

const struct dns_answer *dnsclient_answers(const struct dnsclient *d)
{
	return d->answer;
}

enum dns_server dnsclient_server(const struct dnsclient *d, size_t index)
{
	if (d->heard >> index & 1)
		return DNS_SERVER_HEARD;
	if (d->silent >> index & 1)
		return DNS_SERVER_SILENT;
	return DNS_SERVER_UNTRIED;
}

void dnsclient_forget(struct dnsclient *d, size_t index)
{
	if (d->question[index].fd < 0)
		return;
	close_socket(&d->question[index]);
	d->pending--;
}

void dnsclient_close(struct dnsclient *d)
{
	for (size_t i = 0; i < d->questions; i++)
		close_socket(&d->question[i]);
	d->pending = 0;
}
