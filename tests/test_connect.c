#include "handoff/connect.h"

#include "base/clock.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>

/* ---- the setting ----------------------------------------------------------
 */

static const struct {
	const char *text, *server; /* "[ADDR]:PORT", or what is wanted */
	int proxy;		   /* -1: refused */
} settings[] = {
	{ "127.0.0.1:10025 proxy=v2", "[127.0.0.1]:10025", PROXY_V2 },
	{ "localhost:10025 proxy=v1", "[127.0.0.1]:10025", PROXY_V1 },
	{ "[2001:db8::1]:25\tproxy=none", "[2001:db8::1]:25", PROXY_NONE },
	{ "  192.0.2.1:65535   proxy=v2  ", "[192.0.2.1]:65535", PROXY_V2 },
	{ "", "ADDRESS:PORT", -1 },
	{ "proxy=v2", "ADDRESS:PORT", -1 },
	{ "127.0.0.1 proxy=v2", "ADDRESS:PORT", -1 },
	{ "127.0.0.1:0 proxy=v2", "ADDRESS:PORT", -1 },
	{ "127.0.0.1:65536 proxy=v2", "ADDRESS:PORT", -1 },
	{ "127.0.0.1: proxy=v2", "ADDRESS:PORT", -1 },
	{ "2001:db8::1 proxy=v2", "ADDRESS:PORT", -1 },
	{ "mail.example:25 proxy=v2", "not looked up", -1 },
	{ "localhost proxy=v2", "ADDRESS:PORT", -1 },
	{ "localhost:x proxy=v2", "ADDRESS:PORT", -1 },
	{ "localhostage:25 proxy=v2", "ADDRESS:PORT", -1 },
	/* the kernel takes these for this host */
	{ "0.0.0.0:25 proxy=v2", "ADDRESS:PORT", -1 },
	{ "[::]:25 proxy=v2", "ADDRESS:PORT", -1 },
	{ "127.0.0.1:25", "proxy=v2", -1 },
	{ "127.0.0.1:25 proxy=", "proxy=v2", -1 },
	{ "127.0.0.1:25 proxy=v3", "proxy=v2", -1 },
	{ "127.0.0.1:25 proxy=V2", "proxy=v2", -1 },
	{ "127.0.0.1:25 v2", "proxy=v2", -1 },
	{ "127.0.0.1:25 proxy=v2 proxy=v1", "proxy=v2", -1 },
};

START_TEST(settings_are_read)
{
	char memory[64];
	struct sbuf server = SBUF(memory);
	const char *wanted = NULL;
	struct connect c;
	bool good = connect_parse(span_of(settings[_i].text), &c, &wanted);

	ck_assert_msg(good == (settings[_i].proxy >= 0), "%s",
		      settings[_i].text);
	if (!good) {
		ck_assert_msg(strstr(wanted, settings[_i].server) != NULL,
			      "%s: %s", settings[_i].text, wanted);
		return;
	}
	endpoint_format(&c.server, &server);
	ck_assert_str_eq(memory, settings[_i].server);
	ck_assert_int_eq(c.proxy, settings[_i].proxy);
}
END_TEST

static const struct {
	const char *address;
	bool here;
} places[] = {
	{ "127.0.0.1:25", true },
	{ "127.3.2.1:25", true },
	{ "[::1]:25", true },
	/* to where there is no way, or another host: RFC 5737, RFC 3849 */
	{ "192.0.2.1:25", false },
	{ "[2001:db8::1]:25", false },
};

START_TEST(this_host_is_known)
{
	struct endpoint e;
	bool has_port;

	ck_assert(endpoint_parse(span_of(places[_i].address), &e, &has_port));
	ck_assert_msg(connect_is_here(&e) == places[_i].here, "%s",
		      places[_i].address);
}
END_TEST

/* ---- reaching -------------------------------------------------------------
 */

#define HEADER_V1 "PROXY TCP4 192.0.2.7 192.0.2.25 4321 25\r\n"
#define HEADER_V2                                                            \
	"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x19\x10" \
	"\xe1\0\x19"

/*
 * What the other side says, a piece after each time that it has heard what it
 * waits for: "< " is to be heard, all else is said.
 */
enum how {
	CLOSES,
	RESETS,
	STAYS,
};

struct row {
	const char *why;
	enum proxy_version proxy;
	const char *says[6]; /* "<N" waits for N bytes */
	enum how how;
	enum connect_result result;
	const char *greeting, *said;
};

#define V1_LEN "<41"
#define V2_LEN "<28"

static const struct row rows[] = {
	{ "no header, no proof",
	  PROXY_NONE,
	  { "220 x\r\n" },
	  STAYS,
	  CONNECT_READY,
	  "220 x\r\n",
	  NULL },
	{ "v1",
	  PROXY_V1,
	  { V1_LEN, "220 x\r\n", "<6", "250 ok\r\n" },
	  STAYS,
	  CONNECT_READY,
	  "220 x\r\n",
	  NULL },
	{ "v2",
	  PROXY_V2,
	  { V2_LEN, "220 x\r\n", "<6", "250 ok\r\n" },
	  STAYS,
	  CONNECT_READY,
	  "220 x\r\n",
	  NULL },
	{ "several lines, in pieces",
	  PROXY_V2,
	  { V2_LEN, "220-x\r\n22", "0 y\r", "\n", "<6", "250-a\r\n250 b\r\n" },
	  STAYS,
	  CONNECT_READY,
	  "220-x\r\n220 y\r\n",
	  NULL },
	{ "it turns this client away",
	  PROXY_V2,
	  { V2_LEN, "554 no\r\n" },
	  STAYS,
	  CONNECT_READY,
	  "554 no\r\n",
	  NULL },
	{ "and closes",
	  PROXY_V2,
	  { V2_LEN, "421 no\r\n" },
	  CLOSES,
	  CONNECT_READY,
	  "421 no\r\n",
	  NULL },
	{ "it does not know PROXY",
	  PROXY_V1,
	  { "220 x\r\n", V1_LEN, "500 what?\r\n", "<6", "250 ok\r\n" },
	  STAYS,
	  CONNECT_DEAF,
	  NULL,
	  "500 what?" },
	{ "nor that of version 2",
	  PROXY_V2,
	  { "220 x\r\n", V2_LEN, "500 what?\r\n500 what?\r\n221 bye\r\n" },
	  CLOSES,
	  CONNECT_DEAF,
	  NULL,
	  "500 what?" },
	{ "it answers at once and then to NOOP",
	  PROXY_V1,
	  { V1_LEN, "220 x\r\n500 what?\r\n", "<6", "250 ok\r\n" },
	  STAYS,
	  CONNECT_DEAF,
	  NULL,
	  "500 what?" },
	{ "it answers the header in a friendly way, and then NOOP",
	  PROXY_V1,
	  { V1_LEN, "220 x\r\n", "<6", "250 what?\r\n250 ok\r\n" },
	  STAYS,
	  CONNECT_DEAF,
	  NULL,
	  "250 what?" },
	{ "NOOP is refused, as by an Exim that got no header",
	  PROXY_V2,
	  { V2_LEN, "220 x\r\n", "<6", "503 required\r\n" },
	  STAYS,
	  CONNECT_DEAF,
	  NULL,
	  "503 required" },
	{ "it hangs up on the header",
	  PROXY_V2,
	  { V2_LEN },
	  CLOSES,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "hung up" },
	{ "it resets on the header",
	  PROXY_V2,
	  { V2_LEN },
	  RESETS,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "reset" },
	{ "it hangs up on NOOP",
	  PROXY_V2,
	  { V2_LEN, "220 x\r\n", "<6" },
	  CLOSES,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "hung up" },
	{ "it never greets",
	  PROXY_V2,
	  { V2_LEN },
	  STAYS,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "no greeting" },
	{ "it is a web server",
	  PROXY_NONE,
	  { "HTTP/1.1 400 Bad\r\n\r\n" },
	  STAYS,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "does not speak SMTP: HTTP" },
	{ "half a line and no more",
	  PROXY_NONE,
	  { "220 x" },
	  CLOSES,
	  CONNECT_NO_SMTPD,
	  NULL,
	  "hung up" },
};

struct smtpd {
	const struct row *row;
	int listener;
	char heard[256];
	size_t len;
};

/* Hear COUNT bytes more. */
static bool hear(struct smtpd *s, int fd, size_t count)
{
	while (count > 0) {
		ssize_t n = recv(fd, s->heard + s->len, count, 0);

		if (n <= 0)
			return false;
		s->len += (size_t)n;
		count -= (size_t)n;
	}
	return true;
}

static void *smtpd_main(void *argument)
{
	struct smtpd *s = argument;
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	char byte;

	for (int i = 0; i < 6 && s->row->says[i]; i++) {
		const char *what = s->row->says[i];

		if (what[0] == '<') {
			if (!hear(s, fd, (size_t)atoi(what + 1)))
				break;
		} else if (send(fd, what, strlen(what), MSG_NOSIGNAL) < 0) {
			break;
		}
	}
	if (s->row->how == STAYS)
		(void)!recv(fd, &byte, 1, 0);
	if (s->row->how == RESETS)
		sockets_reset(fd);
	else
		close(fd);
	return NULL;
}

static struct peer caller(int *ret_client)
{
	struct peer peer = { 0 };
	bool has_port;
	int pair[2];

	sockets_tcp_pair(pair);
	ck_assert_int_eq(stream_open(&peer.stream, pair[0], pair[0]), 0);
	endpoint_parse(SPAN("192.0.2.7:4321"), &peer.client, &has_port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &has_port);
	*ret_client = pair[1];
	return peer;
}

static struct connect to_listener(int *ret_listener, enum proxy_version proxy)
{
	struct connect to = { .proxy = proxy };
	struct sockaddr_in at;

	*ret_listener = sockets_listen(&at);
	to.server.address.family = ADDRESS_IPV4;
	memcpy(to.server.address.bytes, &at.sin_addr, 4);
	to.server.port = ntohs(at.sin_port);
	return to;
}

START_TEST(only_an_smtpd_that_understands_gets_the_client)
{
	const struct row *row = &rows[_i];
	struct smtpd smtpd = { .row = row };
	struct connect to = to_listener(&smtpd.listener, row->proxy);
	static struct connected got;
	char memory[512];
	struct sbuf why = SBUF(memory);
	int client;
	struct peer peer = caller(&client);
	bool waits = row->result == CONNECT_NO_SMTPD && row->how == STAYS &&
		     row->said[0] == 'n';
	struct connect_limits limits = {
		clock_mono() + 20 * CLOCK_SECOND,
		clock_mono() + (waits ? CLOCK_SECOND / 5 : 20 * CLOCK_SECOND),
	};
	enum connect_result result;
	pthread_t thread;

	pthread_create(&thread, NULL, smtpd_main, &smtpd);
	result = connect_reach(&to, &peer, &limits, &got, &why);
	ck_assert_msg(result == row->result, "%s: %d %s", row->why, result,
		      memory);
	if (row->said)
		ck_assert_msg(strstr(memory, row->said) != NULL, "%s: %s",
			      row->why, memory);
	if (result == CONNECT_READY) {
		ck_assert_uint_eq(got.greeting_len, strlen(row->greeting));
		ck_assert_int_eq(memcmp(got.greeting, row->greeting,
					got.greeting_len),
				 0);
		ck_assert_int_ne(fcntl(got.fd, F_GETFL) & O_NONBLOCK, 0);
		ck_assert_int_ne(fcntl(got.fd, F_GETFD) & FD_CLOEXEC, 0);
		close(got.fd);
	}
	pthread_join(thread, NULL);
	if (row->proxy == PROXY_V1 && smtpd.len >= strlen(HEADER_V1))
		ck_assert_int_eq(
			memcmp(smtpd.heard, HEADER_V1, strlen(HEADER_V1)), 0);
	if (row->proxy == PROXY_V2 && smtpd.len >= sizeof(HEADER_V2) - 1)
		ck_assert_int_eq(memcmp(smtpd.heard, HEADER_V2,
					sizeof(HEADER_V2) - 1),
				 0);
}
END_TEST

START_TEST(a_greeting_has_an_end)
{
	static char endless[8192];
	struct row row = { .says = { endless }, .how = STAYS };
	struct smtpd smtpd = { .row = &row };
	struct connect to = to_listener(&smtpd.listener, PROXY_NONE);
	static struct connected got;
	char memory[512];
	struct sbuf why = SBUF(memory);
	int client;
	struct peer peer = caller(&client);
	struct connect_limits limits = { clock_mono() + 20 * CLOCK_SECOND,
					 clock_mono() + 20 * CLOCK_SECOND };
	pthread_t thread;

	for (size_t i = 0; i + 8 < sizeof(endless); i += 7)
		memcpy(endless + i, "220-x\r\n", 7);
	pthread_create(&thread, NULL, smtpd_main, &smtpd);
	ck_assert_int_eq(connect_reach(&to, &peer, &limits, &got, &why),
			 CONNECT_NO_SMTPD);
	ck_assert_ptr_nonnull(strstr(memory, "never ends"));
	pthread_join(thread, NULL);
}
END_TEST

/* Its first words stay where they are; only its leaving is noticed. */
START_TEST(the_client_is_watched_and_not_read)
{
	struct row row = { .says = { "<200" }, .how = STAYS };
	struct smtpd smtpd = { .row = &row };
	struct connect to = to_listener(&smtpd.listener, PROXY_V2);
	static struct connected got;
	char memory[512];
	struct sbuf why = SBUF(memory);
	int client;
	struct peer peer = caller(&client);
	struct connect_limits limits = { clock_mono() + 20 * CLOCK_SECOND,
					 clock_mono() + 20 * CLOCK_SECOND };
	pthread_t thread;

	ck_assert_int_eq(write(client, "EHLO x\r\n", 8), 8);
	sockets_reset(client);
	pthread_create(&thread, NULL, smtpd_main, &smtpd);
	ck_assert_int_eq(connect_reach(&to, &peer, &limits, &got, &why),
			 CONNECT_GONE);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(smtpd.len, sizeof(HEADER_V2) - 1);
}
END_TEST

START_TEST(nobody_there)
{
	int listener, client;
	struct connect to = to_listener(&listener, PROXY_V2);
	struct peer peer = caller(&client);
	static struct connected got;
	char memory[512];
	struct sbuf why = SBUF(memory);
	struct connect_limits limits = { clock_mono() + 20 * CLOCK_SECOND,
					 clock_mono() + 20 * CLOCK_SECOND };

	close(listener);
	ck_assert_int_eq(connect_reach(&to, &peer, &limits, &got, &why),
			 CONNECT_NOT_OPEN);
	ck_assert_str_eq(memory, strerror(ECONNREFUSED));
}
END_TEST

START_TEST(a_probe_takes_its_leave)
{
	struct row row = { .says = { NULL, "220 x\r\n", "<6", "250 ok\r\n",
				     "<6", "221 bye\r\n" },
			   .how = CLOSES };
	struct smtpd smtpd = { .row = &row };
	struct connect to = to_listener(&smtpd.listener, PROXY_V1);
	char memory[512], want[128], length[16];
	struct sbuf said = SBUF(memory);
	struct connect_limits limits = { clock_mono() + 20 * CLOCK_SECOND,
					 clock_mono() + 20 * CLOCK_SECOND };
	pthread_t thread;

	snprintf(want, sizeof(want),
		 "PROXY TCP4 127.0.0.1 127.0.0.1 65535 %u\r\nNOOP\r\nQUIT\r\n",
		 to.server.port);
	snprintf(length, sizeof(length), "<%zu", strlen(want) - 12);
	row.says[0] = length;
	pthread_create(&thread, NULL, smtpd_main, &smtpd);
	ck_assert_int_eq(connect_probe(&to, &limits, &said), CONNECT_READY);
	ck_assert_str_eq(memory, "220 x");
	pthread_join(thread, NULL);
	ck_assert_uint_eq(smtpd.len, strlen(want));
	ck_assert_int_eq(memcmp(smtpd.heard, want, smtpd.len), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("connect");

	tcase_add_loop_test(tc, settings_are_read, 0, ROWS(settings));
	tcase_add_loop_test(tc, this_host_is_known, 0, ROWS(places));
	tcase_add_loop_test(tc, only_an_smtpd_that_understands_gets_the_client,
			    0, ROWS(rows));
	tcase_add_test(tc, a_greeting_has_an_end);
	tcase_add_test(tc, the_client_is_watched_and_not_read);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, a_probe_takes_its_leave);
	return unit_run();
}
