#include "screen/tally.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static char dir[64], cache_map[96], state_file[80], lock_file[80];
static struct conf conf;
static struct peer peer;
static struct facts facts;
static struct stamps stamps;
static struct memory memory;
static struct decision decision;
static struct decision_facts with;

static void make_dir(void)
{
	bool has_port;

	strcpy(dir, "/tmp/test_tally.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(cache_map, sizeof(cache_map), "gdbm:%s/cache.gdbm", dir);
	snprintf(state_file, sizeof(state_file), "%s/state", dir);
	snprintf(lock_file, sizeof(lock_file), "%s/cache.lock", dir);
	conf = (struct conf){ .cache_map = cache_map,
			      .state_file = state_file,
			      .decision_log = "",
			      .cache_lock_timeout = 10,
			      .cache_ipv4_prefix = 32 };
	ck_assert(endpoint_parse(SPAN("192.0.2.1:4711"), &peer.client,
				 &has_port));
	facts = (struct facts){ .dnsbl_ttl = -1 };
	with = (struct decision_facts){ &facts, &stamps, FAILURE_NONE };
	memset(&memory, 0, sizeof(memory));
	decision_begin(&decision, &conf, "id", &peer);
}

static void remove_dir(void)
{
	memory_close(&memory);
	unlink(state_file);
	unlink(lock_file);
	rmdir(dir);
}

/* A client of whom the cache is asked. */
static void look_up(void)
{
	memory_open(&memory, &conf, &peer.client.address);
	ck_assert(!memory_recall(&memory, &stamps));
}

static bool is_there(const char *file)
{
	return access(file, F_OK) == 0;
}

/* How often NUMBER was counted. */
static uint64_t counted(unsigned number)
{
	static char file[CACHE_PATH + 64];
	uint64_t sum[IMAGE_COUNTERS];
	struct sbuf name = SBUF(file);

	ck_assert_int_eq(tally_read(&conf, sum, &name), 0);
	return sum[number];
}

static void tally(void)
{
	tally_up(&decision, &conf, &memory, &with);
}

/* ---- where -----------------------------------------------------------------
 */

START_TEST(who_is_looked_up_is_counted_in_the_lock_file)
{
	decision.path = DECISION_BY_CACHE;
	decision.pass = "old";
	look_up();
	tally();
	ck_assert(!is_there(state_file));
	ck_assert_uint_eq(counted(TALLY_PASSES + TALLY_PASS_OLD), 1);
}
END_TEST

START_TEST(who_is_not_makes_the_state_file)
{
	decision.path = DECISION_BY_CACHE;
	tally(); /* and the lock file could not be opened */
	ck_assert(!is_there(state_file) && !is_there(lock_file));
	decision.path = DECISION_BY_ACCESS;
	tally();
	ck_assert(is_there(state_file) && !is_there(lock_file));
	decision.path = DECISION_BY_TESTS;
	tally();
	ck_assert_uint_eq(counted(8 * DECISION_PASS + DECISION_BY_TESTS), 1);
	ck_assert_uint_eq(counted(8 * DECISION_PASS + DECISION_BY_ACCESS), 1);
}
END_TEST

START_TEST(both_files_are_one_sum)
{
	decision.path = DECISION_BY_TESTS;
	tally();
	look_up();
	tally();
	memory_close(&memory);
	tally();
	ck_assert_uint_eq(counted(8 * DECISION_PASS + DECISION_BY_TESTS), 3);
}
END_TEST

START_TEST(without_a_state_file_nobody_is_counted)
{
	conf.state_file = "";
	look_up();
	tally();
	conf.state_file = state_file;
	for (unsigned i = 0; i < TALLY_END; i++)
		ck_assert_uint_eq(counted(i), 0);
}
END_TEST

START_TEST(without_a_cache_the_state_file_has_all)
{
	conf.cache_map = "none";
	decision.path = DECISION_BY_TESTS;
	look_up();
	tally_open(&decision, &conf, &memory);
	ck_assert_int_ge(decision.counters, 0);
	/* from here on a sandbox may forbid to open it */
	conf.state_file = "/nowhere/at/all";
	tally();
	conf.state_file = state_file;
	ck_assert_uint_eq(counted(8 * DECISION_PASS + DECISION_BY_TESTS), 1);
}
END_TEST

START_TEST(who_holds_the_lock_file_keeps_nobody)
{
	int other;

	decision.path = DECISION_BY_TESTS;
	tally();
	look_up();
	other = open(lock_file, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(other, LOCK_EX), 0);
	tally();
	close(other);
	ck_assert_uint_eq(counted(8 * DECISION_PASS + DECISION_BY_TESTS), 2);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	static char file[CACHE_PATH + 64];
	uint64_t sum[IMAGE_COUNTERS];
	struct sbuf name = SBUF(file);

	ck_assert_int_eq(symlink("elsewhere", lock_file), 0);
	ck_assert_int_eq(tally_read(&conf, sum, &name), -ELOOP);
	ck_assert_str_eq(file, lock_file);
}
END_TEST

/* ---- what ------------------------------------------------------------------
 */

#define NONE UINT_MAX

/* The numbers stand in files of those who upgrade: no row may ever change. */
static const struct {
	const char *why;
	enum decision_verdict verdict;
	enum decision_path path;
	const char *pass;
	enum failure failure;
	unsigned number[2]; /* the second may be NONE */
} rows[] = {
	{ "passed all tests",
	  DECISION_PASS,
	  DECISION_BY_TESTS,
	  "new",
	  FAILURE_NONE,
	  { 0, 72 } },
	{ "known",
	  DECISION_PASS,
	  DECISION_BY_CACHE,
	  "old",
	  FAILURE_NONE,
	  { 2, 73 } },
	{ "a part",
	  DECISION_RETRY,
	  DECISION_BY_TESTS,
	  "part",
	  FAILURE_NONE,
	  { 8, 74 } },
	{ "refused",
	  DECISION_REFUSE,
	  DECISION_BY_TESTS,
	  NULL,
	  FAILURE_DNSBL,
	  { 16, 65 } },
	{ "dropped",
	  DECISION_DROP,
	  DECISION_BY_ACCESS,
	  NULL,
	  FAILURE_DENYLIST,
	  { 25, 64 } },
	{ "left",
	  DECISION_HANGUP,
	  DECISION_BY_TESTS,
	  NULL,
	  FAILURE_DNSBL,
	  { 32, NONE } },
	{ "too many",
	  DECISION_LIMIT,
	  DECISION_BY_LIMIT,
	  NULL,
	  FAILURE_NONE,
	  { 44, NONE } },
	{ "trouble",
	  DECISION_TROUBLE,
	  DECISION_BY_SETTINGS,
	  NULL,
	  FAILURE_NONE,
	  { 53, NONE } },
};

/* All but the delays, which are of any length on a busy machine. */
START_TEST(each_verdict_has_its_numbers)
{
	decision.verdict = rows[_i].verdict;
	decision.path = rows[_i].path;
	decision.pass = rows[_i].pass;
	with.failure = rows[_i].failure;
	look_up();
	tally();
	for (unsigned i = 0; i < TALLY_DELAYS; i++)
		ck_assert_msg(counted(i) == (i == rows[_i].number[0] ||
					     i == rows[_i].number[1]),
			      "%s: %u", rows[_i].why, i);
}
END_TEST

static const struct {
	int64_t ms;
	unsigned bucket;
} delays[] = {
	{ 5000, 7 },
	{ 59000, 11 },
	{ 3600000, 12 },
};

START_TEST(delays_go_into_buckets)
{
	decision.path = DECISION_BY_TESTS;
	decision.began = clock_mono() - delays[_i].ms * CLOCK_MS;
	look_up();
	tally();
	ck_assert_uint_eq(counted(TALLY_DELAYS + delays[_i].bucket), 1);
	ck_assert_uint_ge(counted(TALLY_DELAY_SUM),
			  (uint64_t)(delays[_i].ms * CLOCK_MS));
}
END_TEST

START_TEST(tests_are_counted_where_clients_were_tested)
{
	facts.due[TEST_PREGREET] = true;
	facts.result[TEST_DNSBL] = RESULT_FAILED;
	look_up();
	decision.path = DECISION_BY_CACHE;
	tally();
	ck_assert_uint_eq(counted(80), 0);
	decision.path = DECISION_BY_TESTS;
	tally();
	ck_assert_uint_eq(counted(80 + 4 * TEST_PREGREET + RESULT_NONE), 1);
	ck_assert_uint_eq(counted(80 + 4 * TEST_DNSBL + RESULT_FAILED), 1);
	ck_assert_uint_eq(counted(80 + 4 * TEST_PIPELINING + RESULT_NONE), 0);
}
END_TEST

START_TEST(warnings_are_counted_once)
{
	look_up();
	log_warning(LOG_DNS_TROUBLE, "a warning of this test");
	tally_up(&decision, &conf, &memory, NULL);
	tally_up(&decision, &conf, &memory, NULL);
	ck_assert_uint_eq(counted(128), 1);
	ck_assert_uint_eq(counted(0), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("tally");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, who_is_looked_up_is_counted_in_the_lock_file);
	tcase_add_test(tc, who_is_not_makes_the_state_file);
	tcase_add_test(tc, both_files_are_one_sum);
	tcase_add_test(tc, without_a_state_file_nobody_is_counted);
	tcase_add_test(tc, without_a_cache_the_state_file_has_all);
	tcase_add_test(tc, who_holds_the_lock_file_keeps_nobody);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_named);
	tcase_add_loop_test(tc, each_verdict_has_its_numbers, 0, ROWS(rows));
	tcase_add_loop_test(tc, delays_go_into_buckets, 0, ROWS(delays));
	tcase_add_test(tc, tests_are_counted_where_clients_were_tested);
	tcase_add_test(tc, warnings_are_counted_once);
	return unit_run();
}
