#include "handoff/pass.h"

#include "base/clock.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

/* ---- names ----------------------------------------------------------------
 */

static char long_name[200];

static const struct {
	const char *why, *path, *want;
} names[] = {
	{ "absolute", "/run/smtpd", "/run/smtpd" },
	{ "in the queue's folder", "private/smtpd", "/var/q/private/smtpd" },
	{ "none", "", NULL },
	{ "too long", long_name, NULL },
	{ "as long as can be", long_name + 200 - 1 - 107, "" },
	{ "one byte more", long_name + 200 - 1 - 108, NULL },
};

START_TEST(names_fit_into_an_address)
{
	struct pass pass;
	bool good;

	memset(long_name, '/', sizeof(long_name) - 1);
	good = pass_parse(span_of(names[_i].path), SPAN("/var/q"), &pass);
	ck_assert_msg(good == (names[_i].want != NULL), "%s", names[_i].why);
	if (good && names[_i].want[0])
		ck_assert_str_eq(pass.socket.sun_path, names[_i].want);
}
END_TEST

START_TEST(a_name_has_no_nul)
{
	struct pass pass;

	ck_assert(!pass_parse(SPAN("/run/a\0b"), SPAN("/"), &pass));
}
END_TEST

/* ---- attributes -----------------------------------------------------------
 */

static struct peer caller(const char *client, const char *server)
{
	struct peer peer = { 0 };
	bool has_port;

	ck_assert(endpoint_parse(span_of(client), &peer.client, &has_port));
	ck_assert(endpoint_parse(span_of(server), &peer.server, &has_port));
	return peer;
}

#define WORDS(client, port, server, server_port)         \
	"client_address\0" client "\0client_port\0" port \
	"\0server_address\0" server "\0server_port\0" server_port "\0"

static const struct {
	const char *client, *server, *want;
	size_t len;
} lists[] = {
#define LIST(client, server, words)                      \
	{                                                \
		client, server, words, sizeof(words) - 1 \
	}
	LIST("192.0.2.7:4321", "198.51.100.1:25",
	     WORDS("192.0.2.7", "4321", "198.51.100.1", "25")),
	LIST("[2001:db8::7]:4321", "[2001:db8::25]:25",
	     WORDS("2001:db8::7", "4321", "2001:db8::25", "25")),
	/* no brackets, no mapped address, no leading zero */
	LIST("[::ffff:192.0.2.7]:1", "0.0.0.0:0",
	     WORDS("192.0.2.7", "1", "0.0.0.0", "0")),
	LIST("[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
	     "[2001:db8:1111:2222:3333:4444:5555:7777]:65535",
	     WORDS("2001:db8:1111:2222:3333:4444:5555:6666", "65535",
		   "2001:db8:1111:2222:3333:4444:5555:7777", "65535")),
};

START_TEST(attributes_are_what_postfix_reads)
{
	struct peer peer = caller(lists[_i].client, lists[_i].server);
	char memory[PASS_ATTRIBUTES];
	struct sbuf b = SBUF(memory);

	pass_attributes(&peer, &b);
	ck_assert(sbuf_fitted(&b));
	ck_assert_uint_eq(b.len, lists[_i].len);
	ck_assert_int_eq(memcmp(memory, lists[_i].want, b.len), 0);
}
END_TEST

/* ---- giving ---------------------------------------------------------------
 */

static char folder[] = "/tmp/test-pass-XXXXXX";
static struct pass service;

/* A listening service with room for BACKLOG + 1 that nobody has accepted. */
static int open_service(int backlog)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(folder, "/tmp/test-pass-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert(pass_parse(SPAN("smtpd"), span_of(folder), &service));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&service.socket,
			      sizeof(service.socket)),
			 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void remove_service(void)
{
	unlink(service.socket.sun_path);
	rmdir(folder);
}

/* What an smtpd does: take the byte, the descriptor and the attributes. */
static int receive(int listener, char *attributes, size_t size, size_t *ret_len)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), passed = -1;
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };

	*ret_len = 0;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) == 1 &&
	    CMSG_FIRSTHDR(&message))
		memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&message)),
		       sizeof(passed));
	while (*ret_len < 2 || attributes[*ret_len - 1] ||
	       attributes[*ret_len - 2]) {
		ssize_t n = recv(fd, attributes + *ret_len, size - *ret_len, 0);

		if (n <= 0)
			break;
		*ret_len += (size_t)n;
	}
	close(fd);
	return passed;
}

struct smtpd {
	int listener, passed;
	char attributes[512];
	size_t len;
};

static void *smtpd_main(void *argument)
{
	struct smtpd *smtpd = argument;

	smtpd->passed = receive(smtpd->listener, smtpd->attributes,
				sizeof(smtpd->attributes), &smtpd->len);
	return NULL;
}

START_TEST(an_smtpd_gets_descriptor_and_attributes)
{
	struct smtpd smtpd = { .listener = open_service(1) };
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	static const char want[] =
		WORDS("192.0.2.7", "4321", "192.0.2.25", "25");
	int pair[2], error = 0;
	pthread_t thread;
	char word[8];

	sockets_tcp_pair(pair);
	ck_assert_int_eq(write(pair[1], "EHLO", 4), 4);
	ck_assert_int_eq(pthread_create(&thread, NULL, smtpd_main, &smtpd), 0);
	ck_assert_int_eq(pass_give(&service, pair[0], &peer,
				   clock_mono() + 20 * CLOCK_SECOND, &error),
			 PASS_TAKEN);
	pthread_join(thread, NULL);
	close(pair[0]);
	/* with the NUL that ends the list */
	ck_assert_uint_eq(smtpd.len, sizeof(want));
	ck_assert_int_eq(memcmp(smtpd.attributes, want, sizeof(want)), 0);
	ck_assert_int_eq(read(smtpd.passed, word, sizeof(word)), 4);
	ck_assert_int_eq(write(smtpd.passed, "220 x", 5), 5);
	ck_assert_int_eq(read(pair[1], word, sizeof(word)), 5);
	remove_service();
}
END_TEST

START_TEST(sent_but_not_taken_is_no_failure)
{
	int listener = open_service(1), pair[2], error = 0, passed;
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	char attributes[512];
	size_t len;

	sockets_tcp_pair(pair);
	ck_assert_int_eq(pass_give(&service, pair[0], &peer,
				   clock_mono() + 50 * CLOCK_MS, &error),
			 PASS_QUEUED);
	/* it is still there for an smtpd that comes late */
	passed = receive(listener, attributes, sizeof(attributes), &len);
	ck_assert_int_ge(passed, 0);
	ck_assert_uint_gt(len, 60);
	remove_service();
}
END_TEST

START_TEST(a_full_backlog_is_waited_for)
{
	int listener = open_service(0), filler, pair[2], error = 0;
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	int64_t begin;

	sockets_tcp_pair(pair);
	filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(filler, (struct sockaddr *)&service.socket,
				 sizeof(service.socket)),
			 0);
	begin = clock_mono();
	ck_assert_int_eq(pass_give(&service, pair[0], &peer,
				   begin + 100 * CLOCK_MS, &error),
			 PASS_NOT_OPEN);
	ck_assert_int_eq(error, -EAGAIN);
	ck_assert_int_ge(clock_mono() - begin, 90 * CLOCK_MS);
	close(listener);
	remove_service();
}
END_TEST

static void *make_room(void *argument)
{
	const int *listener = argument;
	char attributes[512];
	size_t len;

	close(accept4(*listener, NULL, NULL, SOCK_CLOEXEC));
	close(receive(*listener, attributes, sizeof(attributes), &len));
	return NULL;
}

START_TEST(and_used_when_there_is_room)
{
	int listener = open_service(0), filler, pair[2], error = 0;
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	pthread_t thread;

	sockets_tcp_pair(pair);
	filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(filler, (struct sockaddr *)&service.socket,
				 sizeof(service.socket)),
			 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, make_room, &listener),
			 0);
	ck_assert_int_eq(pass_give(&service, pair[0], &peer,
				   clock_mono() + 20 * CLOCK_SECOND, &error),
			 PASS_TAKEN);
	pthread_join(thread, NULL);
	remove_service();
}
END_TEST

static void *end_postfix(void *argument)
{
	const int *listener = argument;
	struct pollfd come = { .fd = *listener, .events = POLLIN };

	poll(&come, 1, 20000);
	close(*listener);
	return NULL;
}

START_TEST(postfix_may_end_meanwhile)
{
	int listener = open_service(5), pair[2], error = 0;
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	pthread_t thread;

	sockets_tcp_pair(pair);
	ck_assert_int_eq(pthread_create(&thread, NULL, end_postfix, &listener),
			 0);
	ck_assert_int_eq(pass_give(&service, pair[0], &peer,
				   clock_mono() + 20 * CLOCK_SECOND, &error),
			 PASS_NOT_SENT);
	ck_assert_int_eq(error, -ECONNRESET);
	/* the client is still ours */
	ck_assert_int_eq(write(pair[0], "421", 3), 3);
	pthread_join(thread, NULL);
	remove_service();
}
END_TEST

static const struct {
	const char *path;
	int error;
} nowhere[] = {
	{ "/no/such/smtpd", -ENOENT },
	{ "/dev/null", -ECONNREFUSED },
	{ "/dev/null/smtpd", -ENOTDIR },
};

START_TEST(nobody_there)
{
	struct peer peer = caller("192.0.2.7:4321", "192.0.2.25:25");
	struct pass pass;
	int pair[2], error = 0;

	sockets_tcp_pair(pair);
	ck_assert(pass_parse(span_of(nowhere[_i].path), SPAN("/"), &pass));
	ck_assert_int_eq(pass_give(&pass, pair[0], &peer,
				   clock_mono() + CLOCK_SECOND, &error),
			 PASS_NOT_OPEN);
	ck_assert_int_eq(error, nowhere[_i].error);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("pass");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_loop_test(tc, names_fit_into_an_address, 0, ROWS(names));
	tcase_add_test(tc, a_name_has_no_nul);
	tcase_add_loop_test(tc, attributes_are_what_postfix_reads, 0,
			    ROWS(lists));
	tcase_add_test(tc, an_smtpd_gets_descriptor_and_attributes);
	tcase_add_test(tc, sent_but_not_taken_is_no_failure);
	tcase_add_test(tc, a_full_backlog_is_waited_for);
	tcase_add_test(tc, and_used_when_there_is_room);
	tcase_add_test(tc, postfix_may_end_meanwhile);
	tcase_add_loop_test(tc, nobody_there, 0, ROWS(nowhere));
	return unit_run();
}
