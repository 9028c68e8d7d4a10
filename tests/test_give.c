#include "handoff/give.h"

#include "options.h"
#include "sockets.h"
#include "unit.h"

#include <fcntl.h>

static struct peer *caller(void)
{
	static struct peer peer;
	bool has_port;
	int pair[2];

	sockets_tcp_pair(pair);
	ck_assert_int_eq(stream_open(&peer.stream, pair[0], pair[0]), 0);
	endpoint_parse(SPAN("192.0.2.7:4321"), &peer.client, &has_port);
	endpoint_parse(SPAN("192.0.2.25:25"), &peer.server, &has_port);
	return &peer;
}

static const struct {
	const char *handoff, *what, *remedy, *reply, *later_reply;
} failures[] = {
	{ "handoff=exec:/no/such/smtpd",
	  "cannot start /no/such/smtpd: No such file", "check the command",
	  "421 4.3.0", "421 4.3.0" },
	{ "handoff=pass:/no/such/smtpd", "to /no/such/smtpd: No such file",
	  "of type pass", "421 4.3.2 All server ports are busy",
	  "421 4.3.2 No system resources" },
	{ "handoff=pass:/dev/null", "Connection refused",
	  "Postfix does not run", "421 4.3.2 All server ports are busy",
	  "421 4.3.2 No system resources" },
};

START_TEST(a_failure_says_what_and_what_to_do)
{
	const char *options[] = { failures[_i].handoff };
	struct conf conf = options_load(options, 1);
	struct give_trouble f;
	struct connected opened;
	struct handoff handoff;
	struct report report;
	struct peer *peer = caller();

	report_init(&report, &arena);
	ck_assert(handoff_choose(&conf, peer, NULL, &arena, &report, &handoff));
	ck_assert_int_eq(give_client(&handoff, peer, &opened, &f), GIVE_FAILED);
	ck_assert_msg(strstr(f.what, failures[_i].what) != NULL, "%s", f.what);
	ck_assert_msg(strstr(f.remedy, failures[_i].remedy) != NULL, "%s",
		      f.remedy);
	ck_assert_ptr_eq(strstr(f.reply, failures[_i].reply), f.reply);
	ck_assert_ptr_eq(strstr(f.later_reply, failures[_i].later_reply),
			 f.later_reply);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("give");

	tcase_add_loop_test(tc, a_failure_says_what_and_what_to_do, 0,
			    ROWS(failures));
	return unit_run();
}
