#include "screen/upstream.h"

#include "log/log.h"
#include "sockets.h"
#include "unit.h"

#define HAPROXY	      "upstream_proxy_protocol=haproxy"
#define OURS	      "mynetworks=198.51.100.0/24 [2001:db8::]/32"
#define NAMES(client) "PROXY TCP4 " client " 198.51.100.1 4321 25\r\n"

static const struct {
	const char *why;
	enum peer_source source;
	const char *option;
	bool expected;
} starts[] = {
	{ "behind a proxy", PEER_FROM_SOCKET, HAPROXY, true },
	{ "by way of a pipe", PEER_FROM_ENVIRONMENT, HAPROXY, true },
	{ "by hand", PEER_FROM_OPTION, HAPROXY, false },
	{ "no proxy", PEER_FROM_SOCKET, "upstream_proxy_protocol=", false },
};

static const struct {
	const char *why;
	const char *proxy, *networks, *header;
	enum upstream end;
	const char *client; /* who is the peer then */
} meetings[] = {
	{ "everybody may", "203.0.113.5", "", NAMES("192.0.2.7"),
	  UPSTREAM_CLIENT, "[192.0.2.7]:4321" },
	{ "one of ours may", "203.0.113.5", "203.0.113.0/28",
	  NAMES("192.0.2.7"), UPSTREAM_CLIENT, "[192.0.2.7]:4321" },
	{ "a stranger may not", "203.0.113.16", "203.0.113.0/28",
	  NAMES("192.0.2.7"), UPSTREAM_REFUSED, "[203.0.113.16]:1" },
	{ "nor when the list cannot be read", "203.0.113.5",
	  "cidr:/no/such/table 203.0.113.5", NAMES("192.0.2.7"),
	  UPSTREAM_REFUSED, "[203.0.113.5]:1" },
	{ "a mistake in the list", "203.0.113.5", "203.0.113.0/99",
	  NAMES("192.0.2.7"), UPSTREAM_MISCONFIGURED, "[203.0.113.5]:1" },
	{ "another machine's loopback is not ours", "203.0.113.5",
	  "203.0.113.5", NAMES("127.0.0.1"), UPSTREAM_REFUSED,
	  "[203.0.113.5]:1" },
	{ "nor its IPv6 loopback", "203.0.113.5", "203.0.113.5",
	  "PROXY TCP6 ::1 ::1 4321 25\r\n", UPSTREAM_REFUSED,
	  "[203.0.113.5]:1" },
	{ "nor mapped", "203.0.113.5", "203.0.113.5",
	  "PROXY TCP6 ::ffff:127.0.0.1 ::1 4321 25\r\n", UPSTREAM_REFUSED,
	  "[203.0.113.5]:1" },
	{ "a proxy on this machine knows", "127.0.0.1", "127.0.0.1",
	  NAMES("127.0.0.1"), UPSTREAM_CLIENT, "[127.0.0.1]:4321" },
	{ "a stranger is none of ours, whatever he says", "203.0.113.5", "",
	  NAMES("198.51.100.7"), UPSTREAM_REFUSED, "[203.0.113.5]:1" },
	{ "nor IPv6", "203.0.113.5", "",
	  "PROXY TCP6 2001:db8::7 ::1 4321 25\r\n", UPSTREAM_REFUSED,
	  "[203.0.113.5]:1" },
	{ "one of us may say so", "198.51.100.5", "", NAMES("198.51.100.7"),
	  UPSTREAM_CLIENT, "[198.51.100.7]:4321" },
	{ "and who is on this machine", "127.0.0.1", "", NAMES("198.51.100.7"),
	  UPSTREAM_CLIENT, "[198.51.100.7]:4321" },
	{ "and a proxy that is named", "203.0.113.5", "203.0.113.5",
	  NAMES("198.51.100.7"), UPSTREAM_CLIENT, "[198.51.100.7]:4321" },
	{ "a health check", "203.0.113.5", "203.0.113.5", "PROXY UNKNOWN\r\n",
	  UPSTREAM_CHECK, "[203.0.113.5]:1" },
	{ "a stranger's health check", "203.0.113.6", "203.0.113.5",
	  "PROXY UNKNOWN\r\n", UPSTREAM_REFUSED, "[203.0.113.6]:1" },
	{ "no header", "203.0.113.5", "", "EHLO x\r\n", UPSTREAM_REFUSED,
	  "[203.0.113.5]:1" },
};

static struct arena arena;
static struct report report;

static struct conf settings(const char *const *options, size_t count)
{
	struct conf_input input = { .file = "x.conf",
				    .options = options,
				    .option_count = count,
				    .stress = "" };
	struct conf conf;

	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	report_init(&report, &arena);
	conf_load_text(&input, SPAN(""), &arena, &report, &conf);
	ck_assert_uint_eq(report.errors, 0);
	return conf;
}

START_TEST(expected_from_all_but_trials)
{
	struct conf conf = settings(&starts[_i].option, 1);
	struct peer peer = { .source = starts[_i].source };

	ck_assert_msg(upstream_expected(&conf, &peer) == starts[_i].expected,
		      "%s", starts[_i].why);
	arena_close(&arena);
}
END_TEST

START_TEST(meet_trusts_whom_it_may)
{
	char networks[100];
	struct sbuf n = SBUF(networks);
	const char *options[] = { HAPROXY, networks, OURS };
	struct peer peer = { .client.port = 1 };
	struct conf conf;
	int pair[2];
	char text[ADDRESS_TEXT + 16], rest[16];
	struct sbuf said = SBUF(text);

	log_open(&(struct log_settings){ .target = "syslog:/no/such/socket",
					 .name = "test",
					 .client = -1 });
	sbuf_addf(&n, "upstream_proxy_networks=%s", meetings[_i].networks);
	conf = settings(options, ROWS(options));
	sockets_tcp_pair(pair);
	ck_assert_int_eq(stream_open(&peer.stream, pair[0], pair[0]), 0);
	ck_assert(address_parse(span_of(meetings[_i].proxy),
				&peer.client.address));
	ck_assert_int_gt(write(pair[1], meetings[_i].header,
			       strlen(meetings[_i].header)),
			 0);
	ck_assert_int_eq(write(pair[1], "QUIT\r\n", 6), 6);
	shutdown(pair[1], SHUT_WR);

	ck_assert_msg(upstream_meet(&conf, &arena, &report, &peer) ==
			      meetings[_i].end,
		      "%s", meetings[_i].why);
	endpoint_format(&peer.client, &said);
	ck_assert_str_eq(text, meetings[_i].client);
	if (meetings[_i].end == UPSTREAM_CLIENT ||
	    meetings[_i].end == UPSTREAM_CHECK) /* and not a byte more */
		ck_assert_int_eq(stream_peek(&peer.stream, rest, sizeof(rest)),
				 6);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("upstream");

	tcase_add_loop_test(tc, expected_from_all_but_trials, 0, ROWS(starts));
	tcase_add_loop_test(tc, meet_trusts_whom_it_may, 0, ROWS(meetings));
	return unit_run();
}
