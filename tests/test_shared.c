#include "cache/shared.h"

#include "base/clock.h"
#include "fake_redis.h"

#include <errno.h>
#include <sys/stat.h>

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)
#define SOON (clock_mono() + 50 * CLOCK_MS)

#define KEY "192.0.2.1"
#define HMGET                                                              \
	"*10\r\n$5\r\nHMGET\r\n$26\r\nsmtp-screen:pass:192.0.2.1\r\n"      \
	"$8\r\npregreet\r\n$5\r\ndnsbl\r\n$10\r\npipelining\r\n"           \
	"$8\r\nnon-smtp\r\n$12\r\nbare-newline\r\n$5\r\nfirst\r\n$4\r\nla" \
	"st\r\n$6\r\nrounds\r\n"
#define NONE "*8\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n"

static struct shared shared;

static void setup(void)
{
	struct cache_server server;

	fake_listen();
	server = fake_server();
	shared_init(&shared, &server, "");
}

static void teardown(void)
{
	shared_close(&shared);
	fake_end();
}

static void ask(void)
{
	ck_assert_int_eq(shared_ask(&shared, KEY), 0);
	ck_assert_int_eq(shared_hear(&shared, NOON), -EAGAIN);
	ck_assert(shared.asked);
	ck_assert_str_eq(fake_read(), HMGET);
}

/* ---- reading ------------------------------------------------------------- */

/* As HMGET answers with VALUES, in the order of fields; NULL nothing. */
static void answer(const char *const values[8])
{
	char text[4096];
	struct sbuf b = SBUF(text);

	sbuf_add_text(&b, "*8\r\n");
	for (int i = 0; i < 8; i++) {
		if (values[i])
			sbuf_addf(&b, "$%zu\r\n%s\r\n", strlen(values[i]),
				  values[i]);
		else
			sbuf_add_text(&b, "$-1\r\n");
	}
	ck_assert(sbuf_fitted(&b));
	fake_say(text);
}

#define LATER  "1790086400" /* NOON and a day */
#define BEFORE "1789990000"

static const struct {
	const char *why;
	const char *value[8];
	int result;
	int64_t pregreet, dnsbl;
	bool stale;
} rows[] = {
	{ "nothing", { NULL }, 0, 0, 0, false },
	{ "one test",
	  { LATER, NULL, NULL, NULL, NULL, BEFORE, BEFORE, "1" },
	  1,
	  NOON + DAY,
	  0,
	  false },
	{ "a test that is over is known all the same",
	  { BEFORE, NULL, NULL, NULL, NULL, BEFORE, BEFORE, "1" },
	  1,
	  1789990000,
	  0,
	  false },
	{ "without time of writing it is none of ours",
	  { LATER, LATER, NULL, NULL, NULL, BEFORE, NULL, "1" },
	  0,
	  0,
	  0,
	  false },
	{ "no number in that place",
	  { LATER, LATER, NULL, NULL, NULL, BEFORE, "x", "1" },
	  0,
	  0,
	  0,
	  false },
	{ "what is no number is not there, the rest is",
	  { "soon", LATER, NULL, NULL, NULL, BEFORE, BEFORE, "1" },
	  1,
	  0,
	  NOON + DAY,
	  false },
	{ "a sign, a space, a fraction, nothing",
	  { "+1790086400", LATER, " 1790086400", "1790086400.5", "", BEFORE,
	    BEFORE, "-1" },
	  1,
	  0,
	  NOON + DAY,
	  false },
	{ "later than any pass can last",
	  { "4102444800", "9223372036854775807", LATER, NULL, NULL, BEFORE,
	    BEFORE, "1" },
	  1,
	  0,
	  0,
	  false },
	{ "larger than any number",
	  { "99999999999999999999", LATER, NULL, NULL, NULL, BEFORE, BEFORE,
	    "99999999999999999999" },
	  1,
	  0,
	  NOON + DAY,
	  false },
	{ "a clock that is an hour ahead",
	  { LATER, NULL, NULL, NULL, NULL, "1790003600", "1790003600", "1" },
	  1,
	  NOON + DAY,
	  0,
	  false },
	{ "a clock that is two days ahead",
	  { LATER, LATER, NULL, NULL, NULL, BEFORE, "1790172801", "1" },
	  0,
	  0,
	  0,
	  true },
	{ "a clock at the end of time",
	  { LATER, LATER, NULL, NULL, NULL, BEFORE, "9223372036854775807",
	    "1" },
	  0,
	  0,
	  0,
	  true },
	{ "only stamps that never count",
	  { "0", "1", NULL, NULL, NULL, BEFORE, BEFORE, "1" },
	  0,
	  0,
	  0,
	  false },
};

START_TEST(hear_reads_what_counts)
{
	ask();
	answer(rows[_i].value);
	ck_assert_msg(shared_hear(&shared, NOON) == rows[_i].result, "%s",
		      rows[_i].why);
	ck_assert(shared.answered && !shared.asked);
	ck_assert_int_eq(shared.stale, rows[_i].stale);
	ck_assert_int_eq(shared.stamps.until[TEST_PREGREET], rows[_i].pregreet);
	ck_assert_int_eq(shared.stamps.until[TEST_DNSBL], rows[_i].dnsbl);
}
END_TEST

static const struct {
	const char *said, *trouble;
} faults[] = {
	{ "+OK\r\n", "not answer like Redis" },
	{ ":8\r\n", "not answer like Redis" },
	{ "$8\r\n12345678\r\n", "not answer like Redis" },
	{ "$-1\r\n", "not answer like Redis" },
	{ "*0\r\n", "not answer like Redis" },
	{ "*1\r\n$1\r\n1\r\n", "not answer like Redis" },
	{ "SSH-2.0-x\r\n", "not answer like Redis" },
	{ "-WRONGTYPE Operation\r\n", "another program" },
	{ "-NOAUTH Authentication required.\r\n", "wants a password" },
	{ "-LOADING Redis is\r\n", "loading" },
	{ "-NOPERM this user\r\n", "may not use" },
	{ "-\r\n", "7.0" },
};

START_TEST(hear_tells_what_is_wrong)
{
	ask();
	fake_say(faults[_i].said);
	ck_assert_int_lt(shared_hear(&shared, NOON), 0);
	ck_assert_msg(strstr(shared.trouble, faults[_i].trouble) != NULL,
		      "%s: %s", faults[_i].said, shared.trouble);
	ck_assert(!shared.asked && !shared.answered);
}
END_TEST

START_TEST(waiting_ends)
{
	ask();
	ck_assert_int_eq(shared_wait(&shared, NOON, SOON), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(shared.trouble, "in time"));
}
END_TEST

/* ---- telling ------------------------------------------------------------- */

static const struct cache_pass pass = {
	.until = { [TEST_PREGREET] = NOON + DAY, [TEST_DNSBL] = NOON + 60 },
	.complete = true,
};

#define HEAD "*1\r\n$5\r\nMULTI\r\n"
#define KEYS "$26\r\nsmtp-screen:pass:192.0.2.1\r\n"
#define HSET(dnsbl, first, rounds)                                            \
	"*12\r\n$4\r\nHSET\r\n" KEYS "$8\r\npregreet\r\n$10\r\n1790086400"    \
	"\r\n$5\r\ndnsbl\r\n$10\r\n" dnsbl "\r\n$5\r\nfirst\r\n$10\r\n" first \
	"\r\n$4\r\nlast\r\n$10\r\n1790000000\r\n$6\r\nrounds\r\n" rounds      \
	"\r\n"
#define TAIL(until)                                                        \
	"*4\r\n$8\r\nEXPIREAT\r\n" KEYS "$10\r\n" until "\r\n$2\r\nNX\r\n" \
	"*4\r\n$8\r\nEXPIREAT\r\n" KEYS "$10\r\n" until "\r\n$2\r\nGT\r\n" \
	"*1\r\n$4\r\nEXEC\r\n"
#define DONE                                             \
	"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n" \
	":5\r\n:1\r\n:0\r\n"

/* Tell, and then what was told. */
static const char *tell(const char *said, int *ret)
{
	fake_say(said);
	*ret = shared_tell(&shared, &pass, NOON, 100, SOON);
	return fake_read();
}

START_TEST(tell_writes_what_was_passed)
{
	int r;

	ask();
	fake_say(NONE);
	ck_assert_int_eq(shared_hear(&shared, NOON), 0);
	ck_assert_str_eq(tell(DONE, &r),
			 HEAD HSET("1790000060", "1790000000", "$1\r\n1")
				 TAIL("1790086500"));
	ck_assert_int_eq(r, 0);
}
END_TEST

/* What is there and later stays, and decides how long all is kept. */
START_TEST(tell_never_makes_less_of_it)
{
	int r;

	ask();
	answer((const char *[]){ BEFORE, "1790000099", "1791000000", NULL, NULL,
				 BEFORE, BEFORE, "4" });
	ck_assert_int_eq(shared_hear(&shared, NOON), 1);
	ck_assert_str_eq(tell(DONE, &r),
			 HEAD HSET("1790000099", BEFORE, "$1\r\n5")
				 TAIL("1791000100"));
	ck_assert_int_eq(r, 0);
}
END_TEST

/* Stamps of a clock that was wrong must not come to life again. */
START_TEST(tell_replaces_what_is_of_the_future)
{
	int r;

	ask();
	answer((const char *[]){ LATER, LATER, "4000000000", LATER, LATER,
				 BEFORE, "4000000000", "4" });
	ck_assert_int_eq(shared_hear(&shared, NOON), 0);
	ck_assert_str_eq(tell("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED"
			      "\r\n*4\r\n:1\r\n:5\r\n:1\r\n:0\r\n",
			      &r),
			 HEAD "*2\r\n$3\r\nDEL\r\n" KEYS HSET(
				 "1790000060", "1790000000", "$1\r\n1")
				 TAIL("1790086500"));
	ck_assert_int_eq(r, 0);
}
END_TEST

static const struct {
	const char *said, *trouble;
} refusals[] = {
	{ "+OK\r\n-OOM command not allowed\r\n+QUEUED\r\n+QUEUED\r\n"
	  "-EXECABORT Transaction discarded\r\n",
	  "memory is full" },
	{ "+OK\r\n+QUEUED\r\n-ERR wrong number of arguments for 'expireat'"
	  "\r\n-ERR wrong\r\n-EXECABORT x\r\n",
	  "7.0" },
	{ "+OK\r\n-READONLY You\r\n-READONLY\r\n-READONLY\r\n-EXECABORT\r\n",
	  "replica" },
	{ "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n-WRONGTYPE x\r\n"
	  ":1\r\n:1\r\n",
	  "another program" },
	{ "+OK\r\n+QUEUED\r\n", "in time" },
};

START_TEST(tell_says_what_was_refused)
{
	int r;

	ask();
	fake_say(NONE);
	ck_assert_int_eq(shared_hear(&shared, NOON), 0);
	tell(refusals[_i].said, &r);
	ck_assert_int_lt(r, 0);
	ck_assert_msg(strstr(shared.trouble, refusals[_i].trouble) != NULL,
		      "%s", shared.trouble);
}
END_TEST

/* A server may close what is idle. */
START_TEST(tell_connects_again)
{
	ask();
	fake_say(NONE);
	ck_assert_int_eq(shared_hear(&shared, NOON), 0);
	fake_hang_up();
	ck_assert_int_eq(shared_tell(&shared, &pass, NOON, 100, SOON),
			 -ETIMEDOUT);
	ck_assert_str_eq(fake_read(), HEAD HSET("1790000060", "1790000000",
						"$1\r\n1") TAIL("1790086500"));
}
END_TEST

START_TEST(forget_tells_whether_it_knew)
{
	ask();
	fake_say(NONE);
	ck_assert_int_eq(shared_hear(&shared, NOON), 0);
	fake_say(":1\r\n");
	ck_assert_int_eq(shared_forget(&shared, KEY, SOON), 1);
	ck_assert_str_eq(fake_read(), "*2\r\n$3\r\nDEL\r\n" KEYS);
	fake_say(":0\r\n");
	ck_assert_int_eq(shared_forget(&shared, KEY, SOON), 0);
	fake_say("-NOPERM x\r\n");
	ck_assert_int_lt(shared_forget(&shared, KEY, SOON), 0);
}
END_TEST

/* ---- the password -------------------------------------------------------- */

START_TEST(a_password_that_others_can_read_is_not_used)
{
	struct cache_server server = fake_server();
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/password", fake_dir);
	f = fopen(path, "w");
	fputs("s3cr3t\n", f);
	fclose(f);
	shared_init(&shared, &server, path);
	chmod(path, 0644);
	ck_assert_int_eq(shared_ask(&shared, KEY), -EPERM);
	ck_assert_ptr_nonnull(strstr(shared.trouble, "chmod 640"));
	chmod(path, 0640);
	ck_assert_int_eq(shared_ask(&shared, KEY), 0);
	ck_assert_int_eq(shared_hear(&shared, NOON), -EAGAIN);
	ck_assert_str_eq(fake_read(),
			 "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n" HMGET);
	unlink(path);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("shared");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, hear_reads_what_counts, 0, ROWS(rows));
	tcase_add_loop_test(tc, hear_tells_what_is_wrong, 0, ROWS(faults));
	tcase_add_test(tc, waiting_ends);
	tcase_add_test(tc, tell_writes_what_was_passed);
	tcase_add_test(tc, tell_never_makes_less_of_it);
	tcase_add_test(tc, tell_replaces_what_is_of_the_future);
	tcase_add_loop_test(tc, tell_says_what_was_refused, 0, ROWS(refusals));
	tcase_add_test(tc, tell_connects_again);
	tcase_add_test(tc, forget_tells_whether_it_knew);
	tcase_add_test(tc, a_password_that_others_can_read_is_not_used);
	return unit_run();
}
