#include "daemon/goodbyes.h"

#include "base/clock.h"
#include "sockets.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#define REPLY "521 no\r\n"

/* Longer than the moment after which a client is looked at, shorter than its
 * time; and longer than both. */
#define SOON CLOCK_SECOND
#define LATE (10 * CLOCK_SECOND)

static struct goodbyes goodbyes;

/* The last that was to be watched. */
static int watched;
static uint32_t number;
static bool can_watch;

static bool watch(void *context, int fd, uint32_t n)
{
	ck_assert_ptr_eq(context, &watched);
	watched = fd;
	number = n;
	return can_watch;
}

static void setup(void)
{
	watched = -1;
	can_watch = true;
	ck_assert_int_eq(goodbyes_open(&goodbyes, watch, &watched), 0);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* A client that is refused: our end, and its own in *RET. */
static int refuse(int *ret)
{
	int pair[2];

	sockets_tcp_pair(pair);
	*ret = pair[1];
	ck_assert(goodbyes_say(&goodbyes, pair[0], SPAN(REPLY)));
	return pair[0];
}

static void expect_reply(int client)
{
	char bytes[64];

	ck_assert_int_eq(recv(client, bytes, sizeof(bytes), MSG_WAITALL),
			 sizeof(REPLY) - 1);
	ck_assert_mem_eq(bytes, REPLY, sizeof(REPLY) - 1);
}

START_TEST(who_leaves_soon_is_not_watched)
{
	int client, fd = refuse(&client);

	expect_reply(client);
	close(client);
	ck_assert(is_open(fd));
	goodbyes_expire(&goodbyes, clock_mono() + SOON);
	ck_assert(!is_open(fd));
	ck_assert_int_eq(watched, -1);
	ck_assert_int_eq(goodbyes_deadline(&goodbyes), CLOCK_NEVER);
}
END_TEST

START_TEST(descriptors_may_be_wanted_at_once)
{
	int gone, here, a = refuse(&gone), b = refuse(&here);

	close(gone);
	goodbyes_hurry(&goodbyes);
	ck_assert(!is_open(a));
	ck_assert(is_open(b));
	ck_assert_int_eq(watched, b);
	goodbyes_expire(&goodbyes, clock_mono() + LATE);
	ck_assert(!is_open(b));
	close(here);
}
END_TEST

START_TEST(who_stays_is_watched_until_it_leaves)
{
	int client, fd = refuse(&client);

	goodbyes_expire(&goodbyes, clock_mono() + SOON);
	ck_assert_int_eq(watched, fd);
	ck_assert_int_eq(send(client, "EHLO", 4, 0), 4);
	goodbyes_hear(&goodbyes, number);
	ck_assert(is_open(fd));
	expect_reply(client);
	close(client);
	goodbyes_hear(&goodbyes, number);
	ck_assert(!is_open(fd));
	/* an event that was already on its way */
	goodbyes_hear(&goodbyes, number);
}
END_TEST

/* Row 1: one that cannot be watched. */
START_TEST(who_never_leaves_has_its_time)
{
	int client, fd = refuse(&client);
	int64_t now = clock_mono();

	can_watch = _i == 0;
	ck_assert_int_le(goodbyes_deadline(&goodbyes), now + SOON);
	goodbyes_expire(&goodbyes, now + SOON);
	ck_assert(is_open(fd));
	ck_assert_int_gt(goodbyes_deadline(&goodbyes), now + SOON);
	ck_assert_int_le(goodbyes_deadline(&goodbyes), now + LATE);
	goodbyes_expire(&goodbyes, now + LATE);
	ck_assert(!is_open(fd));
	close(client);
}
END_TEST

/* Closing over what has not been read would reset the connection. */
START_TEST(who_talks_hears_the_reply)
{
	int pair[2], error;
	socklen_t size = sizeof(error);

	sockets_tcp_pair(pair);
	ck_assert_int_eq(send(pair[1], "EHLO a\r\n", 8, 0), 8);
	ck_assert(goodbyes_say(&goodbyes, pair[0], SPAN(REPLY)));
	goodbyes_expire(&goodbyes, clock_mono() + SOON);
	goodbyes_expire(&goodbyes, clock_mono() + LATE);
	ck_assert(!is_open(pair[0]));
	expect_reply(pair[1]);
	ck_assert_int_eq(
		getsockopt(pair[1], SOL_SOCKET, SO_ERROR, &error, &size), 0);
	ck_assert_int_eq(error, 0);
	close(pair[1]);
}
END_TEST

START_TEST(who_is_gone_is_nobodys)
{
	int pair[2];

	sockets_tcp_pair(pair);
	sockets_reset(pair[1]);
	ck_assert(!goodbyes_say(&goodbyes, pair[0], SPAN(REPLY)));
	close(pair[0]);
}
END_TEST

/* Of a flood the oldest are looked at early, and their numbers are free. */
START_TEST(a_flood_holds_few_descriptors)
{
	int client, first = refuse(&client), fd = first;

	close(client);
	for (int i = 0; i < 900; i++) {
		fd = refuse(&client);
		close(client);
	}
	ck_assert_int_lt(fd, first + 600);
	ck_assert_int_eq(watched, -1);
	goodbyes_expire(&goodbyes, clock_mono() + SOON);
	ck_assert(!is_open(first));
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("goodbyes");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, who_leaves_soon_is_not_watched);
	tcase_add_test(tc, descriptors_may_be_wanted_at_once);
	tcase_add_test(tc, who_stays_is_watched_until_it_leaves);
	tcase_add_loop_test(tc, who_never_leaves_has_its_time, 0, 2);
	tcase_add_test(tc, who_talks_hears_the_reply);
	tcase_add_test(tc, who_is_gone_is_nobodys);
	tcase_add_test(tc, a_flood_holds_few_descriptors);
	return unit_run();
}
