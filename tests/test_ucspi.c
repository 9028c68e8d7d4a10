#include "handoff/ucspi.h"

#include "unit.h"

#define TCPSERVER                                                              \
	"PROTO=TCP", "TCPREMOTEIP=192.0.2.1", "TCPREMOTEPORT=99",              \
		"TCPLOCALIP=192.0.2.25", "TCPLOCALPORT=25", "TCPLOCALHOST=mx", \
		"TCPREMOTEHOST=client.example", "TCPREMOTEINFO=joe",           \
		"RELAYCLIENT="

#define OTHERS                                                       \
	"PROTO=TCP", "TCPREMOTEIP=203.0.113.9", "TCPREMOTEPORT=1",   \
		"TCPLOCALIP=203.0.113.1", "TCPLOCALPORT=2525",       \
		"TCPLOCALHOST=mx", "TCPREMOTEHOST=balancer.example", \
		"TCPREMOTEINFO=joe", "RELAYCLIENT=", "REMOTE_ADDR=203.0.113.9"

/* All of ours and nothing else, in the order of names. */
#define OURS                                               \
	"PROTO=TCP TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 " \
	"TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=4321"

static const struct {
	const char *why;
	enum peer_source source;
	const char *client;
	const char *before[16];
	const char *after;
} rows[] = {
	{ "nothing there: all is set",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PATH=/bin" },
	  "PATH=/bin " OURS },
	{ "tcpserver's own words stay",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { TCPSERVER },
	  "PROTO=TCP RELAYCLIENT= TCPLOCALHOST=mx TCPLOCALIP=192.0.2.25 "
	  "TCPLOCALPORT=25 TCPREMOTEHOST=client.example TCPREMOTEINFO=joe "
	  "TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=99" },
	{ "a missing port is added",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PROTO=TCP", "TCPREMOTEIP=192.0.2.1", "RELAYCLIENT=" },
	  "PROTO=TCP RELAYCLIENT= TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=4321" },
	{ "somebody else's words go",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { OTHERS },
	  "PROTO=TCP TCPLOCALHOST=mx TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=4321" },
	{ "no address at all is somebody else's",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "TCPREMOTEIP=unknown", "RELAYCLIENT=@fix" },
	  OURS },
	{ "a PROXY header beats equal words",
	  PEER_FROM_PROXY,
	  "192.0.2.1:4321",
	  { TCPSERVER },
	  "PROTO=TCP TCPLOCALHOST=mx TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=4321" },
	{ "--client too",
	  PEER_FROM_OPTION,
	  "192.0.2.1:4321",
	  { OTHERS },
	  "PROTO=TCP TCPLOCALHOST=mx TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=4321" },
	{ "systemd's names are kept",
	  PEER_FROM_ENVIRONMENT,
	  "192.0.2.1:4321",
	  { "REMOTE_ADDR=192.0.2.1", "REMOTE_PORT=4321" },
	  "PROTO=TCP REMOTE_ADDR=192.0.2.1 REMOTE_PORT=4321 "
	  "TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 TCPREMOTEIP=192.0.2.1 "
	  "TCPREMOTEPORT=4321" },
	{ "tcpserver -6 and IPv4",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PROTO=TCP6", "TCPREMOTEIP=::ffff:192.0.2.1", "TCPREMOTEPORT=4321",
	    "TCPLOCALIP=::ffff:192.0.2.25", "TCPLOCALPORT=25",
	    "TCP6REMOTEIP=::ffff:192.0.2.1", "TCP6REMOTEPORT=4321",
	    "TCP6LOCALIP=::ffff:192.0.2.25", "TCP6LOCALPORT=25",
	    "RELAYCLIENT=" },
	  "PROTO=TCP6 RELAYCLIENT= TCP6LOCALIP=::ffff:192.0.2.25 "
	  "TCP6LOCALPORT=25 TCP6REMOTEIP=::ffff:192.0.2.1 TCP6REMOTEPORT=4321 "
	  "TCPLOCALIP=::ffff:192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=::ffff:192.0.2.1 TCPREMOTEPORT=4321" },
	{ "TCP6 without its own names",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PROTO=TCP6", "TCPREMOTEIP=::ffff:192.0.2.1" },
	  "PROTO=TCP6 TCP6LOCALIP=192.0.2.25 TCP6LOCALPORT=25 "
	  "TCP6REMOTEIP=192.0.2.1 TCP6REMOTEPORT=4321 TCPLOCALIP=192.0.2.25 "
	  "TCPLOCALPORT=25 TCPREMOTEIP=::ffff:192.0.2.1 TCPREMOTEPORT=4321" },
	{ "TCP6's names lie",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PROTO=TCP6", "TCPREMOTEIP=192.0.2.1",
	    "TCP6REMOTEIP=::ffff:203.0.113.9", "RELAYCLIENT=" },
	  OURS },
	{ "a PROTO with names that we do not know",
	  PEER_FROM_SOCKET,
	  "192.0.2.1:4321",
	  { "PROTO=UNIX", "TCPREMOTEIP=192.0.2.1" },
	  OURS },
	{ "IPv6",
	  PEER_FROM_SOCKET,
	  "[2001:db8::1]:4321",
	  { "TCPREMOTEIP=2001:DB8:0::1" },
	  "PROTO=TCP TCPLOCALIP=192.0.2.25 TCPLOCALPORT=25 "
	  "TCPREMOTEIP=2001:DB8:0::1 TCPREMOTEPORT=4321" },
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What becomes of a row's environment. */
static char *const *made(int row, struct arena *arena)
{
	static char text[16][64]; /* the environment, while it lasts */
	char *before[17] = { NULL };
	struct peer peer = { .source = rows[row].source };
	bool port;

	for (int i = 0; rows[row].before[i]; i++)
		before[i] = strcpy(text[i], rows[row].before[i]);
	ck_assert(
		endpoint_parse(span_of(rows[row].client), &peer.client, &port));
	ck_assert(endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &port));
	return ucspi_environment(before, &peer, arena);
}

START_TEST(environment_tells_the_truth)
{
	struct arena arena;
	char *const *made_for_it;
	char *sorted[40], have[2000];
	struct sbuf all = SBUF(have);
	size_t count = 0;

	ck_assert_int_eq(arena_open(&arena, 4096), 0);
	made_for_it = made(_i, &arena);
	ck_assert_ptr_nonnull(made_for_it);
	for (; made_for_it[count]; count++)
		sorted[count] = made_for_it[count];
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < count; i++) {
		sbuf_add_text(&all, i > 0 ? " " : "");
		sbuf_add_text(&all, sorted[i]);
	}
	ck_assert_msg(strcmp(have, rows[_i].after) == 0,
		      "%s:\nhave %s\nwant %s", rows[_i].why, have,
		      rows[_i].after);
	arena_close(&arena);
}
END_TEST

START_TEST(an_arena_that_is_full_gives_none)
{
	struct arena arena;
	char *const *whole;

	for (size_t size = 16; size < 1024; size += 16) {
		size_t count = 0;

		ck_assert_int_eq(arena_open(&arena, size), 0);
		whole = made(0, &arena);
		while (whole && whole[count])
			count++;
		ck_assert(!whole || count == 6);
		arena_close(&arena);
	}
	ck_assert_ptr_nonnull(whole);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("ucspi");

	tcase_add_loop_test(tc, environment_tells_the_truth, 0, ROWS(rows));
	tcase_add_test(tc, an_arena_that_is_full_gives_none);
	return unit_run();
}
