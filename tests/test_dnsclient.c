#include "base/arena.h"
#include "base/clock.h"
#include "dns/dnsclient.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME  "2.0.0.127.bl.example"
#define START (1000 * CLOCK_SECOND)
#define RETRY (2 * CLOCK_SECOND)

/*
 * The client never waits, so the test is the name servers too: it takes what
 * the client has sent, answers, and lets the client handle that. Time is what
 * the test says it is.
 */
struct server {
	int udp, tcp, conn;
	uint16_t port;

	/* the last question */
	struct sockaddr_in from;
	unsigned char question[600];
	size_t len;
};

static struct arena arena;
static struct dnsclient *d;
static struct server server[3];
static struct resolvers servers;
static uint16_t next_id;

/* Ids that a test knows. */
static void count_up(void *to, size_t size)
{
	ck_assert_uint_eq(size, sizeof(next_id));
	memcpy(to, &next_id, size);
	next_id++;
}

static void bind_pair(struct server *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	/* the kernel picks a port for UDP that may be taken for TCP */
	for (int i = 0; i < 100; i++) {
		in.sin_port = 0;
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert(s->udp >= 0 && s->tcp >= 0);
		ck_assert(bind(s->udp, (struct sockaddr *)&in, len) == 0);
		ck_assert(getsockname(s->udp, (struct sockaddr *)&in, &len) ==
			  0);
		if (bind(s->tcp, (struct sockaddr *)&in, len) == 0 &&
		    listen(s->tcp, 5) == 0)
			break;
		close(s->udp);
		close(s->tcp);
		s->udp = s->tcp = -1;
	}
	ck_assert(s->udp >= 0);
	s->port = ntohs(in.sin_port);
	s->conn = -1;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void setup(void)
{
	ck_assert_int_eq(arena_open(&arena, 16 << 20), 0);
	servers = (struct resolvers){ .retry = RETRY, .rounds = 2 };
	next_id = 0x1111;
	for (size_t i = 0; i < 3; i++) {
		bind_pair(&server[i]);
		servers.server[i] = (struct endpoint){
			.address = { ADDRESS_IPV4, { 127, 0, 0, 1 } },
			.port = server[i].port,
		};
	}
}

static void teardown(void)
{
	if (d)
		dnsclient_close(d);
	d = NULL;
	for (size_t i = 0; i < 3; i++) {
		close_fd(&server[i].udp);
		close_fd(&server[i].tcp);
		close_fd(&server[i].conn);
	}
	arena_close(&arena);
}

static void start(size_t count, size_t questions)
{
	servers.count = count;
	d = dnsclient_new(&arena, &servers, questions, count_up);
	ck_assert_ptr_nonnull(d);
}

static void ask(size_t count)
{
	start(count, 1);
	dnsclient_ask(d, 0, NAME, START);
}

static const struct dns_answer *answer(void)
{
	return &dnsclient_answers(d)[0];
}

/* Let the client handle what there is, waiting for it if there MUST be. */
static bool pump(int64_t now, bool must)
{
	struct pollfd fds[DNS_QUESTIONS];
	int64_t deadline;
	size_t n = dnsclient_poll(d, fds, &deadline);
	int ready = poll(fds, n, must ? 10000 : 0);

	ck_assert_msg(!must || ready > 0, "nothing came");
	dnsclient_handle(d, fds, n, now);
	return ready > 0;
}

static bool wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 10000) == 1;
}

/* Take the next question at S; false when there is none. */
static bool take(struct server *s)
{
	socklen_t len = sizeof(s->from);
	ssize_t n = recvfrom(s->udp, s->question, sizeof(s->question), 0,
			     (struct sockaddr *)&s->from, &len);

	s->len = n < 0 ? 0 : (size_t)n;
	return n >= 0;
}

static void must_take(struct server *s)
{
	ck_assert(wait_readable(s->udp));
	ck_assert(take(s));
}

struct packet {
	unsigned char bytes[70000];
	size_t len;
};

static struct packet reply;

static size_t question_end(const struct server *s)
{
	size_t i = 12;

	while (i < s->len && s->question[i] > 0)
		i += s->question[i] + 1U;
	return i + 5;
}

/* An answer to what S was asked last: RCODE, and COUNT addresses. */
static void answer_to(const struct server *s, unsigned rcode, unsigned count)
{
	static const unsigned char a[] = { 0xc0, 12, 0, 1, 0,	0, 0, 0,
					   0,	 60, 0, 4, 127, 0, 0, 2 };

	reply.len = question_end(s);
	memcpy(reply.bytes, s->question, reply.len);
	reply.bytes[2] = 0x81;
	reply.bytes[3] = (unsigned char)(0x80 | rcode);
	reply.bytes[6] = (unsigned char)(count >> 8);
	reply.bytes[7] = (unsigned char)count;
	reply.bytes[10] = reply.bytes[11] = 0;
	for (unsigned i = 0; i < count; i++) {
		memcpy(reply.bytes + reply.len, a, sizeof(a));
		reply.bytes[reply.len + 5] = 1;
		reply.len += sizeof(a);
	}
}

static void send_reply(const struct server *s)
{
	ck_assert_int_eq(sendto(s->udp, reply.bytes, reply.len, 0,
				(const struct sockaddr *)&s->from,
				sizeof(s->from)),
			 (ssize_t)reply.len);
}

static void reply_with(const struct server *s, unsigned rcode, unsigned count)
{
	answer_to(s, rcode, count);
	send_reply(s);
}

static unsigned id_of(const struct server *s)
{
	uint16_t id;

	memcpy(&id, s->question, 2);
	return ntohs(id);
}

static int64_t deadline(void)
{
	struct pollfd fds[DNS_QUESTIONS];
	int64_t ret;

	dnsclient_poll(d, fds, &ret);
	return ret;
}

static void assert_open(void)
{
	ck_assert_uint_eq(dnsclient_pending(d), 1);
	ck_assert_int_eq(answer()->status, DNS_PENDING);
}

static void assert_found(int64_t took)
{
	struct pollfd fds[DNS_QUESTIONS];
	int64_t due;

	ck_assert_msg(answer()->status == DNS_FOUND, "%d %s", answer()->status,
		      answer()->why ? answer()->why : "");
	ck_assert_uint_ge(answer()->count, 1);
	ck_assert_mem_eq(answer()->address[0], "\177\0\0\2", 4);
	ck_assert_int_eq(answer()->ttl, 60);
	ck_assert_int_eq(answer()->took, took);
	ck_assert_uint_eq(dnsclient_pending(d), 0);
	ck_assert_uint_eq(dnsclient_poll(d, fds, &due), 0);
	ck_assert_int_eq(due, CLOCK_NEVER);
}

static void assert_failed(const char *why)
{
	ck_assert_int_eq(answer()->status, DNS_FAILED);
	ck_assert_str_eq(answer()->why, why);
	ck_assert_int_eq(answer()->ttl, -1);
	ck_assert_uint_eq(answer()->count, 0);
	ck_assert_uint_eq(dnsclient_pending(d), 0);
	ck_assert_int_eq(deadline(), CLOCK_NEVER);
}

/* ---- plain -------------------------------------------------------------- */

START_TEST(ask_and_be_answered)
{
	ask(1);
	assert_open();
	ck_assert_int_eq(answer()->ttl, -1);
	ck_assert_int_eq(deadline(), START + RETRY);
	must_take(&server[0]);
	ck_assert_uint_eq(id_of(&server[0]), 0x1111);
	ck_assert_uint_eq(server[0].question[2], 1);  /* RD */
	ck_assert_uint_eq(server[0].question[11], 1); /* EDNS */
	ck_assert_mem_eq(server[0].question + 12,
			 "\1"
			 "2\1"
			 "0\1"
			 "0\3"
			 "127\2bl\7example\0\0\1\0\1",
			 26);
	reply_with(&server[0], 0, 1);
	pump(START + 5000, true);
	assert_found(5000);
	ck_assert(!take(&server[0]));
}
END_TEST

START_TEST(absence_is_an_answer)
{
	ask(2);
	must_take(&server[0]);
	reply_with(&server[0], 3, 0);
	pump(START, true);
	ck_assert_int_eq(answer()->status, DNS_ABSENT);
	ck_assert_int_eq(answer()->ttl, -1);
	ck_assert_uint_eq(dnsclient_pending(d), 0);
	ck_assert(!take(&server[1]));
}
END_TEST

START_TEST(bad_names_fail_at_once)
{
	static char longer[1000];

	memset(longer, 'a', sizeof(longer) - 1);
	for (size_t i = 50; i < sizeof(longer) - 1; i += 50)
		longer[i] = '.';
	start(2, 1);
	dnsclient_ask(d, 0, "a..example", START);
	assert_failed("not a domain name that can be asked for");
	dnsclient_ask(d, 0, "", START);
	assert_failed("not a domain name that can be asked for");
	dnsclient_ask(d, 0, longer, START);
	assert_failed("not a domain name that can be asked for");
	ck_assert(!take(&server[0]));
	/* the same index serves again */
	dnsclient_ask(d, 0, NAME, START);
	assert_open();
	ck_assert_ptr_null(answer()->why);
}
END_TEST

START_TEST(many_at_once)
{
	unsigned char seen[65536] = { 0 };
	unsigned ports = 0;

	start(1, DNS_QUESTIONS);
	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "q%zu.example", i);
		dnsclient_ask(d, i, name, START);
	}
	ck_assert_uint_eq(dnsclient_pending(d), DNS_QUESTIONS);
	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		must_take(&server[0]);
		ck_assert_uint_eq(id_of(&server[0]), 0x1111 + i);
		ports += seen[ntohs(server[0].from.sin_port)]++ == 0;
		/* every second one is listed */
		reply_with(&server[0], i % 2 ? 0 : 3, i % 2);
	}
	ck_assert_uint_eq(ports, DNS_QUESTIONS);
	while (dnsclient_pending(d) > 0)
		pump(START, true);
	for (size_t i = 0; i < DNS_QUESTIONS; i++)
		ck_assert_int_eq(dnsclient_answers(d)[i].status,
				 i % 2 ? DNS_FOUND : DNS_ABSENT);
}
END_TEST

static size_t open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

START_TEST(close_leaves_nothing_open)
{
	size_t before = open_descriptors();
	struct pollfd fds[5];
	int64_t due;

	start(1, 5);
	for (size_t i = 0; i < 5; i++)
		dnsclient_ask(d, i, NAME, START);
	ck_assert_uint_eq(open_descriptors(), before + 5);
	ck_assert_uint_eq(dnsclient_poll(d, fds, &due), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(fcntl(fds[i].fd, F_GETFD) & FD_CLOEXEC);
	dnsclient_close(d);
	ck_assert_uint_eq(open_descriptors(), before);
	ck_assert_uint_eq(dnsclient_pending(d), 0);
	ck_assert_int_eq(answer()->status, DNS_PENDING);
	ck_assert_int_eq(deadline(), CLOCK_NEVER);
}
END_TEST

START_TEST(new_needs_room)
{
	struct arena small;

	ck_assert_int_eq(arena_open(&small, 4096), 0);
	servers.count = 1;
	ck_assert_ptr_null(
		dnsclient_new(&small, &servers, DNS_QUESTIONS, count_up));
	arena_close(&small);
}
END_TEST

START_TEST(asks_over_ipv6)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	socklen_t len = sizeof(in6);
	unsigned char bytes[600];
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in6, len) < 0) {
		printf("skipped: no IPv6 loopback here\n");
		close_fd(&fd);
		return;
	}
	ck_assert(getsockname(fd, (struct sockaddr *)&in6, &len) == 0);
	servers.server[0] = (struct endpoint){
		.address = { .family = ADDRESS_IPV6 },
		.port = ntohs(in6.sin6_port),
	};
	servers.server[0].address.bytes[15] = 1;
	ask(1);
	ck_assert(wait_readable(fd));
	ck_assert_int_gt(recv(fd, bytes, sizeof(bytes), 0), 12);
	close(fd);
}
END_TEST

/* ---- forgery ------------------------------------------------------------ */

static const struct {
	const char *why;
	size_t at;
	unsigned char flip;
	size_t cut;
} forged[] = {
	{ "another id", 0, 0x40, 0 },
	{ "another id, low byte", 1, 0x01, 0 },
	{ "a question", 2, 0x80, 0 },
	{ "another opcode", 2, 0x28, 0 },
	{ "another name", 13, 0x01, 0 },
	{ "another type", 35, 0x1d, 0 },
	{ "another class", 37, 0x02, 0 },
	{ "five bytes", 0, 0, 5 },
	{ "a header", 0, 0, 12 },
};

START_TEST(forged_packets_do_not_end_the_question)
{
	ask(2);
	must_take(&server[0]);
	answer_to(&server[0], 0, 1);
	reply.bytes[reply.len - 1] = 66;
	reply.bytes[forged[_i].at] ^= forged[_i].flip;
	if (forged[_i].cut > 0)
		reply.len = forged[_i].cut;
	send_reply(&server[0]);
	pump(START + 1, true);
	assert_open();
	/* nor do they prolong it, or send it elsewhere */
	ck_assert_int_eq(deadline(), START + RETRY);
	ck_assert(!take(&server[1]));
	reply_with(&server[0], 0, 1);
	pump(START + 2, true);
	ck_assert_msg(answer()->status == DNS_FOUND, "%s", forged[_i].why);
	assert_found(2);
}
END_TEST

START_TEST(strangers_are_not_heard)
{
	ask(1);
	must_take(&server[0]);
	/* a perfect answer, but from another port */
	server[1].from = server[0].from;
	answer_to(&server[0], 0, 1);
	send_reply(&server[1]);
	ck_assert(!pump(START, false));
	assert_open();
	reply_with(&server[0], 0, 1);
	pump(START, true);
	assert_found(0);
}
END_TEST

START_TEST(a_flood_is_survived)
{
	ask(1);
	must_take(&server[0]);
	answer_to(&server[0], 0, 1);
	reply.bytes[0] ^= 1;
	for (int i = 0; i < 100; i++)
		send_reply(&server[0]);
	pump(START, true);
	assert_open();
	/* time goes on: it is due although packets keep coming */
	pump(START + RETRY, true);
	must_take(&server[0]);
	ck_assert_int_eq(deadline(), START + 2 * RETRY);
	reply_with(&server[0], 0, 1);
	while (dnsclient_pending(d) > 0)
		pump(START + RETRY, true);
	assert_found(RETRY);
}
END_TEST

/* ---- servers that do not help ------------------------------------------- */

static const struct {
	unsigned rcode;
	const char *why;
} refusals[] = {
	{ 2, "the server failed (SERVFAIL)" },
	{ 5, "the server refused (REFUSED)" },
	{ 9, "the server answered with an unexpected error" },
};

START_TEST(refusals_try_the_next_server_at_once)
{
	ask(2);
	must_take(&server[0]);
	ck_assert(!take(&server[1]));
	reply_with(&server[0], refusals[_i].rcode, 0);
	pump(START + 7, true);
	assert_open();
	must_take(&server[1]);
	ck_assert_uint_ne(id_of(&server[0]), id_of(&server[1]));
	ck_assert_int_ne(server[0].from.sin_port, server[1].from.sin_port);
	ck_assert_int_eq(deadline(), START + 7 + RETRY);
	reply_with(&server[1], 0, 1);
	pump(START + 8, true);
	assert_found(8);
}
END_TEST

START_TEST(all_refuse)
{
	ask(3);
	for (size_t i = 0; i < 3; i++) {
		must_take(&server[i]);
		reply_with(&server[i], refusals[_i].rcode, 0);
		pump(START + 1, true);
	}
	/* at once: nobody is asked in vain again */
	assert_failed(refusals[_i].why);
	for (size_t i = 0; i < 3; i++)
		ck_assert(!take(&server[i]));
}
END_TEST

START_TEST(nonsense_tries_the_next_server)
{
	ask(2);
	must_take(&server[0]);
	answer_to(&server[0], 0, 1);
	reply.len -= 2;
	send_reply(&server[0]);
	pump(START, true);
	must_take(&server[1]);
	answer_to(&server[1], 0, 1);
	reply.bytes[question_end(&server[1]) + 1] =
		(unsigned char)question_end(&server[1]); /* a loop */
	send_reply(&server[1]);
	pump(START, true);
	assert_failed("malformed answer");
}
END_TEST

START_TEST(without_edns_if_that_is_the_trouble)
{
	ask(2);
	must_take(&server[0]);
	ck_assert_uint_eq(server[0].question[11], 1);
	reply_with(&server[0], _i ? 4 : 1, 0);
	pump(START, true);
	assert_open();
	ck_assert(!take(&server[1]));
	must_take(&server[0]);
	ck_assert_uint_eq(server[0].question[11], 0);
	ck_assert_uint_eq(server[0].len, question_end(&server[0]));
	if (_i) {
		reply_with(&server[0], 0, 1);
		pump(START, true);
		assert_found(0);
	} else {
		/* the same without: then it is no use */
		reply_with(&server[0], 1, 0);
		pump(START, true);
		must_take(&server[1]);
	}
}
END_TEST

START_TEST(closed_ports_try_the_next_server_at_once)
{
	close_fd(&server[0].udp);
	ask(2);
	pump(START + 3, true); /* ICMP says so */
	must_take(&server[1]);
	reply_with(&server[1], 0, 1);
	pump(START + 4, true);
	assert_found(4);
}
END_TEST

START_TEST(all_ports_closed)
{
	close_fd(&server[0].udp);
	close_fd(&server[1].udp);
	ask(2);
	while (dnsclient_pending(d) > 0)
		pump(START, true);
	assert_failed("the server cannot be reached");
}
END_TEST

START_TEST(unroutable_servers_are_passed_over)
{
	/* a socket may not be connected to broadcast unless it says so */
	memset(servers.server[0].address.bytes, 255, 4);
	ask(2);
	must_take(&server[1]);
	reply_with(&server[1], 0, 1);
	pump(START, true);
	assert_found(0);
	memset(servers.server[1].address.bytes, 255, 4);
	ask(2);
	assert_failed("the server cannot be reached");
}
END_TEST

START_TEST(silence_tries_the_next_server)
{
	ask(2);
	must_take(&server[0]);
	dnsclient_handle(d, NULL, 0, START + RETRY - 1);
	ck_assert(!take(&server[1]));
	dnsclient_handle(d, NULL, 0, START + RETRY);
	must_take(&server[1]);
	ck_assert_int_eq(deadline(), START + 2 * RETRY);
	/* round two */
	dnsclient_handle(d, NULL, 0, START + 2 * RETRY);
	must_take(&server[0]);
	reply_with(&server[0], 0, 1);
	pump(START + 2 * RETRY + 9, true);
	assert_found(2 * RETRY + 9);
}
END_TEST

START_TEST(patience_ends)
{
	int64_t now = START;
	unsigned asked[2] = { 0, 0 };

	ask(2);
	while (dnsclient_pending(d) > 0) {
		ck_assert_int_lt(now, START + 100 * RETRY);
		now = deadline();
		dnsclient_handle(d, NULL, 0, now);
	}
	for (size_t i = 0; i < 2; i++)
		while (take(&server[i]))
			asked[i]++;
	ck_assert_uint_eq(asked[0], 2);
	ck_assert_uint_eq(asked[1], 2);
	ck_assert_int_eq(now, START + 4 * RETRY);
	ck_assert_int_eq(answer()->took, 4 * RETRY);
	assert_failed("no server answered in time");
}
END_TEST

START_TEST(late_answers_count)
{
	uint16_t port;
	unsigned id;

	ask(1);
	must_take(&server[0]);
	port = server[0].from.sin_port;
	id = id_of(&server[0]);
	dnsclient_handle(d, NULL, 0, START + RETRY);
	must_take(&server[0]);
	/* asked again as it was, so what was slow still fits */
	ck_assert_uint_eq(server[0].from.sin_port, port);
	ck_assert_uint_eq(id_of(&server[0]), id);
	reply_with(&server[0], 0, 1);
	pump(START + RETRY + 1, true);
	assert_found(RETRY + 1);
}
END_TEST

START_TEST(a_silent_server_gets_its_turn_behind_an_unroutable_one)
{
	memset(servers.server[1].address.bytes, 255, 4);
	ask(2);
	must_take(&server[0]);
	dnsclient_handle(d, NULL, 0, START + RETRY);
	must_take(&server[0]);
	reply_with(&server[0], 0, 1);
	pump(START + RETRY, true);
	assert_found(RETRY);
}
END_TEST

static void assert_servers(enum dns_server first, enum dns_server second)
{
	ck_assert_int_eq(dnsclient_server(d, 0), first);
	ck_assert_int_eq(dnsclient_server(d, 1), second);
}

START_TEST(silence_is_told_apart)
{
	const struct resolvers one = { .retry = RETRY,
				       .rounds = 1,
				       .count = 2,
				       .server = { servers.server[1],
						   servers.server[0] } };

	start(2, 2);
	assert_servers(DNS_SERVER_UNTRIED, DNS_SERVER_UNTRIED);
	dnsclient_ask(d, 0, NAME, START);
	dnsclient_ask(d, 1, NAME, START);
	must_take(&server[0]);
	dnsclient_handle(d, NULL, 0, START + RETRY - 1);
	assert_servers(DNS_SERVER_UNTRIED, DNS_SERVER_UNTRIED);
	dnsclient_handle(d, NULL, 0, START + RETRY);
	assert_servers(DNS_SERVER_SILENT, DNS_SERVER_UNTRIED);
	must_take(&server[1]);
	reply_with(&server[1], 5, 0); /* it refuses, but it speaks */
	pump(START + RETRY, true);
	assert_servers(DNS_SERVER_SILENT, DNS_SERVER_HEARD);
	/* an answer to any question is one */
	must_take(&server[0]);
	must_take(&server[0]);
	reply_with(&server[0], 0, 1);
	pump(START + RETRY, true);
	assert_servers(DNS_SERVER_HEARD, DNS_SERVER_HEARD);
	dnsclient_close(d);
	dnsclient_use(d, &one);
	assert_servers(DNS_SERVER_UNTRIED, DNS_SERVER_UNTRIED);
	while (take(&server[1]) || take(&server[0]))
		;
	dnsclient_ask(d, 0, NAME, START);
	must_take(&server[1]);
	ck_assert(!take(&server[0]));
}
END_TEST

START_TEST(those_who_refused_are_left_alone)
{
	ask(2);
	must_take(&server[0]);
	reply_with(&server[0], 2, 0);
	pump(START, true);
	must_take(&server[1]);
	dnsclient_handle(d, NULL, 0, START + RETRY);
	ck_assert(!take(&server[0]));
	must_take(&server[1]);
	dnsclient_handle(d, NULL, 0, START + 2 * RETRY);
	/* the one that spoke says more than the one that was silent */
	assert_failed("the server failed (SERVFAIL)");
}
END_TEST

/* ---- TCP ---------------------------------------------------------------- */

static void truncate_reply(const struct server *s)
{
	answer_to(s, 0, 0);
	reply.bytes[2] |= 0x02;
	send_reply(s);
}

/* Ask, be told to use TCP, and accept the connection. */
static void ask_for_tcp(size_t count)
{
	ask(count);
	must_take(&server[0]);
	truncate_reply(&server[0]);
	pump(START + 1, true);
	assert_open();
	ck_assert(wait_readable(server[0].tcp));
	server[0].conn = accept(server[0].tcp, NULL, NULL);
	ck_assert_int_ge(server[0].conn, 0);
}

/* Take the question off the connection, whole. */
static void take_tcp(struct server *s)
{
	unsigned char prefix[2];

	pump(START + 2, true);
	ck_assert(wait_readable(s->conn));
	ck_assert_int_eq(recv(s->conn, prefix, 2, MSG_WAITALL), 2);
	s->len = (size_t)(prefix[0] << 8 | prefix[1]);
	ck_assert_uint_le(s->len, sizeof(s->question));
	ck_assert_int_eq(recv(s->conn, s->question, s->len, MSG_WAITALL),
			 (ssize_t)s->len);
}

/* The reply with its length in front, from byte FROM on. */
static void send_tcp(const struct server *s, size_t from, size_t to)
{
	static unsigned char bytes[70000];

	bytes[0] = (unsigned char)(reply.len >> 8);
	bytes[1] = (unsigned char)reply.len;
	memcpy(bytes + 2, reply.bytes, reply.len);
	ck_assert_int_eq(send(s->conn, bytes + from, to - from, MSG_NOSIGNAL),
			 (ssize_t)(to - from));
}

START_TEST(truncation_asks_over_tcp)
{
	struct pollfd fds[1];
	int64_t due;

	ask_for_tcp(2);
	ck_assert_uint_eq(dnsclient_poll(d, fds, &due), 1);
	ck_assert_int_eq(due, START + 1 + RETRY);
	ck_assert(fcntl(fds[0].fd, F_GETFD) & FD_CLOEXEC);
	take_tcp(&server[0]);
	answer_to(&server[0], 0, 3);
	send_tcp(&server[0], 0, reply.len + 2);
	pump(START + 3, true);
	assert_found(3);
	ck_assert_uint_eq(answer()->count, 3);
	ck_assert(!take(&server[1]));
}
END_TEST

START_TEST(tcp_answers_come_in_pieces)
{
	ask_for_tcp(1);
	take_tcp(&server[0]);
	answer_to(&server[0], 0, 2);
	for (size_t i = 0; i < reply.len + 2; i++) {
		assert_open();
		send_tcp(&server[0], i, i + 1);
		pump(START + 3, true);
	}
	assert_found(3);
}
END_TEST

START_TEST(tcp_answers_may_be_long)
{
	size_t sent = 0;

	ask_for_tcp(1);
	take_tcp(&server[0]);
	answer_to(&server[0], 0, (65535 - 38) / 16);
	ck_assert_uint_ge(reply.len, 65500);
	while (sent < reply.len + 2) {
		size_t to = sent + 5000;

		if (to > reply.len + 2)
			to = reply.len + 2;
		send_tcp(&server[0], sent, to);
		pump(START + 3, true);
		sent = to;
	}
	while (dnsclient_pending(d) > 0)
		pump(START + 3, true);
	assert_found(3);
	ck_assert_uint_eq(answer()->count, DNS_ADDRESSES);
}
END_TEST

START_TEST(tcp_bytes_behind_the_answer_are_not_read)
{
	ask_for_tcp(1);
	take_tcp(&server[0]);
	answer_to(&server[0], 0, 1);
	send_tcp(&server[0], 0, reply.len + 2);
	send_tcp(&server[0], 0, reply.len + 2);
	pump(START + 3, true);
	assert_found(3);
}
END_TEST

enum trick {
	CLOSED,
	HALF,
	HALF_PREFIX,
	EMPTY,
	ANOTHER_ID,
	CUT_AGAIN,
	REFUSED,
};

static const struct {
	enum trick trick;
	const char *why;
} tcp_tricks[] = {
	{ CLOSED, "the TCP connection failed" },
	{ HALF, "the TCP connection failed" },
	{ HALF_PREFIX, "the TCP connection failed" },
	{ EMPTY, "answer to another question" },
	{ ANOTHER_ID, "answer to another question" },
	{ CUT_AGAIN, "answer cut even over TCP" },
	{ REFUSED, "the server refused (REFUSED)" },
};

static void play(enum trick trick)
{
	answer_to(&server[0], 0, 1);
	switch (trick) {
	case CLOSED:
		break;
	case HALF:
		send_tcp(&server[0], 0, reply.len / 2);
		break;
	case HALF_PREFIX:
		send_tcp(&server[0], 0, 1);
		break;
	case EMPTY:
		reply.len = 0;
		send_tcp(&server[0], 0, 2);
		break;
	case ANOTHER_ID:
		reply.bytes[0] ^= 1;
		send_tcp(&server[0], 0, reply.len + 2);
		break;
	case CUT_AGAIN:
		reply.bytes[2] |= 0x02;
		send_tcp(&server[0], 0, reply.len + 2);
		break;
	case REFUSED:
		answer_to(&server[0], 5, 0);
		send_tcp(&server[0], 0, reply.len + 2);
		break;
	}
	close_fd(&server[0].conn);
}

START_TEST(tcp_trouble_tries_the_next_server)
{
	ask_for_tcp(2);
	take_tcp(&server[0]);
	play(tcp_tricks[_i].trick);
	while (!take(&server[1]))
		pump(START + 3, true);
	assert_open();
	ck_assert_int_eq(deadline(), START + 3 + RETRY);
	reply_with(&server[1], 2, 0);
	pump(START + 3, true);
	assert_failed("the server failed (SERVFAIL)");
	dnsclient_close(d);

	/* and with one server only that is the end */
	ask_for_tcp(1);
	take_tcp(&server[0]);
	play(tcp_tricks[_i].trick);
	while (dnsclient_pending(d) > 0)
		pump(START + 3, true);
	assert_failed(tcp_tricks[_i].why);
}
END_TEST

START_TEST(tcp_closed_port)
{
	close_fd(&server[0].tcp);
	ask(1);
	must_take(&server[0]);
	truncate_reply(&server[0]);
	while (dnsclient_pending(d) > 0)
		pump(START, true);
	ck_assert_int_eq(answer()->status, DNS_FAILED);
}
END_TEST

START_TEST(tcp_silence_is_not_for_ever)
{
	ask_for_tcp(2);
	take_tcp(&server[0]);
	dnsclient_handle(d, NULL, 0, START + RETRY);
	ck_assert(!take(&server[1]));
	dnsclient_handle(d, NULL, 0, START + 1 + RETRY);
	must_take(&server[1]);
	/* its turn comes again, by UDP */
	dnsclient_handle(d, NULL, 0, START + 1 + 2 * RETRY);
	must_take(&server[0]);
	reply_with(&server[0], 0, 1);
	pump(START + 1 + 2 * RETRY, true);
	assert_found(1 + 2 * RETRY);
}
END_TEST

START_TEST(tcp_silence_of_the_only_server)
{
	ask_for_tcp(1);
	take_tcp(&server[0]);
	dnsclient_handle(d, NULL, 0, START + 1 + RETRY);
	must_take(&server[0]);
	reply_with(&server[0], 0, 1);
	pump(START + 1 + RETRY, true);
	assert_found(1 + RETRY);
}
END_TEST

START_TEST(tcp_answers_cannot_trickle)
{
	ask_for_tcp(1);
	take_tcp(&server[0]);
	answer_to(&server[0], 0, 2);
	for (size_t i = 0; i < 5; i++) {
		send_tcp(&server[0], i, i + 1);
		pump(START + RETRY, true);
	}
	ck_assert_int_eq(deadline(), START + 1 + RETRY);
}
END_TEST

START_TEST(tcp_needs_room)
{
	ask(1);
	while (arena_alloc(&arena, 4096))
		;
	must_take(&server[0]);
	truncate_reply(&server[0]);
	pump(START, true);
	assert_failed("no memory for a long answer");
}
END_TEST

static void add_tcp_tests(TCase *tc)
{
	tcase_add_test(tc, truncation_asks_over_tcp);
	tcase_add_test(tc, tcp_answers_come_in_pieces);
	tcase_add_test(tc, tcp_answers_may_be_long);
	tcase_add_test(tc, tcp_bytes_behind_the_answer_are_not_read);
	tcase_add_loop_test(tc, tcp_trouble_tries_the_next_server, 0,
			    ROWS(tcp_tricks));
	tcase_add_test(tc, tcp_closed_port);
	tcase_add_test(tc, tcp_silence_is_not_for_ever);
	tcase_add_test(tc, tcp_silence_of_the_only_server);
	tcase_add_test(tc, tcp_answers_cannot_trickle);
	tcase_add_test(tc, tcp_needs_room);
}

int main(void)
{
	TCase *tc = unit_case("dnsclient");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ask_and_be_answered);
	tcase_add_test(tc, absence_is_an_answer);
	tcase_add_test(tc, bad_names_fail_at_once);
	tcase_add_test(tc, many_at_once);
	tcase_add_test(tc, close_leaves_nothing_open);
	tcase_add_test(tc, new_needs_room);
	tcase_add_test(tc, asks_over_ipv6);
	tcase_add_loop_test(tc, forged_packets_do_not_end_the_question, 0,
			    ROWS(forged));
	tcase_add_test(tc, strangers_are_not_heard);
	tcase_add_test(tc, a_flood_is_survived);
	tcase_add_loop_test(tc, refusals_try_the_next_server_at_once, 0,
			    ROWS(refusals));
	tcase_add_loop_test(tc, all_refuse, 0, ROWS(refusals));
	tcase_add_test(tc, nonsense_tries_the_next_server);
	tcase_add_loop_test(tc, without_edns_if_that_is_the_trouble, 0, 2);
	tcase_add_test(tc, closed_ports_try_the_next_server_at_once);
	tcase_add_test(tc, all_ports_closed);
	tcase_add_test(tc, unroutable_servers_are_passed_over);
	tcase_add_test(tc, silence_tries_the_next_server);
	tcase_add_test(tc, patience_ends);
	tcase_add_test(tc, late_answers_count);
	tcase_add_test(tc,
		       a_silent_server_gets_its_turn_behind_an_unroutable_one);
	tcase_add_test(tc, silence_is_told_apart);
	tcase_add_test(tc, those_who_refused_are_left_alone);
	add_tcp_tests(tc);
	return unit_run();
}
