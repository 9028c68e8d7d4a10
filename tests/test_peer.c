#include "net/peer.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "sockets.h"
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>

/* What a super-server puts on a descriptor. */
enum given {
	CLOSED,
	TCP,
	TCP6, /* an IPv4 client of an IPv6 socket */
	LISTENER,
	GONE, /* TCP, reset by the client */
	LOCAL,
	PIPE,
	FILE_,
	NULL_,
	DATAGRAM,
};

#define KEEP NULL

static const struct {
	const char *why;
	enum given in, out, third;
	const char *client, *server;
	const char *env[4]; /* LISTEN_PID is put in by the test */
	enum peer_status status;
	const char *answer; /* kind source client server, or part of WHY */
} scenes[] = {
	{ "tcpserver, inetd, systemd",
	  TCP,
	  TCP,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "the socket wins over the environment",
	  TCP,
	  TCP,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "TCPREMOTEIP=192.0.2.9", "REMOTE_ADDR=192.0.2.9" },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "an IPv6 socket with an IPv4 client",
	  TCP6,
	  TCP6,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "output to the journal",
	  TCP,
	  PIPE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "output closed",
	  TCP,
	  CLOSED,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "Accept=yes without StandardInput=socket",
	  NULL_,
	  PIPE,
	  TCP,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "handed over, 0 and 1 closed",
	  CLOSED,
	  CLOSED,
	  TCP,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_OK,
	  "0 0 [127.0.0.1]:C [127.0.0.1]:S" },
	{ "a UNIX socket handed over",
	  NULL_,
	  PIPE,
	  LOCAL,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1", "REMOTE_ADDR=192.0.2.1" },
	  PEER_OK,
	  "1 2 [192.0.2.1]:0 [0.0.0.0]:25" },
	{ "an address by hand",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "2 1 [192.0.2.1]:0 [0.0.0.0]:25" },
	{ "with a port",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "192.0.2.1:99",
	  "192.0.2.25:2525",
	  { "TCPREMOTEPORT=7" },
	  PEER_OK,
	  "2 1 [192.0.2.1]:99 [192.0.2.25]:2525" },
	{ "IPv6",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "[2001:db8::1]:99",
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "2 1 [2001:db8::1]:99 [::]:25" },
	{ "ports from the environment",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  "192.0.2.25",
	  { "TCPREMOTEPORT=7", "TCPLOCALPORT=587" },
	  PEER_OK,
	  "2 1 [192.0.2.1]:7 [192.0.2.25]:587" },
	{ "systemd's port",
	  FILE_,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { "REMOTE_PORT=8" },
	  PEER_OK,
	  "3 1 [192.0.2.1]:8 [0.0.0.0]:25" },
	{ "a port that is none",
	  FILE_,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { "TCPREMOTEPORT=99999" },
	  PEER_OK,
	  "3 1 [192.0.2.1]:0 [0.0.0.0]:25" },
	{ "tcpserver's names on a UNIX socket",
	  LOCAL,
	  LOCAL,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "TCPREMOTEIP=::ffff:192.0.2.1", "TCPREMOTEPORT=7",
	    "TCPLOCALIP=192.0.2.25", "TCPLOCALPORT=26" },
	  PEER_OK,
	  "1 2 [192.0.2.1]:7 [192.0.2.25]:26" },
	{ "systemd's names",
	  LOCAL,
	  LOCAL,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "REMOTE_ADDR=2001:db8::1", "REMOTE_PORT=7" },
	  PEER_OK,
	  "1 2 [2001:db8::1]:7 [::]:25" },
	{ "an empty name is no name",
	  PIPE,
	  PIPE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "TCPREMOTEIP=", "REMOTE_ADDR=192.0.2.1" },
	  PEER_OK,
	  "2 2 [192.0.2.1]:0 [0.0.0.0]:25" },
	{ "a UNIX socket can answer by itself",
	  LOCAL,
	  CLOSED,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "1 1 [192.0.2.1]:0 [0.0.0.0]:25" },
	{ "/dev/null with an address",
	  NULL_,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_OK,
	  "4 1 [192.0.2.1]:0 [0.0.0.0]:25" },

	{ "hung up",
	  GONE,
	  GONE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_GONE,
	  "hung up" },
	{ "hung up, handed over",
	  NULL_,
	  NULL_,
	  GONE,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_GONE,
	  "hung up" },
	{ "nothing tells",
	  PIPE,
	  PIPE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "--client" },
	{ "only a server",
	  PIPE,
	  PIPE,
	  CLOSED,
	  KEEP,
	  "192.0.2.25",
	  { 0 },
	  PEER_USAGE,
	  "--client" },
	{ "TCP and --client",
	  TCP,
	  TCP,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "--client and --server" },
	{ "TCP and --server",
	  TCP,
	  TCP,
	  CLOSED,
	  KEEP,
	  "192.0.2.1",
	  { 0 },
	  PEER_USAGE,
	  "--client and --server" },
	{ "a bad client",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "192.0.2.1/24",
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "--client wants" },
	{ "a bad server",
	  PIPE,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  "mx",
	  { 0 },
	  PEER_USAGE,
	  "--server wants" },
	{ "a bad environment",
	  PIPE,
	  PIPE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "TCPREMOTEIP=unknown", "REMOTE_ADDR=192.0.2.1" },
	  PEER_USAGE,
	  "TCPREMOTEIP is not" },
	{ "a listener",
	  LISTENER,
	  LISTENER,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "Accept=yes" },
	{ "a listener for inetd",
	  LISTENER,
	  LISTENER,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "nowait" },
	{ "Accept=no",
	  NULL_,
	  PIPE,
	  LISTENER,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_USAGE,
	  "Accept=yes" },
	{ "several sockets",
	  NULL_,
	  PIPE,
	  TCP,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=2" },
	  PEER_USAGE,
	  "Accept=yes" },
	{ "LISTEN_FDS and nothing there",
	  NULL_,
	  PIPE,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_USAGE,
	  "descriptor 3 is closed" },
	{ "LISTEN_FDS and a file there",
	  NULL_,
	  PIPE,
	  FILE_,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=1" },
	  PEER_USAGE,
	  "no socket" },
	{ "nonsense in LISTEN_FDS",
	  TCP,
	  TCP,
	  CLOSED,
	  KEEP,
	  KEEP,
	  { "LISTEN_FDS=x" },
	  PEER_USAGE,
	  "LISTEN_FDS" },
	{ "no input",
	  CLOSED,
	  PIPE,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "standard input is closed" },
	{ "a pipe and no output",
	  PIPE,
	  CLOSED,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "standard output is closed" },
	{ "datagrams",
	  DATAGRAM,
	  DATAGRAM,
	  CLOSED,
	  "192.0.2.1",
	  KEEP,
	  { 0 },
	  PEER_USAGE,
	  "stream socket" },
};

struct tcp_names {
	unsigned client, server; /* ports */
};

static int open_tcp6(struct tcp_names *names)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(at), to_len = sizeof(to);
	int listener = socket(AF_INET6, SOCK_STREAM, 0), off = 0, client, fd;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0)
		return -1;
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(listener, 1) < 0)
		return -1;
	getsockname(listener, (struct sockaddr *)&at, &len);
	to.sin_port = at.sin6_port;
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	fd = accept(listener, NULL, NULL);
	names->server = ntohs(at.sin6_port);
	getsockname(client, (struct sockaddr *)&to, &to_len);
	names->client = ntohs(to.sin_port);
	return fd;
}

static int open_tcp(struct tcp_names *names)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int pair[2];

	sockets_tcp_pair(pair);
	getsockname(pair[0], (struct sockaddr *)&at, &len);
	names->server = ntohs(at.sin_port);
	getsockname(pair[1], (struct sockaddr *)&at, &len);
	names->client = ntohs(at.sin_port);
	return pair[0];
}

/* What a scene needs, on a high descriptor; the far ends stay open. */
static int open_given(enum given what, struct tcp_names *names)
{
	struct sockaddr_in at;
	int pair[2] = { -1, -1 };

	switch (what) {
	case CLOSED:
		break;
	case TCP:
		return open_tcp(names);
	case TCP6:
		return open_tcp6(names);
	case LISTENER:
		return sockets_listen(&at);
	case GONE:
		sockets_tcp_pair(pair);
		sockets_reset(pair[1]);
		fdio_wait(pair[0], POLLIN, CLOCK_NEVER);
		break;
	case LOCAL:
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		break;
	case DATAGRAM:
		socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
		break;
	case PIPE:
		ck_assert_int_eq(pipe(pair), 0);
		break;
	case FILE_:
		return open("/etc/passwd", O_RDONLY);
	case NULL_:
		return open("/dev/null", O_RDWR);
	}
	return pair[0];
}

static void put(int fd, int at)
{
	if (fd < 0)
		close(at);
	else
		dup2(fd, at);
}

/* Nothing of ours may sit on 0 to 3 while the scene is set. */
static int high(int fd)
{
	int copy;

	if (fd < 0)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	close(fd);
	return copy;
}

static void describe(const struct peer *p, const struct tcp_names *names,
		     struct sbuf *to)
{
	sbuf_addf(to, "%d %d ", (int)p->stream.kind, (int)p->source);
	if (p->source == PEER_FROM_SOCKET) {
		char client[80], server[80];
		struct sbuf c = SBUF(client), s = SBUF(server);

		address_format(&p->client.address, &c);
		address_format(&p->server.address, &s);
		sbuf_addf(to, "[%s]:%s [%s]:%s", client,
			  p->client.port == names->client ? "C" : "?", server,
			  p->server.port == names->server ? "S" : "?");
	} else {
		endpoint_format(&p->client, to);
		sbuf_add_char(to, ' ');
		endpoint_format(&p->server, to);
	}
}

/* In the child: play the scene and say through REPORT what came of it. */
static void play(int row, int report)
{
	struct tcp_names names = { 0 };
	char memory[2000], reason[1000], pid[30];
	struct sbuf text = SBUF(memory), why = SBUF(reason);
	struct peer p;
	enum peer_status status;
	bool same = scenes[row].out == scenes[row].in;
	int in = high(open_given(scenes[row].in, &names));
	int out = same ? in : high(open_given(scenes[row].out, &names));
	int third = high(open_given(scenes[row].third, &names));

	clearenv();
	for (int i = 0; i < 4 && scenes[row].env[i]; i++)
		putenv(strdup(scenes[row].env[i]));
	if (getenv("LISTEN_FDS")) {
		snprintf(pid, sizeof(pid), "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDNAMES", "connection", 1);
	}

	put(in, 0);
	put(out, 1);
	close(2);
	put(third, 3);
	status =
		peer_identify(scenes[row].client, scenes[row].server, &p, &why);

	sbuf_addf(&text, "%d ", (int)status);
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) != 0)
			sbuf_addf(&text, "[%d closed]", fd);
	if (status == PEER_OK) {
		describe(&p, &names, &text);
		if (p.stream.kind <= STREAM_LOCAL && !fdio_same(0, 1))
			sbuf_add_text(&text, " [1 is not the socket]");
		if (p.stream.in != 0 || p.stream.out != 1)
			sbuf_add_text(&text, " [wrong descriptors]");
		if (getenv("LISTEN_FDS") || getenv("LISTEN_FDNAMES"))
			sbuf_add_text(&text, " [LISTEN_FDS stays]");
		if (third >= 0 && fcntl(3, F_GETFD) >= 0)
			sbuf_add_text(&text, " [3 stays open]");
		if (fcntl(0, F_GETFL) & O_NONBLOCK)
			sbuf_add_text(&text, " [non-blocking]");
	} else {
		sbuf_add(&text, sbuf_span(&why));
	}
	if (write(report, text.text, text.len) < 0)
		_exit(1);
	_exit(0);
}

static void ask(int row, char *to, size_t size)
{
	int report[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(report), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		play(row, high(report[1]));
	close(report[1]);
	n = read(report[0], to, size - 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s",
		      scenes[row].why);
	ck_assert_int_ge(n, 0);
	to[n] = '\0';
}

START_TEST(identify_knows_how_it_was_started)
{
	char have[2000], want[300];

	ask(_i, have, sizeof(have));
	snprintf(want, sizeof(want), "%d %s", (int)scenes[_i].status,
		 scenes[_i].answer);
	if (scenes[_i].status == PEER_OK)
		ck_assert_msg(strcmp(have, want) == 0,
			      "%s: have \"%s\", want \"%s\"", scenes[_i].why,
			      have, want);
	else
		ck_assert_msg(have[0] == want[0] && have[2] != '[' &&
				      strstr(have, scenes[_i].answer),
			      "%s: have \"%s\", want \"%s\"", scenes[_i].why,
			      have, want);
}
END_TEST

/* LISTEN_PID names somebody else: descriptor 3 is not ours to touch. */
START_TEST(identify_leaves_others_sockets)
{
	struct peer p;
	char reason[200];
	struct sbuf why = SBUF(reason);
	int pair[2];

	sockets_tcp_pair(pair);
	dup2(pair[0], 0);
	dup2(pair[0], 1);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "7", 1);
	ck_assert_int_eq(peer_identify(NULL, NULL, &p, &why), PEER_OK);
	ck_assert_str_eq(getenv("LISTEN_FDS"), "7");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("peer");

	tcase_add_loop_test(tc, identify_knows_how_it_was_started, 0,
			    ROWS(scenes));
	tcase_add_test(tc, identify_leaves_others_sockets);
	return unit_run();
}
