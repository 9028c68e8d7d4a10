#include "tls/errand.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2];

static void setup(void)
{
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

static int64_t soon(void)
{
	return clock_mono() + 5 * CLOCK_SECOND;
}

START_TEST(an_errand_arrives)
{
	const struct errand sent = { .client = "[192.0.2.1]:4711",
				     .server = "[2001:db8::1]:25",
				     .id = "a1b2",
				     .time_left = 600 * CLOCK_SECOND,
				     .mandatory = true };
	struct errand got;

	ck_assert_int_eq(errand_send(pair[0], &sent, soon()), 0);
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), 0);
	ck_assert_str_eq(got.client, sent.client);
	ck_assert_str_eq(got.server, sent.server);
	ck_assert_str_eq(got.id, sent.id);
	ck_assert_int_eq(got.time_left, sent.time_left);
	ck_assert(got.mandatory);
}
END_TEST

START_TEST(an_answer_arrives)
{
	const struct errand_answer sent = { .ready = false, .text = "no key" };
	struct errand_answer got = { .ready = true };

	ck_assert_int_eq(errand_send_answer(pair[1], &sent, soon()), 0);
	ck_assert_int_eq(errand_receive_answer(pair[0], soon(), &got), 0);
	ck_assert(!got.ready);
	ck_assert_str_eq(got.text, "no key");
}
END_TEST

START_TEST(what_is_no_errand_is_refused)
{
	char bytes[sizeof(struct errand) + 64];
	struct errand got;

	memset(bytes, 'x', sizeof(bytes));
	ck_assert_int_eq(write(pair[0], bytes, sizeof(bytes)), sizeof(bytes));
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), -EPROTO);
}
END_TEST

/* Change the first byte of what PAIR has brought to the other side. */
static void forge(void)
{
	char bytes[sizeof(struct errand) + sizeof(struct errand_answer) + 64];
	ssize_t n = read(pair[1], bytes, sizeof(bytes));

	ck_assert_int_gt(n, 0);
	bytes[0] ^= 1;
	ck_assert_int_eq(write(pair[0], bytes, (size_t)n), n);
}

/* As if this program and the service were not of the same version. */
START_TEST(another_form_is_refused)
{
	struct errand sent = { .time_left = 1 }, got;
	struct errand_answer answer = { .ready = true }, answered;

	ck_assert_int_eq(errand_send(pair[0], &sent, soon()), 0);
	forge();
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), -EPROTO);
	ck_assert_int_eq(errand_send_answer(pair[0], &answer, soon()), 0);
	forge();
	ck_assert_int_eq(errand_receive_answer(pair[1], soon(), &answered),
			 -EPROTO);
}
END_TEST

/* A text without an end must not be read beyond its field. */
START_TEST(texts_must_end)
{
	struct errand sent = { .time_left = 1 }, got;
	struct errand_answer answer = { .ready = true }, answered;

	memset(sent.client, 'x', sizeof(sent.client));
	ck_assert_int_eq(errand_send(pair[0], &sent, soon()), 0);
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), -EPROTO);
	memset(answer.text, 'x', sizeof(answer.text));
	ck_assert_int_eq(errand_send_answer(pair[1], &answer, soon()), 0);
	ck_assert_int_eq(errand_receive_answer(pair[0], soon(), &answered),
			 -EPROTO);
}
END_TEST

START_TEST(time_left_is_not_negative)
{
	struct errand sent = { .time_left = -1 }, got;

	ck_assert_int_eq(errand_send(pair[0], &sent, soon()), 0);
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), -EPROTO);
}
END_TEST

START_TEST(nobody_waits_for_ever)
{
	struct errand got;
	struct errand_answer answer;
	int32_t code;
	int fd;

	ck_assert_int_eq(errand_receive(pair[1], 0, &got), -ETIMEDOUT);
	ck_assert_int_eq(errand_receive_answer(pair[0], 0, &answer),
			 -ETIMEDOUT);
	ck_assert_int_eq(errand_receive_descriptor(pair[0], 0, &code, &fd),
			 -ETIMEDOUT);
	ck_assert_int_eq(write(pair[0], "half", 4), 4);
	ck_assert_int_eq(errand_receive(pair[1], clock_mono() + CLOCK_MS, &got),
			 -ETIMEDOUT);
}
END_TEST

START_TEST(the_other_side_may_be_gone)
{
	const struct errand sent = { .id = "x" };
	struct errand got;
	int32_t code;
	int fd;

	close(pair[0]);
	ck_assert_int_eq(errand_receive(pair[1], soon(), &got), -EPIPE);
	ck_assert_int_eq(errand_receive_descriptor(pair[1], soon(), &code, &fd),
			 -EPIPE);
	ck_assert_int_eq(errand_send(pair[1], &sent, soon()), -EPIPE);
	ck_assert_int_eq(errand_send_descriptor(pair[1], 0, -1, soon()),
			 -EPIPE);
}
END_TEST

START_TEST(a_descriptor_arrives)
{
	int pipes[2], got = -1;
	int32_t code = 0;
	char byte;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(errand_send_descriptor(pair[0], 7, pipes[0], soon()),
			 0);
	ck_assert_int_eq(
		errand_receive_descriptor(pair[1], soon(), &code, &got), 0);
	ck_assert_int_eq(code, 7);
	ck_assert_int_ge(got, 0);
	ck_assert_int_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(pipes[1], "!", 1), 1);
	ck_assert_int_eq(read(got, &byte, 1), 1);

	ck_assert_int_eq(errand_send_descriptor(pair[0], -2, -1, soon()), 0);
	ck_assert_int_eq(
		errand_receive_descriptor(pair[1], soon(), &code, &got), 0);
	ck_assert_int_eq(code, -2);
	ck_assert_int_eq(got, -1);
}
END_TEST

/* Room for one descriptor is aligned, and then is room for two. */
START_TEST(more_descriptors_do_not_stay_open)
{
	int sent[2] = { pair[0], pair[1] }, got, next;
	char control[CMSG_SPACE(sizeof(sent))] = { 0 };
	int32_t code = 0;
	struct iovec data = { &code, sizeof(code) };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(c), sent, sizeof(sent));
	ck_assert_int_eq(sendmsg(pair[0], &m, 0), sizeof(code));
	ck_assert_int_eq(
		errand_receive_descriptor(pair[1], soon(), &code, &got), 0);
	ck_assert_int_ge(got, 0);
	next = dup(pair[0]);
	ck_assert_int_eq(next, got + 1); /* the second one has been closed */
	close(next);
	close(got);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("errand");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_errand_arrives);
	tcase_add_test(tc, an_answer_arrives);
	tcase_add_test(tc, what_is_no_errand_is_refused);
	tcase_add_test(tc, another_form_is_refused);
	tcase_add_test(tc, texts_must_end);
	tcase_add_test(tc, time_left_is_not_negative);
	tcase_add_test(tc, nobody_waits_for_ever);
	tcase_add_test(tc, the_other_side_may_be_gone);
	tcase_add_test(tc, a_descriptor_arrives);
	tcase_add_test(tc, more_descriptors_do_not_stay_open);
	return unit_run();
}
