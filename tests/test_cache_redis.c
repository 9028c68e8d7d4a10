#include "cache/cache_redis.h"

#include "base/clock.h"
#include "fake_redis.h"

#include <errno.h>
#include <fcntl.h>

static struct cache_redis redis;

static void setup(void)
{
	fake_listen();
	cache_redis_init(&redis);
}

static void teardown(void)
{
	cache_redis_close(&redis);
	fake_end();
}

static void ask_ping(void)
{
	cache_redis_ask(&redis, (struct span[]){ SPAN("PING") }, 1);
}

/* Connected, and PING asked. */
static void open_and_ask(void)
{
	struct cache_server server = fake_server();

	ck_assert_int_eq(cache_redis_open(&redis, &server, SPAN("")), 0);
	ask_ping();
	ck_assert_int_eq(cache_redis_next(&redis), 0);
	ck_assert_str_eq(fake_read(), "*1\r\n$4\r\nPING\r\n");
}

/* ---- answers ------------------------------------------------------------- */

static const struct {
	const char *why, *said;
	int result;
	enum cache_redis_kind kind;
	const char *text;
} answers[] = {
	{ "a word", "+PONG\r\n", 1, CACHE_REDIS_WORD, "PONG" },
	{ "an error", "-ERR no\r\n", 1, CACHE_REDIS_ERROR, "ERR no" },
	{ "text", "$2\r\nab\r\n", 1, CACHE_REDIS_TEXT_KIND, "ab" },
	{ "empty text", "$0\r\n\r\n", 1, CACHE_REDIS_TEXT_KIND, "" },
	{ "nothing", "$-1\r\n", 1, CACHE_REDIS_NIL, "" },
	{ "a number", ":7\r\n", 1, CACHE_REDIS_NUMBER, "" },
	{ "a list", "*0\r\n", 1, CACHE_REDIS_LIST, "" },
	{ "half a word", "+PO", 0, 0, "" },
	{ "half a list", "*2\r\n$1\r\na\r\n", 0, 0, "" },
	{ "text of 4 GB to come", "$4294967296\r\nab", 0, 0, "" },
	{ "a list of many to come", "*2147483647\r\n:1\r\n", 0, 0, "" },
	{ "of another protocol", "HTTP/1.1 400 Bad\r\n", -EPROTO, 0, "" },
	{ "no length", "$x\r\n", -EPROTO, 0, "" },
	{ "a length below nothing", "$-2\r\n", -EPROTO, 0, "" },
	{ "lists in lists without end",
	  "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
	  -EPROTO, 0, "" },
};

START_TEST(next_reads_an_answer)
{
	open_and_ask();
	fake_say(answers[_i].said);
	ck_assert_msg(cache_redis_next(&redis) == answers[_i].result, "%s",
		      answers[_i].why);
	if (answers[_i].result > 0) {
		ck_assert_int_eq(redis.reply.top.kind, answers[_i].kind);
		ck_assert_span(redis.reply.top.text, answers[_i].text);
	}
	if (answers[_i].result < 0) {
		ck_assert_int_eq(redis.fd, -1);
		ck_assert_str_ne(redis.trouble, "");
	}
}
END_TEST

START_TEST(next_reads_a_list_in_pieces)
{
	static const char said[] =
		"*5\r\n$3\r\nabc\r\n$-1\r\n:7\r\n*1\r\n+x\r\n$0\r\n\r\n";
	const struct cache_redis_item *item = redis.reply.item;

	open_and_ask();
	for (size_t i = 0; i + 1 < sizeof(said) - 1; i++) {
		fake_say_bytes(said + i, 1);
		ck_assert_int_eq(cache_redis_next(&redis), 0);
	}
	fake_say_bytes(said + sizeof(said) - 2, 1);
	ck_assert_int_eq(cache_redis_next(&redis), 1);
	ck_assert_uint_eq(redis.reply.count, 5);
	ck_assert_int_eq(item[0].kind, CACHE_REDIS_TEXT_KIND);
	ck_assert_span(item[0].text, "abc");
	ck_assert_int_eq(item[1].kind, CACHE_REDIS_NIL);
	ck_assert_int_eq(item[2].number, 7);
	ck_assert_int_eq(item[3].kind, CACHE_REDIS_OTHER);
	ck_assert_span(item[4].text, "");
}
END_TEST

/* Half a number would be another number. */
START_TEST(an_element_that_is_cut_is_none)
{
	char said[CACHE_REDIS_TEXT + 100];
	int head = snprintf(said, sizeof(said), "*2\r\n$%d\r\n",
			    CACHE_REDIS_TEXT - 3);

	open_and_ask();
	memset(said + head, '1', CACHE_REDIS_TEXT - 3);
	fake_say_bytes(said, (size_t)head + CACHE_REDIS_TEXT - 3);
	fake_say("\r\n$4\r\n1234\r\n");
	ck_assert_int_eq(cache_redis_next(&redis), 1);
	ck_assert_int_eq(redis.reply.item[0].kind, CACHE_REDIS_TEXT_KIND);
	ck_assert_int_eq(redis.reply.item[1].kind, CACHE_REDIS_OTHER);
}
END_TEST

START_TEST(more_elements_than_there_is_room_for)
{
	open_and_ask();
	fake_say("*30\r\n");
	for (int i = 0; i < 30; i++)
		fake_say("$1\r\nx\r\n");
	ck_assert_int_eq(cache_redis_next(&redis), 1);
	ck_assert_uint_eq(redis.reply.count, 30);
}
END_TEST

static const char *const floods[] = { "+OK\r\n",      "$1000000\r\n", "+",
				      "*1000000\r\n", "\r\n",	      "x" };

/* However it is said, it ends. */
START_TEST(a_flood_ends)
{
	int r = 0;

	open_and_ask();
	fake_say(floods[_i]);
	for (int i = 0; i < 100000 && r >= 0; i++) {
		if (fake_fd >= 0 &&
		    send(fake_fd, "$1\r\na\r\n", 7,
			 MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
		    errno == EPIPE)
			break;
		r = cache_redis_next(&redis);
	}
	ck_assert_int_lt(r, 0);
}
END_TEST

/* ---- logging in ---------------------------------------------------------- */

static const struct {
	const char *user, *password;
	unsigned db;
	const char *asked, *said;
	int result;
} logins[] = {
	{ "", "", 0, "", "+PONG\r\n", 1 },
	{ "", "pw", 0, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n", "+OK\r\n+PONG\r\n",
	  1 },
	{ "mx", "p w", 0, "*3\r\n$4\r\nAUTH\r\n$2\r\nmx\r\n$3\r\np w\r\n",
	  "+OK\r\n+PONG\r\n", 1 },
	{ "", "", 12, "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n", "+OK\r\n+PONG\r\n",
	  1 },
	{ "", "pw", 1,
	  "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n",
	  "+OK\r\n+OK\r\n+PONG\r\n", 1 },
	{ "", "pw", 0, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n",
	  "-WRONGPASS invalid\r\n-NOAUTH no\r\n", -EACCES },
	{ "", "pw", 0, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n",
	  "-ERR unknown command 'AUTH', with args beginning with: 'pw'\r\n",
	  -EACCES },
	{ "", "", 99, "*2\r\n$6\r\nSELECT\r\n$2\r\n99\r\n",
	  "-ERR DB index is out of range\r\n", -EACCES },
	{ "", "", 1, "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n", "-LOADING it\r\n",
	  -EAGAIN },
	{ "", "pw", 0, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n", ":1\r\n", -EPROTO },
};

START_TEST(logging_in)
{
	struct cache_server server = fake_server();
	char want[200];

	server.user = span_of(logins[_i].user);
	server.db = logins[_i].db;
	ck_assert_int_eq(cache_redis_open(&redis, &server,
					  span_of(logins[_i].password)),
			 0);
	ask_ping();
	ck_assert_int_eq(cache_redis_next(&redis), 0);
	snprintf(want, sizeof(want), "%s*1\r\n$4\r\nPING\r\n",
		 logins[_i].asked);
	ck_assert_str_eq(fake_read(), want);
	fake_say(logins[_i].said);
	ck_assert_int_eq(cache_redis_next(&redis), logins[_i].result);
	if (logins[_i].result < 0)
		ck_assert_ptr_null(strstr(redis.trouble, "pw"));
}
END_TEST

/* It is in no part of our memory once it is sent. */
START_TEST(a_password_is_wiped)
{
	struct cache_server server = fake_server();

	ck_assert_int_eq(cache_redis_open(&redis, &server, SPAN("s3cr3t")), 0);
	ck_assert_ptr_nonnull(
		memmem(&redis, sizeof(redis), "s3cr3t", strlen("s3cr3t")));
	ck_assert_int_eq(cache_redis_next(&redis), 0);
	ck_assert_ptr_null(
		memmem(&redis, sizeof(redis), "s3cr3t", strlen("s3cr3t")));
	ck_assert_int_eq(cache_redis_open(&redis, &server, SPAN("s3cr3t")), 0);
	cache_redis_close(&redis);
	ck_assert_ptr_null(
		memmem(&redis, sizeof(redis), "s3cr3t", strlen("s3cr3t")));
}
END_TEST

/* ---- connections --------------------------------------------------------- */

START_TEST(nobody_listens)
{
	struct cache_server server = { .path = SPAN("/nosuch/socket") };

	ck_assert_int_eq(cache_redis_open(&redis, &server, SPAN("")), -ENOENT);
	ck_assert_int_eq(redis.fd, -1);
	ck_assert_int_eq(cache_redis_next(&redis), -ENOTCONN);
}
END_TEST

/* A port that is taken, and where nobody listens. */
START_TEST(tcp_refused)
{
	struct cache_server server = { .db = 0 };
	struct sockaddr_storage at;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert(address_parse(SPAN("127.0.0.1"), &server.at.address));
	len = endpoint_to_sockaddr(&server.at, &at);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	ck_assert(endpoint_from_sockaddr(&at, &server.at));
	if (cache_redis_open(&redis, &server, SPAN("")) == 0)
		ck_assert_int_eq(cache_redis_wait(&redis,
						  clock_mono() + CLOCK_SECOND),
				 -ECONNREFUSED);
	ck_assert_int_eq(redis.fd, -1);
}
END_TEST

START_TEST(it_hangs_up)
{
	open_and_ask();
	fake_hang_up();
	ck_assert_int_eq(cache_redis_next(&redis), -ECONNRESET);
	ck_assert_int_eq(redis.fd, -1);
}
END_TEST

START_TEST(silence_ends_with_the_deadline)
{
	int64_t begin = clock_mono();

	open_and_ask();
	ck_assert_int_eq(cache_redis_wait(&redis, begin + 50 * CLOCK_MS),
			 -ETIMEDOUT);
	ck_assert_int_ge(clock_mono(), begin + 50 * CLOCK_MS);
	ck_assert_int_ge(redis.fd, 0);
}
END_TEST

START_TEST(nothing_is_inherited)
{
	open_and_ask();
	ck_assert_int_ne(fcntl(redis.fd, F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

START_TEST(what_is_asked_must_fit)
{
	static char big[CACHE_REDIS_OUT];
	struct cache_server server = fake_server();

	ck_assert_int_eq(cache_redis_open(&redis, &server, SPAN("")), 0);
	cache_redis_ask(&redis, (struct span[]){ { big, sizeof(big) } }, 1);
	ck_assert_int_eq(cache_redis_next(&redis), -EMSGSIZE);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("cache_redis");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, next_reads_an_answer, 0, ROWS(answers));
	tcase_add_test(tc, next_reads_a_list_in_pieces);
	tcase_add_test(tc, an_element_that_is_cut_is_none);
	tcase_add_test(tc, more_elements_than_there_is_room_for);
	tcase_add_loop_test(tc, a_flood_ends, 0, ROWS(floods));
	tcase_add_loop_test(tc, logging_in, 0, ROWS(logins));
	tcase_add_test(tc, a_password_is_wiped);
	tcase_add_test(tc, nobody_listens);
	tcase_add_test(tc, tcp_refused);
	tcase_add_test(tc, it_hangs_up);
	tcase_add_test(tc, silence_ends_with_the_deadline);
	tcase_add_test(tc, nothing_is_inherited);
	tcase_add_test(tc, what_is_asked_must_fit);
	return unit_run();
}
