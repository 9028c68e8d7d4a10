#include "triplet/judge.h"
#include "unit.h"

#include <inttypes.h>

#define T    INT64_C(1700000000)
#define DAY  INT64_C(86400)
#define HOUR INT64_C(3600)

static const struct judge_rules rules = {
	.delay = 300,
	.retry_window = 2 * DAY,
	.enough = 5,
};

/* ---- a triplet --------------------------------------------------- */

/* What is known, when it is, and what follows. */
static const struct {
	const char *why;
	bool known;
	int64_t first, last, now;
	bool pass, first_pass;
	int64_t number; /* missing, or waited when it is the first pass */
	enum judge_reason reason;
	int64_t new_first;
} triplets[] = {
	{ "never seen", false, 0, 0, T, false, false, 300, JUDGE_NEW, T },
	{ "too early", true, T, T, T + 10, false, false, 290, JUDGE_EARLY, T },
	{ "a second too early", true, T, T + 10, T + 299, false, false, 1,
	  JUDGE_EARLY, T },
	{ "in the second", true, T, T + 299, T + 300, true, true, 300,
	  JUDGE_FOUND, T },
	{ "has passed before", true, T, T + 300, T + 301, true, false, 0,
	  JUDGE_FOUND, T },
	{ "has passed long ago", true, T, T + 300, T + 300 * DAY, true, false,
	  0, JUDGE_FOUND, T },
	{ "at the end of the window", true, T, T, T + 2 * DAY, true, true,
	  2 * DAY, JUDGE_FOUND, T },
	{ "behind the window", true, T, T, T + 2 * DAY + 1, false, false, 300,
	  JUDGE_NEW, T + 2 * DAY + 1 },
	{ "early retries do not count as passed", true, T, T + 299,
	  T + 2 * DAY + 1, false, false, 300, JUDGE_NEW, T + 2 * DAY + 1 },
	{ "again in the same second", true, T, T, T, false, false, 300,
	  JUDGE_NEW, T },
	{ "seen in the future", true, T + 9000000, T + 9000000, T, false, false,
	  300, JUDGE_NEW, T },
};

START_TEST(a_triplet_waits_and_passes)
{
	struct judge_facts facts = {
		.now = triplets[_i].now,
		.triplet = { triplets[_i].known, triplets[_i].first,
			     triplets[_i].last },
	};
	struct judge_verdict v;
	const char *why = triplets[_i].why;

	judge(&rules, &facts, &v);
	ck_assert_msg(v.pass == triplets[_i].pass, "%s", why);
	ck_assert_msg(v.first_pass == triplets[_i].first_pass, "%s", why);
	ck_assert_msg(v.reason == triplets[_i].reason, "%s", why);
	ck_assert_msg((v.pass ? v.waited : v.missing) == triplets[_i].number ||
			      (v.pass && !v.first_pass),
		      "%s", why);
	ck_assert_msg(v.store_triplet && v.triplet.known &&
			      v.triplet.first == triplets[_i].new_first &&
			      v.triplet.last == triplets[_i].now,
		      "%s: %" PRId64 ",%" PRId64, why, v.triplet.first,
		      v.triplet.last);
	ck_assert_msg(v.from_future == (triplets[_i].known &&
					triplets[_i].first > triplets[_i].now),
		      "%s", why);
	ck_assert_msg(v.store_client == v.first_pass, "%s", why);
}
END_TEST

/* ---- a pool ------------------------------------------------------ */

/* Seen as first and last, before T; first < 0: never. */
#define AGO(first, last)                              \
	{                                             \
		(first) >= 0, T - (first), T - (last) \
	}

static const struct {
	const char *why;
	struct judge_triplet own, pool;
	bool pass;
	enum judge_reason reason;
	int64_t began; /* before T */
} pools[] = {
	{ "nothing is known", AGO(-1, 0), AGO(-1, 0), false, JUDGE_NEW, 0 },
	{ "another has waited", AGO(-1, 0), AGO(300, 300), true,
	  JUDGE_POOL_FOUND, 300 },
	{ "another is waiting", AGO(-1, 0), AGO(299, 299), false, JUDGE_EARLY,
	  299 },
	{ "another has passed", AGO(-1, 0), AGO(9000, 100), true,
	  JUDGE_POOL_FOUND, 9000 },
	{ "another has passed long ago", AGO(-1, 0), AGO(30 * DAY, 20 * DAY),
	  true, JUDGE_POOL_FOUND, 30 * DAY },
	{ "another came too late", AGO(-1, 0), AGO(2 * DAY + 1, 2 * DAY), false,
	  JUDGE_NEW, 0 },
	{ "it waits since before the other", AGO(300, 10), AGO(100, 10), true,
	  JUDGE_FOUND, 300 },
	{ "the other since before", AGO(100, 100), AGO(300, 100), true,
	  JUDGE_POOL_FOUND, 300 },
	{ "it has passed itself", AGO(300, 0), AGO(9000, 100), true,
	  JUDGE_FOUND, 300 },
	{ "its own wait was too long", AGO(3 * DAY, 3 * DAY), AGO(400, 400),
	  true, JUDGE_POOL_FOUND, 400 },
	{ "the other is from the future",
	  AGO(-1, 0),
	  { true, T + 10, T + 9000 },
	  false,
	  JUDGE_NEW,
	  0 },
	{ "both are the same", AGO(50, 50), AGO(50, 50), false, JUDGE_EARLY,
	  50 },
};

START_TEST(a_pool_waits_together)
{
	struct judge_facts facts = {
		.now = T,
		.triplet = pools[_i].own,
		.pool = pools[_i].pool,
	};
	struct judge_verdict v;

	judge(&rules, &facts, &v);
	ck_assert_msg(v.pass == pools[_i].pass, "%s", pools[_i].why);
	ck_assert_msg(v.reason == pools[_i].reason, "%s", pools[_i].why);
	ck_assert_msg(v.store_triplet && v.triplet.last == T &&
			      v.triplet.first == T - pools[_i].began,
		      "%s", pools[_i].why);
}
END_TEST

/* ---- a client ---------------------------------------------------- */

static const struct {
	const char *why;
	bool known;
	uint64_t count;
	int64_t last;
	bool triplet_passes_now;
	bool by_client, stored, became;
	uint64_t new_count;
} clients[] = {
	{ "nothing known, nothing passed", false, 0, 0, false, false, false,
	  false, 0 },
	{ "the first", false, 0, 0, true, false, true, false, 1 },
	{ "an hour behind the last", true, 2, T - HOUR, true, false, true,
	  false, 3 },
	{ "within the hour", true, 2, T - HOUR + 1, true, false, false, false,
	  0 },
	{ "the last that was missing", true, 4, T - HOUR, true, false, true,
	  true, 5 },
	{ "known, within the hour", true, 5, T - HOUR + 1, false, true, false,
	  false, 0 },
	{ "known, an hour ago", true, 5, T - HOUR, false, true, true, false,
	  6 },
	{ "known, from the future", true, 7, T + 1, false, true, true, false,
	  8 },
	{ "not yet known, from the future", true, 3, T + 1, true, false, false,
	  false, 0 },
};

START_TEST(a_client_becomes_known)
{
	bool waited = clients[_i].triplet_passes_now;
	struct judge_facts facts = {
		.now = T,
		.client = { clients[_i].known, clients[_i].count,
			    clients[_i].last },
		.triplet = { waited, T - 300, T - 300 },
	};
	struct judge_verdict v;
	const char *why = clients[_i].why;

	judge(&rules, &facts, &v);
	ck_assert_msg((v.reason == JUDGE_CLIENT_KNOWN) == clients[_i].by_client,
		      "%s", why);
	ck_assert_msg(v.pass == (clients[_i].by_client || waited), "%s", why);
	ck_assert_msg(v.store_triplet == !clients[_i].by_client, "%s", why);
	ck_assert_msg(v.store_client == clients[_i].stored, "%s", why);
	ck_assert_msg(v.client_became_known == clients[_i].became, "%s", why);
	if (v.store_client)
		ck_assert_msg(v.client.count == clients[_i].new_count &&
				      v.client.last == T,
			      "%s", why);
}
END_TEST

START_TEST(clients_are_not_counted_when_that_is_off)
{
	struct judge_rules off = rules;
	struct judge_facts facts = {
		.now = T,
		.client = { true, 100, T - DAY },
	};
	struct judge_verdict v;

	off.enough = 0;
	judge(&off, &facts, &v);
	ck_assert_int_eq(v.reason, JUDGE_NEW);
	facts.triplet = (struct judge_triplet){ true, T - 300, T - 300 };
	judge(&off, &facts, &v);
	ck_assert(v.first_pass && !v.store_client);
}
END_TEST

/* ---- standing ---------------------------------------------------- */

static const struct {
	enum judge_standing standing;
	bool needs_store;
	enum judge_reason reason;
} standings[] = {
	{ JUDGE_STANDING_NONE, true, JUDGE_NEW },
	{ JUDGE_STANDING_TRUSTED, false, JUDGE_CLIENT_TRUSTED },
	{ JUDGE_STANDING_VOUCHED, false, JUDGE_CLIENT_VOUCHED },
	{ JUDGE_STANDING_ORDINARY, false, JUDGE_CLIENT_ORDINARY },
};

START_TEST(who_stands_well_is_not_delayed)
{
	struct judge_facts facts = {
		.now = T,
		.standing = standings[_i].standing,
	};
	struct judge_verdict v;

	ck_assert(judge_needs_store(&facts) == standings[_i].needs_store);
	judge(&rules, &facts, &v);
	ck_assert_int_eq(v.reason, standings[_i].reason);
	ck_assert(v.pass == !standings[_i].needs_store);
	ck_assert(v.store_triplet == standings[_i].needs_store);
}
END_TEST

/* ---- exempt ------------------------------------------------------ */

START_TEST(who_is_exempt_needs_no_store)
{
	struct judge_facts facts = { .now = T };
	struct judge_verdict v;

	ck_assert(judge_needs_store(&facts));
	facts.expected = true;
	ck_assert(!judge_needs_store(&facts));
	judge(&rules, &facts, &v);
	ck_assert(v.pass && !v.first_pass && !v.store_triplet &&
		  !v.store_client && v.reason == JUDGE_EXPECTED);
	facts.recipient_exempt = true;
	ck_assert(!judge_needs_store(&facts));
	judge(&rules, &facts, &v);
	ck_assert(v.pass && !v.first_pass && !v.store_triplet &&
		  !v.store_client && v.reason == JUDGE_RECIPIENT_EXEMPT);
	facts.client_exempt = true;
	ck_assert(!judge_needs_store(&facts));
	judge(&rules, &facts, &v);
	ck_assert(v.pass && !v.first_pass && !v.store_triplet &&
		  !v.store_client && v.reason == JUDGE_CLIENT_EXEMPT);
}
END_TEST

/* ---- what others know -------------------------------------------- */

static const struct {
	const char *why;
	struct judge_triplet one, that;
	bool more;
} elsewhere[] = {
	{ "nothing", { false, 0, 0 }, { false, 0, 0 }, false },
	{ "waits only there", { true, T - 10, T }, { false, 0, 0 }, true },
	{ "waits there for longer",
	  { true, T - 20, T },
	  { true, T - 10, T },
	  true },
	{ "waits here for longer",
	  { true, T - 10, T },
	  { true, T - 20, T },
	  false },
	{ "the wait here is over",
	  { true, T - 10, T },
	  { true, T - 3 * DAY, T - 3 * DAY },
	  true },
	{ "the wait there is over",
	  { true, T - 3 * DAY, T - 3 * DAY },
	  { false, 0, 0 },
	  false },
	{ "has passed there", { true, T - 400, T }, { true, T - 20, T }, true },
	{ "has passed here",
	  { true, T - 500, T },
	  { true, T - 400, T },
	  false },
	{ "begins in the future",
	  { true, T + 9, T + 9 },
	  { false, 0, 0 },
	  false },
	{ "has passed in the future",
	  { true, T + 9, T + 999 },
	  { false, 0, 0 },
	  false },
};

START_TEST(the_better_of_two_places_counts)
{
	ck_assert_msg(judge_counts_more(&rules, &elsewhere[_i].one,
					&elsewhere[_i].that,
					T) == elsewhere[_i].more,
		      "%s", elsewhere[_i].why);
}
END_TEST

START_TEST(clients_of_two_places_are_joined)
{
	struct judge_client none = { .known = false }, a = { true, 3, 10 },
			    b = { true, 2, 20 };
	struct judge_client both = judge_join_clients(&a, &b);

	ck_assert(both.known && both.count == 3 && both.last == 20);
	both = judge_join_clients(&b, &a);
	ck_assert(both.known && both.count == 3 && both.last == 20);
	ck_assert(judge_join_clients(&none, &a).count == 3);
	ck_assert(judge_join_clients(&a, &none).last == 10);
	ck_assert(!judge_join_clients(&none, &none).known);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("judge");

	tcase_add_loop_test(tc, a_triplet_waits_and_passes, 0, ROWS(triplets));
	tcase_add_loop_test(tc, a_client_becomes_known, 0, ROWS(clients));
	tcase_add_test(tc, clients_are_not_counted_when_that_is_off);
	tcase_add_loop_test(tc, a_pool_waits_together, 0, ROWS(pools));
	tcase_add_loop_test(tc, who_stands_well_is_not_delayed, 0,
			    ROWS(standings));
	tcase_add_test(tc, who_is_exempt_needs_no_store);
	tcase_add_loop_test(tc, the_better_of_two_places_counts, 0,
			    ROWS(elsewhere));
	tcase_add_test(tc, clients_of_two_places_are_joined);
	return unit_run();
}
