#include "triplet/shared_ledger.h"

#include "base/clock.h"
#include "fake_redis.h"

#define T   INT64_C(1700000000)
#define DAY INT64_C(86400)
#define NOW CLOCK_SECOND

static const struct judge_rules rules = {
	.delay = 300,
	.retry_window = 2 * DAY,
	.enough = 5,
};

static const struct shared_question question = {
	.triplet = { "10.0.0.0/a/b", 12 },
	.client = { "10.0.0.1", 8 },
};

#define ASKED                                                      \
	"*3\r\n$4\r\nMGET\r\n$29\r\nsmtp-screen:grey:10.0.0.0/a/b" \
	"\r\n$25\r\nsmtp-screen:grey:10.0.0.1\r\n"

static struct shared_ledger ledger;
static struct shared_answer answer;
static unsigned who;

static void setup(void)
{
	struct cache_server server;

	fake_listen();
	server = fake_server();
	shared_ledger_init(&ledger, &server, "", &rules, 35 * DAY);
}

static void teardown(void)
{
	shared_ledger_close(&ledger);
	fake_end();
}

static bool next_at(int64_t now)
{
	return shared_ledger_next(&ledger, now, &who, &answer);
}

/* ---- asking ------------------------------------------------------ */

START_TEST(answers_come_to_who_has_asked)
{
	int64_t deadline;

	ck_assert(shared_ledger_ask(&ledger, &question, 7, NOW));
	ck_assert(shared_ledger_ask(&ledger, &question, 8, NOW));
	ck_assert_str_eq(fake_read(), ASKED ASKED);
	ck_assert(!next_at(NOW));
	ck_assert_int_eq(shared_ledger_pollfd(&ledger, &deadline).fd,
			 ledger.redis.fd);
	ck_assert_int_eq(deadline, NOW + SHARED_LEDGER_PATIENCE);
	fake_say("*2\r\n$5\r\n10,20\r\n$-1\r\n*2\r\n$-1\r\n$3\r\n4,5\r\n");
	ck_assert(next_at(NOW));
	ck_assert_uint_eq(who, 7);
	ck_assert(answer.triplet.known && answer.triplet.first == 10 &&
		  answer.triplet.last == 20 && !answer.client.known);
	ck_assert(next_at(NOW));
	ck_assert_uint_eq(who, 8);
	ck_assert(!answer.triplet.known && answer.client.known &&
		  answer.client.count == 4 && answer.client.last == 5);
	ck_assert(!next_at(NOW));
	ck_assert_ptr_null(ledger.trouble);
}
END_TEST

START_TEST(pools_have_their_places)
{
	struct shared_question q = question;

	q.pool[1] = SPAN("p");
	ck_assert(shared_ledger_ask(&ledger, &q, 1, NOW));
	fake_read();
	fake_say("*3\r\n$-1\r\n$-1\r\n$3\r\n1,2\r\n");
	ck_assert(next_at(NOW));
	ck_assert(!answer.pool[0].known && answer.pool[1].known);
}
END_TEST

START_TEST(what_is_too_long_is_not_asked)
{
	static char name[SHARED_LEDGER_NAME + 1];
	struct shared_question q = question;

	q.pool[0] = (struct span){ name, sizeof(name) };
	ck_assert(!shared_ledger_ask(&ledger, &q, 1, NOW));
	ck_assert_int_eq(ledger.redis.fd, -1);
	ck_assert_ptr_null(ledger.trouble);
}
END_TEST

/* All that are open are given back, and it is left alone for a while. */
static void all_fail(int64_t now)
{
	ck_assert(next_at(now) && who == 1 && !answer.triplet.known);
	ck_assert(next_at(now) && who == 2 && !answer.triplet.known);
	ck_assert(!next_at(now));
	ck_assert_ptr_nonnull(ledger.trouble);
	ck_assert(!shared_ledger_ask(&ledger, &question, 3, now));
	now += SHARED_LEDGER_PAUSE_S * CLOCK_SECOND;
	fake_hang_up();
	ck_assert(shared_ledger_ask(&ledger, &question, 3, now));
	ck_assert_str_eq(fake_read(), ASKED);
	fake_say("*2\r\n$-1\r\n$-1\r\n");
	ck_assert(next_at(now) && who == 3);
}

static void ask_twice(void)
{
	ck_assert(shared_ledger_ask(&ledger, &question, 1, NOW));
	ck_assert(shared_ledger_ask(&ledger, &question, 2, NOW));
	fake_read();
}

START_TEST(silence_ends)
{
	ask_twice();
	ck_assert(!next_at(NOW + SHARED_LEDGER_PATIENCE - 1));
	all_fail(NOW + SHARED_LEDGER_PATIENCE);
}
END_TEST

static const char *const nonsense[] = {
	"",
	"HTTP/1.1 400\r\n",
	"*1\r\n$-1\r\n",
	"+OK\r\n",
	"*3\r\n$-1\r\n$-1\r\n$-1\r\n",
	":1\r\n",
	"-NOAUTH\r\n",
	"*2\r\n$3\r\n1,",
};

START_TEST(nonsense_ends)
{
	ask_twice();
	fake_say(nonsense[_i]);
	fake_hang_up();
	all_fail(NOW);
}
END_TEST

START_TEST(an_idle_end_is_no_trouble)
{
	ask_twice();
	fake_say("*2\r\n$-1\r\n$-1\r\n*2\r\n$-1\r\n$-1\r\n");
	ck_assert(next_at(NOW) && next_at(NOW) && !next_at(NOW));
	fake_hang_up();
	ck_assert(!next_at(NOW));
	ck_assert_ptr_null(ledger.trouble);
	ck_assert(shared_ledger_ask(&ledger, &question, 3, NOW));
	ck_assert_str_eq(fake_read(), ASKED);
}
END_TEST

/* ---- telling ----------------------------------------------------- */

static struct ledger_case judged(int64_t first, int64_t last, int64_t now)
{
	struct ledger_case c = {
		.triplet = SPAN("n/a/b"),
		.client = SPAN("c"),
		.facts = { .now = now, .triplet = { last > 0, first, last } },
	};

	judge(&rules, &c.facts, &c.verdict);
	return c;
}

static const struct {
	const char *why;
	int64_t first, last, now;
	const char *told;
} news[] = {
	{ "new", 0, 0, T,
	  "*5\r\n$3\r\nSET\r\n$22\r\nsmtp-screen:grey:n/a/b\r\n$21\r\n"
	  "1700000000,1700000000\r\n$2\r\nEX\r\n$6\r\n172800\r\n" },
	{ "passes", T, T, T + 300,
	  "*5\r\n$3\r\nSET\r\n$22\r\nsmtp-screen:grey:n/a/b\r\n$21\r\n"
	  "1700000000,1700000300\r\n$2\r\nEX\r\n$7\r\n3024000\r\n"
	  "*5\r\n$3\r\nSET\r\n$18\r\nsmtp-screen:grey:c\r\n$12\r\n"
	  "1,1700000300\r\n$2\r\nEX\r\n$7\r\n3024000\r\n" },
	{ "known", T, T + 300, T + 301, "" },
	{ "known, the next day", T, T + 300, T + DAY,
	  "*5\r\n$3\r\nSET\r\n$22\r\nsmtp-screen:grey:n/a/b\r\n$21\r\n"
	  "1700000000,1700086400\r\n$2\r\nEX\r\n$7\r\n3024000\r\n" },
};

START_TEST(news_are_told)
{
	struct ledger_case c =
		judged(news[_i].first, news[_i].last, news[_i].now);

	/* it listens already */
	ask_twice();
	shared_ledger_tell(&ledger, &c, NOW);
	ck_assert_msg(strcmp(fake_read(), news[_i].told) == 0, "%s",
		      news[_i].why);
}
END_TEST

START_TEST(a_refusal_is_trouble_until_one_is_taken)
{
	struct ledger_case c = judged(0, 0, T);

	shared_ledger_tell(&ledger, &c, NOW);
	fake_read();
	fake_say("-OOM command not allowed\r\n");
	ck_assert(!next_at(NOW));
	ck_assert_ptr_nonnull(strstr(ledger.trouble, "memory is full"));
	/* what it knows counts meanwhile */
	ck_assert(shared_ledger_ask(&ledger, &question, 1, NOW));
	fake_say("*2\r\n$-1\r\n$-1\r\n");
	ck_assert(next_at(NOW));
	ck_assert_ptr_nonnull(ledger.trouble);
	shared_ledger_tell(&ledger, &c, NOW);
	fake_say("+OK\r\n");
	ck_assert(!next_at(NOW));
	ck_assert_ptr_null(ledger.trouble);
}
END_TEST

/* Whoever does not read holds up nobody: what has no place is not asked. */
START_TEST(a_full_pipe_is_not_waited_for)
{
	unsigned asked = 0;

	while (asked < 2 * SHARED_LEDGER_OPEN &&
	       shared_ledger_ask(&ledger, &question, asked, NOW))
		asked++;
	ck_assert_uint_gt(asked, 0);
	ck_assert_uint_le(asked, SHARED_LEDGER_OPEN);
	ck_assert_ptr_null(ledger.trouble);
	for (unsigned i = 0; i < asked; i++)
		ck_assert(next_at(NOW + SHARED_LEDGER_PATIENCE) && who == i);
	ck_assert(!next_at(NOW + SHARED_LEDGER_PATIENCE));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("shared_ledger");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_come_to_who_has_asked);
	tcase_add_test(tc, pools_have_their_places);
	tcase_add_test(tc, what_is_too_long_is_not_asked);
	tcase_add_test(tc, silence_ends);
	tcase_add_loop_test(tc, nonsense_ends, 0, ROWS(nonsense));
	tcase_add_test(tc, an_idle_end_is_no_trouble);
	tcase_add_loop_test(tc, news_are_told, 0, ROWS(news));
	tcase_add_test(tc, a_refusal_is_trouble_until_one_is_taken);
	tcase_add_test(tc, a_full_pipe_is_not_waited_for);
	return unit_run();
}
