#include "base/clock.h"
#include "triplet/ledger.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#define T    INT64_C(1700000000)
#define LONG (clock_mono() + 30 * CLOCK_SECOND)

static const struct judge_rules rules = {
	.delay = 300,
	.retry_window = 172800,
	.enough = 2,
};
static char dir[64], file[80], lock[80];
static struct cache store;

static void make(void)
{
	strcpy(dir, "/tmp/test_ledger.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.gdbm", dir);
	snprintf(lock, sizeof(lock), "%s/a.lock", dir);
	cache_init(&store, file);
}

static void drop(void)
{
	cache_close(&store);
	unlink(file);
	unlink(lock);
	rmdir(dir);
}

/* ---- values ------------------------------------------------------ */

static const struct {
	const char *text;
	bool good;
	int64_t first, last;
} values[] = {
	{ "1700000000,1700000304", true, T, T + 304 },
	{ "1,2", true, 1, 2 },
	{ "1,0000002", true, 1, 2 },
	{ "1,2,3", true, 1, 2 }, /* Postgrey's of old */
	{ "1", false, 0, 0 },
	{ "", false, 0, 0 },
	{ "1;2", false, 0, 0 },
	{ "-1,2", false, 0, 0 },
	{ "a,2", false, 0, 0 },
	{ "1,2x", false, 0, 0 },
	{ "99999999999999999999,2", false, 0, 0 },
};

START_TEST(values_are_read)
{
	struct judge_triplet t = { .known = false };
	struct judge_client c = { .known = false };
	struct span text = span_of(values[_i].text);

	ck_assert_msg(ledger_parse_triplet(text, &t) == values[_i].good, "%s",
		      values[_i].text);
	ck_assert(ledger_parse_client(text, &c) == values[_i].good);
	ck_assert(t.known == values[_i].good && c.known == values[_i].good);
	ck_assert_int_eq(t.first, values[_i].first);
	ck_assert_int_eq(t.last, values[_i].last);
	ck_assert_int_eq((int64_t)c.count, values[_i].first);
}
END_TEST

START_TEST(values_never_become_shorter)
{
	struct judge_triplet t = { true, T, 5 }, back;
	char memory[LEDGER_VALUE + 1];

	for (size_t old = 0; old <= LEDGER_VALUE; old++) {
		struct sbuf text = SBUF(memory);

		ledger_format_triplet(&t, old, &text);
		ck_assert(sbuf_fitted(&text));
		ck_assert_uint_ge(text.len, old);
		ck_assert(ledger_parse_triplet(sbuf_span(&text), &back));
		ck_assert(back.first == T && back.last == 5);
	}
}
END_TEST

START_TEST(clients_are_told_from_triplets)
{
	ck_assert(ledger_is_client(SPAN("192.0.2.1")));
	ck_assert(ledger_is_client(SPAN("2001:db8::1")));
	ck_assert(ledger_is_client(SPAN("c:0123")));
	ck_assert(!ledger_is_client(SPAN("t:0123")));
	ck_assert(!ledger_is_client(SPAN("192.0.2.0/a@x/b@y")));
	ck_assert(!ledger_is_client(SPAN("2001:db8::/a@x/b@y")));
}
END_TEST

/* ---- a batch ----------------------------------------------------- */

static struct ledger_case case_of(const char *sender, int64_t now)
{
	return (struct ledger_case){
		.triplet = span_of(sender),
		.client = SPAN("192.0.2.1"),
		.facts = { .now = now },
	};
}

/* Nothing is remembered of what others may know better, until they have
 * said. */
START_TEST(others_are_asked_first)
{
	struct ledger_case c = case_of("n/a/r", T), again;

	c.tentative = true;
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert(c.unsettled && !c.verdict.pass);
	c = case_of("n/a/r", T + 1);
	c.others.triplet = (struct judge_triplet){ true, T - 299, T - 299 };
	c.others.client = (struct judge_client){ true, 1, T - 4000 };
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert(!c.unsettled && c.verdict.first_pass &&
		  c.verdict.waited == 300 && c.verdict.client_became_known);
	/* what they said is known here now */
	again = case_of("n/b/r", T + 2);
	again.tentative = true;
	ck_assert_int_eq(ledger_judge(&store, &rules, &again, 1, LONG), 0);
	ck_assert(!again.unsettled);
	ck_assert_int_eq(again.verdict.reason, JUDGE_CLIENT_KNOWN);
}
END_TEST

START_TEST(a_batch_is_judged_in_order)
{
	struct ledger_case cases[] = {
		case_of("n/a/r", T),	   case_of("n/b/r", T),
		case_of("n/a/r", T + 1),   case_of("n/a/r", T + 300),
		case_of("n/a/r", T + 301),
	};

	ck_assert_int_eq(ledger_judge(&store, &rules, cases, 5, LONG), 0);
	ck_assert_int_eq(cases[0].verdict.reason, JUDGE_NEW);
	ck_assert_int_eq(cases[1].verdict.reason, JUDGE_NEW);
	ck_assert_int_eq(cases[2].verdict.reason, JUDGE_EARLY);
	ck_assert(cases[3].verdict.first_pass);
	ck_assert(cases[4].verdict.pass && !cases[4].verdict.first_pass);
	/* and another process goes on from there */
	cache_close(&store);
	cases[0] = case_of("n/b/r", T + 4000);
	cases[1] = case_of("n/c/r", T + 4000);
	ck_assert_int_eq(ledger_judge(&store, &rules, cases, 2, LONG), 0);
	ck_assert(cases[0].verdict.client_became_known);
	ck_assert_int_eq(cases[1].verdict.reason, JUDGE_CLIENT_KNOWN);
}
END_TEST

START_TEST(a_pool_is_remembered)
{
	struct ledger_case c = case_of("n/a/r", T);

	c.pool = SPAN("pool:x/a/r");
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert_int_eq(c.verdict.reason, JUDGE_NEW);
	/* another network */
	c = case_of("m/a/r", T + 300);
	c.pool = SPAN("pool:x/a/r");
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert_int_eq(c.verdict.reason, JUDGE_POOL_FOUND);
	ck_assert(c.verdict.first_pass && c.verdict.waited == 300);
	/* which is known by itself from then on */
	c = case_of("m/a/r", T + 301);
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert_int_eq(c.verdict.reason, JUDGE_FOUND);
	/* and one that has none is not helped */
	c = case_of("o/a/r", T + 302);
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert_int_eq(c.verdict.reason, JUDGE_NEW);
}
END_TEST

static int put(struct cache_edit *e, void *context)
{
	return cache_edit_store(e, SPAN("n/a/r"), 0, span_of(context));
}

static const char *const strange[] = {
	"",
	"rubbish",
	"1;1;1;1;1;0;0;0",
	("1111111111111111111111111111111111111111111111111111111111111111"
	 "1111111111111111111111111111111111111111111111111111111111111111"),
};

START_TEST(a_strange_value_is_none)
{
	union {
		const char *in;
		void *out;
	} value = { .in = strange[_i] };
	struct ledger_case c = case_of("n/a/r", T);

	ck_assert_int_eq(cache_edit(&store, put, value.out, LONG), 0);
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert_int_eq(c.verdict.reason, JUDGE_NEW);
	c = case_of("n/a/r", T + 300);
	ck_assert_int_eq(ledger_judge(&store, &rules, &c, 1, LONG), 0);
	ck_assert(c.verdict.first_pass);
}
END_TEST

/* ---- entries from elsewhere -------------------------------------- */

#define TRIPLET_OF(first, last)                  \
	{                                        \
		.triplet = { true, first, last } \
	}
#define CLIENT_OF(count, last)                                     \
	{                                                          \
		.is_client = true, .client = { true, count, last } \
	}

static const struct {
	const char *why;
	struct ledger_entry there, comes;
	const char *joined;
} joins[] = {
	{ "one that has passed beats one that waits", TRIPLET_OF(T, T + 5),
	  TRIPLET_OF(1000, 1600), "1000,0000000000001600" },
	{ "and stays", TRIPLET_OF(1000, 1600), TRIPLET_OF(T, T + 5), NULL },
	{ "of two that wait for as long the later", TRIPLET_OF(1000, 1000),
	  TRIPLET_OF(2000, 2000), "2000,2000" },
	{ "the same", TRIPLET_OF(1000, 1600), TRIPLET_OF(1000, 1600), NULL },
	{ "a client's higher count", CLIENT_OF(2, T), CLIENT_OF(7, 1000),
	  "7,1700000000" },
	{ "a client's later time", CLIENT_OF(7, 1000), CLIENT_OF(2, T),
	  "7,1700000000" },
	{ "the same client", CLIENT_OF(7, T), CLIENT_OF(7, T), NULL },
};

static int get(struct cache_edit *e, void *context)
{
	return cache_edit_fetch(e, SPAN("n"), context);
}

START_TEST(a_join_keeps_the_better)
{
	struct ledger_entry there = joins[_i].there, comes = joins[_i].comes;
	const char *joined = joins[_i].joined;
	char memory[LEDGER_VALUE + 1];
	struct sbuf before = SBUF(memory);
	char again[LEDGER_VALUE + 1];
	struct sbuf after = SBUF(again);

	there.name = comes.name = SPAN("n");
	ck_assert_int_eq(ledger_join(&store, &there, 1, LONG), 1);
	ck_assert_int_eq(cache_edit(&store, get, &before, LONG), 1);
	ck_assert_msg(ledger_join(&store, &comes, 1, LONG) == (joined != NULL),
		      "%s", joins[_i].why);
	ck_assert_int_eq(cache_edit(&store, get, &after, LONG), 1);
	ck_assert_str_eq(again, joined ? joined : memory);
	ck_assert_int_eq(ledger_join(&store, &comes, 1, LONG), 0);
	ck_assert_int_eq(ledger_join(&store, &there, 1, LONG), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("ledger");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_loop_test(tc, values_are_read, 0, ROWS(values));
	tcase_add_test(tc, values_never_become_shorter);
	tcase_add_test(tc, clients_are_told_from_triplets);
	tcase_add_test(tc, others_are_asked_first);
	tcase_add_test(tc, a_batch_is_judged_in_order);
	tcase_add_test(tc, a_pool_is_remembered);
	tcase_add_loop_test(tc, a_strange_value_is_none, 0, ROWS(strange));
	tcase_add_loop_test(tc, a_join_keeps_the_better, 0, ROWS(joins));
	return unit_run();
}
