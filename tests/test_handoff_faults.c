/*
 * The whole room: whichever system call fails while a client is given away, no
 * descriptor stays open, and nobody is told that the client is still ours when
 * somebody else has it, or that it was given when nobody has.
 */
#include "base/clock.h"
#include "failing.h"
#include "handoff/give.h"
#include "handoff/relay.h"
#include "sockets.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Nothing here waits for it. */
#define LONG (clock_mono() + 30 * CLOCK_SECOND)

/* More calls than anything here makes. */
#define MOST 500

/* Of what the client says: more than one read of the relay's. */
#define MAIL (40 << 10)

static struct peer peer;
static int far; /* the client's end */

static void meet_client(void)
{
	int pair[2];
	bool has_port;

	sockets_tcp_pair(pair);
	far = pair[1];
	peer = (struct peer){ .source = PEER_FROM_SOCKET };
	ck_assert_int_eq(stream_open(&peer.stream, pair[0], pair[0]), 0);
	endpoint_parse(SPAN("192.0.2.7:4321"), &peer.client, &has_port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &has_port);
}

static void part(void)
{
	close(peer.stream.in);
	close(far);
}

/* ---- who is beside us ------------------------------------------------------
 */

static char folder[64];
static int listener = -1;
static pid_t server = -1;
static unsigned *taken; /* clients that the service has, shared with it */

static void serve(void (*one)(int fd))
{
	taken = mmap(NULL, sizeof(*taken), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	while (server == 0) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		one(fd);
		close(fd);
	}
}

static void end_server(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
}

/* Postfix's smtpd behind a service of type pass. */
static void take_client(int fd)
{
	char bytes[512], room[CMSG_SPACE(sizeof(int))];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	int passed;

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0 ||
	    !CMSG_FIRSTHDR(&message))
		return;
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(passed));
	close(passed);
	++*taken;
}

/* An smtpd that reads PROXY headers of version 2. */
static void greet(int fd)
{
	char bytes[512];

	if (recv(fd, bytes, sizeof(bytes), 0) < 28)
		return;
	if (write(fd, "220 x\r\n", 7) < 0 ||
	    recv(fd, bytes, sizeof(bytes), 0) < 6 ||
	    write(fd, "250 x\r\n", 7) < 0)
		return;
	/* until it is left */
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

/* ---- what is done ----------------------------------------------------------
 */

static struct pass service;

static void open_pass(void)
{
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(folder, "/tmp/test_handoff_faults.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert(pass_parse(SPAN("smtpd"), span_of(folder), &service));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&service.socket,
			      sizeof(service.socket)),
			 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	serve(take_client);
}

static void close_pass(void)
{
	unlink(service.socket.sun_path);
	rmdir(folder);
}

/* Has the service the client that RESULT is about? */
static void judge_passed(const char *why, enum pass_result result,
			 unsigned before)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ours = result == PASS_NOT_OPEN || result == PASS_NOT_SENT;
	char byte;

	/* it takes one after the other: wait for this one's turn */
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&service.socket,
				 sizeof(service.socket)),
			 0);
	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
	ck_assert_msg(*taken == before + !ours,
		      "%s: %d, and the service has %u", why, (int)result,
		      *taken - before);
}

static void give(unsigned number, int error, char *why)
{
	unsigned before = *taken;
	enum pass_result result;
	int r = 0;

	failing_begin(number, error);
	result = pass_give(&service, peer.stream.in, &peer, LONG, &r);
	strcat(why, failing_end() ? failing.failed->text : "none");
	ck_assert_msg(r < 0 || result == PASS_TAKEN, "%s: %d", why, r);
	ck_assert_msg(result == PASS_TAKEN || failing.failed, "%s: %d", why,
		      (int)result);
	judge_passed(why, result, before);
}

static void start(unsigned number, int error, char *why)
{
	unsigned before = *taken;
	enum pass_result result = PASS_NOT_OPEN;
	int r = 0, fd;

	failing_begin(number, error);
	fd = pass_start(&service, peer.stream.in, &peer);
	strcat(why, failing_end() ? failing.failed->text : "none");
	ck_assert_msg(fd >= 0 || failing.failed, "%s: %d", why, fd);
	while (fd >= 0 && (result = pass_heard(fd, &r)) == PASS_QUEUED)
		usleep(1000);
	if (fd >= 0)
		close(fd);
	judge_passed(why, result, before);
}

/* The smtpd gets one end of a pair, and we keep the other. */
static void give_pair(unsigned number, int error, char *why)
{
	struct handoff handoff = { .kind = HANDOFF_PASS,
				   .pass = service,
				   .patience = 30 * CLOCK_SECOND };
	static struct connected opened;
	struct give_trouble trouble = { .reply = "" };
	unsigned before = *taken;
	enum give_end end;

	failing_begin(number, error);
	end = give_open(&handoff, &peer, &opened, &trouble);
	strcat(why, failing_end() ? failing.failed->text : "none");
	ck_assert_msg(end == GIVE_RELAY || failing.failed, "%s: %s", why,
		      trouble.what);
	ck_assert_msg(end == GIVE_RELAY || trouble.what[0] != '\0',
		      "%s: no word", why);
	if (end == GIVE_RELAY)
		close(opened.fd);
	judge_passed(why, end == GIVE_RELAY ? PASS_TAKEN : PASS_NOT_SENT,
		     before);
}

static struct connect to = { .proxy = PROXY_V2 };

static void open_tcp(void)
{
	struct sockaddr_in at;
	struct sockaddr_storage any = { 0 };

	listener = sockets_listen(&at);
	memcpy(&any, &at, sizeof(at));
	ck_assert(endpoint_from_sockaddr(&any, &to.server));
	serve(greet);
}

static void close_tcp(void)
{
}

static void reach(unsigned number, int error, char *why)
{
	struct connect_limits limits = { LONG, LONG };
	static struct connected opened;
	char memory[256] = "";
	struct sbuf said = SBUF(memory);
	enum connect_result result;

	failing_begin(number, error);
	result = connect_reach(&to, &peer, &limits, &opened, &said);
	strcat(why, failing_end() ? failing.failed->text : "none");
	ck_assert_msg(result == CONNECT_READY || failing.failed, "%s: %s", why,
		      memory);
	ck_assert_msg(result == CONNECT_READY || said.len > 0, "%s: no word",
		      why);
	if (result != CONNECT_READY)
		return;
	ck_assert_uint_eq(opened.greeting_len, 7);
	ck_assert_int_eq(memcmp(opened.greeting, "220 x\r\n", 7), 0);
	close(opened.fd);
}

static void nothing(void)
{
}

/* Read all that comes from FD until its end; how much of WANTED it is. */
static size_t read_all(int fd, const char *wanted, const char *why)
{
	static char bytes[MAIL + 100];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, bytes + len, sizeof(bytes) - len, MSG_DONTWAIT)) >
	       0)
		len += (size_t)n;
	ck_assert_msg(len <= strlen(wanted) && memcmp(bytes, wanted, len) == 0,
		      "%s: other bytes", why);
	return len;
}

static void carry(unsigned number, int error, char *why)
{
	static char mail[MAIL + 1];
	static const char reply[] = "220 x\r\n250 x\r\n221 x\r\n";
	struct relay relay = { .client = peer.stream,
			       .unsaid = { reply, 7 },
			       .idle_limit = 30 * CLOCK_SECOND };
	size_t said, heard;
	enum relay_end end;
	int pair[2];

	memset(mail, 'x', MAIL);
	ck_assert_int_eq(relay_pair(pair), 0);
	relay.smtpd = pair[0];
	ck_assert_int_eq(write(far, mail, MAIL), MAIL);
	ck_assert_int_eq(shutdown(far, SHUT_WR), 0);
	ck_assert_int_eq(write(pair[1], reply + 7, sizeof(reply) - 8),
			 sizeof(reply) - 8);
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	failing_begin(number, error);
	end = relay_run(&relay);
	strcat(why, failing_end() ? failing.failed->text : "none");
	close(pair[0]);
	said = read_all(pair[1], mail, why);
	heard = read_all(far, reply, why);
	close(pair[1]);
	ck_assert_msg(end == RELAY_DONE || (failing.failed && !error), "%s: %d",
		      why, (int)end);
	/* the smtpd has said 221, so it may end without what comes then */
	ck_assert_msg((failing.failed && !error) ||
			      (said == MAIL && heard == sizeof(reply) - 1),
		      "%s: %zu and %zu bytes", why, said, heard);
}

static const struct scene {
	const char *what;
	void (*open)(void);
	void (*work)(unsigned number, int error, char *why);
	void (*close)(void);
} scenes[] = {
	{ "pass", open_pass, give, close_pass },
	{ "pass without waiting", open_pass, start, close_pass },
	{ "pass one end of a pair", open_pass, give_pair, close_pass },
	{ "connect", open_tcp, reach, close_tcp },
	{ "relay", nothing, carry, nothing },
};

static void play_all(const struct scene *s, int error)
{
	unsigned number = 0, descriptors;

	do {
		char why[200];

		meet_client();
		descriptors = failing_descriptors();
		snprintf(why, sizeof(why), "%s, call %u%s, ", s->what, ++number,
			 error ? " interrupted" : "");
		s->work(number, error, why);
		ck_assert_msg(failing_descriptors() == descriptors, "%s: open",
			      why);
		part();
	} while (failing.failed && number < MOST);
	ck_assert_msg(number < MOST && (number > 3 || !FAILING_WORKS), "%s: %u",
		      s->what, number);
}

START_TEST(any_call_may_fail)
{
	scenes[_i].open();
	play_all(&scenes[_i], 0);
	play_all(&scenes[_i], EINTR);
	scenes[_i].close();
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("handoff_faults");

	tcase_add_checked_fixture(tc, NULL, end_server);
	tcase_add_loop_test(tc, any_call_may_fail, 0, ROWS(scenes));
	return unit_run();
}
