#include "history/figures.h"

#include "base/clock.h"
#include "unit.h"

#include <time.h>

/* Tuesday, 22 September 2026, 13:33:20 UTC. */
#define NOON  INT64_C(1790084000)
#define HOUR  INT64_C(3600)
#define DAY   (24 * HOUR)
#define TODAY ((int)(NOON / DAY))

static struct figures *f;
static struct recorded line;
static struct frequent_item top[5];

static void in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
	f = figures_new((NOON - 7 * DAY) * CLOCK_SECOND, NOON * CLOCK_SECOND);
	ck_assert_ptr_nonnull(f);
	line = (struct recorded){
		.time = NOON * CLOCK_SECOND,
		.client = "192.0.2.1",
		.network = "192.0.2.1",
		.privacy = "",
		.cache_trouble = "",
		.path = DECISION_BY_TESTS,
		.failure = FAILURE_NONE,
		.waited = -1,
	};
}

static void make(void)
{
	in_zone("UTC");
}

static void drop(void)
{
	figures_free(f);
}

static void add(enum decision_verdict verdict, enum failure failure)
{
	line.verdict = verdict;
	line.failure = failure;
	figures_add(f, &line);
}

static void fails(enum test test, enum action action)
{
	line.test[test] = (struct recorded_test){ true, RESULT_FAILED, action };
}

START_TEST(of_nothing_all_is_0)
{
	ck_assert_uint_eq(f->count, 0);
	ck_assert(figures_hit_rate(f) < 0);
	for (enum outcome o = 0; o < OUTCOMES; o++)
		ck_assert_uint_eq(figures_outcome(f, o), 0);
}
END_TEST

START_TEST(each_verdict_is_one_outcome)
{
	for (enum decision_verdict v = 0; v < DECISION_VERDICTS; v++)
		add(v, FAILURE_NONE);
	ck_assert_uint_eq(f->count, DECISION_VERDICTS);
	ck_assert_uint_eq(figures_outcome(f, OUTCOME_PASSED), 1);
	ck_assert_uint_eq(figures_outcome(f, OUTCOME_LATER), 1);
	ck_assert_uint_eq(figures_outcome(f, OUTCOME_REFUSED), 2);
	ck_assert_uint_eq(figures_outcome(f, OUTCOME_OTHER), 3);
	for (enum outcome o = 0; o < OUTCOMES; o++)
		ck_assert_uint_eq(f->day[TODAY - f->first_day][o],
				  figures_outcome(f, o));
}
END_TEST

static const struct {
	const char *zone;
	int64_t time;
	int day, hour;
} times[] = {
	{ "UTC", NOON, 0, 13 },	       { "UTC", NOON - 14 * HOUR, -1, 23 },
	{ "UTC-11", NOON, 1, 0 }, /* POSIX: 11 hours east */
	{ "UTC+14", NOON, -1, 23 },    { "UTC", NOON - 7 * DAY, -7, 13 },
	{ "UTC", NOON + HOUR, 0, 14 }, /* a clock that is ahead */
};

START_TEST(days_and_hours_are_local)
{
	int hour;

	drop();
	in_zone(times[_i].zone);
	line.time = times[_i].time * CLOCK_SECOND;
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert_int_eq(figures_day(line.time, &hour), TODAY + times[_i].day);
	ck_assert_uint_eq(f->hour[times[_i].hour][OUTCOME_PASSED], 1);
	ck_assert_uint_eq(
		f->day[TODAY + times[_i].day - f->first_day][OUTCOME_PASSED],
		1);
}
END_TEST

START_TEST(summer_time_has_days_of_other_lengths)
{
	int hour, day;

	drop();
	in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	/* 25 October 2026, when 3:00 is 2:00: both hours are of that day */
	day = figures_day(INT64_C(1792886400) * CLOCK_SECOND, &hour);
	ck_assert_int_eq(hour, 2);
	ck_assert_int_eq(figures_day(INT64_C(1792890000) * CLOCK_SECOND, &hour),
			 day);
	ck_assert_int_eq(hour, 2);
}
END_TEST

START_TEST(what_is_of_the_future_is_left_out)
{
	line.time = (NOON + DAY + 1) * CLOCK_SECOND;
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert(f->count == 0 && f->ahead == 1);
	line.time = INT64_C(40000000000) * CLOCK_SECOND;
	add(DECISION_REFUSE, FAILURE_DNSBL);
	ck_assert(f->count == 0 && f->ahead == 2);
	ck_assert_int_eq(frequent_top(f->refused, top, 5), 0);
}
END_TEST

/* Without a time, or from before the report: that is the reader's business. */
START_TEST(a_time_without_a_day_harms_nobody)
{
	line.time = 0;
	add(DECISION_PASS, FAILURE_NONE);
	line.time = -5 * DAY * CLOCK_SECOND;
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert_uint_eq(f->count, 2);
}
END_TEST

static const struct {
	const char *why;
	enum decision_verdict verdict;
	enum failure failure;
	enum access access;
	bool pregreet, dnsbl;
	enum action pregreet_action;
	int test; /* the one of interest */
	struct test_figure want;
} yields[] = {
	{ "one test refuses",
	  DECISION_REFUSE,
	  FAILURE_DNSBL,
	  ACCESS_DUNNO,
	  false,
	  true,
	  ACTION_ENFORCE,
	  TEST_DNSBL,
	  { .due = 1, .failed = 1, .refused = 1, .alone = 1 } },
	{ "two do",
	  DECISION_REFUSE,
	  FAILURE_DNSBL,
	  ACCESS_DUNNO,
	  true,
	  true,
	  ACTION_ENFORCE,
	  TEST_DNSBL,
	  { .due = 1, .failed = 1, .refused = 1 } },
	{ "the other is ignored",
	  DECISION_DROP,
	  FAILURE_DNSBL,
	  ACCESS_DUNNO,
	  true,
	  true,
	  ACTION_IGNORE,
	  TEST_DNSBL,
	  { .due = 1, .failed = 1, .refused = 1, .alone = 1 } },
	{ "ignored",
	  DECISION_REFUSE,
	  FAILURE_DNSBL,
	  ACCESS_DUNNO,
	  true,
	  true,
	  ACTION_IGNORE,
	  TEST_PREGREET,
	  { .due = 1, .failed = 1, .ignored = 1 } },
	{ "failed, and left before it was told",
	  DECISION_HANGUP,
	  FAILURE_PREGREET,
	  ACCESS_DUNNO,
	  true,
	  false,
	  ACTION_ENFORCE,
	  TEST_PREGREET,
	  { .due = 1, .failed = 1 } },
	{ "the access list alone",
	  DECISION_REFUSE,
	  FAILURE_DENYLIST,
	  ACCESS_REJECT,
	  false,
	  false,
	  ACTION_ENFORCE,
	  FIGURES_DENYLIST,
	  { .failed = 1, .refused = 1, .alone = 1 } },
	{ "the access list and a test",
	  DECISION_REFUSE,
	  FAILURE_DENYLIST,
	  ACCESS_REJECT,
	  false,
	  true,
	  ACTION_ENFORCE,
	  FIGURES_DENYLIST,
	  { .failed = 1, .refused = 1 } },
	{ "the access list is ignored",
	  DECISION_PASS,
	  FAILURE_NONE,
	  ACCESS_REJECT,
	  false,
	  false,
	  ACTION_ENFORCE,
	  FIGURES_DENYLIST,
	  { .failed = 1, .ignored = 1 } },
};

START_TEST(what_each_test_yields)
{
	const struct test_figure *have = &f->test[yields[_i].test];

	line.access = yields[_i].access;
	line.denylist_action = yields[_i].failure == FAILURE_DENYLIST
				       ? ACTION_ENFORCE
				       : ACTION_IGNORE;
	if (yields[_i].pregreet)
		fails(TEST_PREGREET, yields[_i].pregreet_action);
	if (yields[_i].dnsbl)
		fails(TEST_DNSBL, ACTION_ENFORCE);
	add(yields[_i].verdict, yields[_i].failure);
	ck_assert_msg(memcmp(have, &yields[_i].want, sizeof(*have)) == 0,
		      "%s: due %ju failed %ju ignored %ju refused %ju alone "
		      "%ju",
		      yields[_i].why, (uintmax_t)have->due,
		      (uintmax_t)have->failed, (uintmax_t)have->ignored,
		      (uintmax_t)have->refused, (uintmax_t)have->alone);
}
END_TEST

START_TEST(tests_that_pass)
{
	line.test[TEST_PREGREET] =
		(struct recorded_test){ true, RESULT_PASSED, ACTION_DROP };
	line.test[TEST_NON_SMTP] =
		(struct recorded_test){ true, RESULT_NONE, ACTION_DROP };
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert(f->test[TEST_PREGREET].passed == 1 &&
		  f->test[TEST_PREGREET].due == 1);
	ck_assert(f->test[TEST_NON_SMTP].passed == 0 &&
		  f->test[TEST_NON_SMTP].due == 1);
}
END_TEST

static const struct {
	const char *client, *network, *privacy, *want;
} shown[] = {
	{ "192.0.2.77", "192.0.2.77", "", "192.0.2.0/24" },
	{ "2001:db8:1:2:3::4", "2001:db8:1:2::/64", "", "2001:db8:1:2::/64" },
	{ "192.0.2.0/24", "192.0.2.0/24", "network", "192.0.2.0/24" },
	{ "2001:db8:1::/48", "2001:db8:1::/48", "network", "2001:db8:1::/48" },
	{ "p1", "p2", "hmac", "p2" },
	{ "", "", "", "" },
	{ "<script>", "x", "", "<script>" },
};

START_TEST(networks_that_are_refused)
{
	line.client = shown[_i].client;
	line.network = shown[_i].network;
	line.privacy = shown[_i].privacy;
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert_int_eq(frequent_top(f->refused, top, 5), 0);
	add(DECISION_DROP, FAILURE_PREGREET);
	add(DECISION_REFUSE, FAILURE_DNSBL);
	ck_assert_int_eq(frequent_top(f->refused, top, 5), 1);
	ck_assert_str_eq(top[0].text, shown[_i].want);
	ck_assert_uint_eq(top[0].count, 2);
	ck_assert(top[0].kind[FAILURE_PREGREET] == 1 &&
		  top[0].kind[FAILURE_DNSBL] == 1);
	ck_assert(f->reason[FAILURE_PREGREET] == 1 &&
		  f->reason[FAILURE_DNSBL] == 1);
	ck_assert_uint_eq(f->hidden[0],
			  strcmp(shown[_i].privacy, "network") == 0 ? 3 : 0);
	ck_assert_uint_eq(f->hidden[1],
			  strcmp(shown[_i].privacy, "hmac") == 0 ? 3 : 0);
}
END_TEST

START_TEST(delay_is_that_of_clients_that_passed)
{
	line.path = DECISION_BY_CACHE;
	add(DECISION_PASS, FAILURE_NONE);
	line.path = DECISION_BY_TESTS;
	for (int64_t second = 1; second <= 100; second++) {
		line.waited = second;
		add(DECISION_PASS, FAILURE_NONE);
	}
	line.waited = 1000;
	add(DECISION_REFUSE, FAILURE_DNSBL);
	add(DECISION_HANGUP, FAILURE_NONE);
	ck_assert_uint_eq(f->waited.count, 100);
	ck_assert_int_eq(histogram_quantile(&f->waited, 50), 50);
	ck_assert_int_eq(histogram_quantile(&f->waited, 95), 95);
}
END_TEST

START_TEST(those_told_to_come_back)
{
	add(DECISION_RETRY, FAILURE_NONE);
	line.network = "192.0.2.2";
	add(DECISION_RETRY, FAILURE_NONE);
	line.time += 60;
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert(f->returns.told == 2 && f->returns.came == 1);
	ck_assert_int_eq(histogram_quantile(&f->returns.after, 50), 60);
}
END_TEST

START_TEST(hits_are_those_who_were_known)
{
	static const enum decision_path path[] = {
		DECISION_BY_CACHE,    DECISION_BY_CACHE,  DECISION_BY_SHARED,
		DECISION_BY_TESTS,    DECISION_BY_ACCESS, DECISION_BY_LIMIT,
		DECISION_BY_SETTINGS,
	};

	for (int i = 0; i < ROWS(path); i++) {
		line.path = path[i];
		line.known = true;
		add(DECISION_PASS, FAILURE_NONE);
	}
	ck_assert_double_eq_tol(figures_hit_rate(f), 75, 0.001);
	/* known, but its passes were over */
	ck_assert_uint_eq(f->expired, 1);
	line.cache_trouble = "No space left on device";
	add(DECISION_PASS, FAILURE_NONE);
	ck_assert_uint_eq(f->trouble, 1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("figures");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, of_nothing_all_is_0);
	tcase_add_test(tc, each_verdict_is_one_outcome);
	tcase_add_loop_test(tc, days_and_hours_are_local, 0, ROWS(times));
	tcase_add_test(tc, summer_time_has_days_of_other_lengths);
	tcase_add_test(tc, what_is_of_the_future_is_left_out);
	tcase_add_test(tc, a_time_without_a_day_harms_nobody);
	tcase_add_loop_test(tc, what_each_test_yields, 0, ROWS(yields));
	tcase_add_test(tc, tests_that_pass);
	tcase_add_loop_test(tc, networks_that_are_refused, 0, ROWS(shown));
	tcase_add_test(tc, delay_is_that_of_clients_that_passed);
	tcase_add_test(tc, those_told_to_come_back);
	tcase_add_test(tc, hits_are_those_who_were_known);
	return unit_run();
}
