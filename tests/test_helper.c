#include "tls/helper.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct conf_input input = { .file = "/nonexistent" };

static char dir[64], path[128];
static char why_memory[512];
static struct sbuf why;

static void setup(void)
{
	strcpy(dir, "/tmp/helper.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	why = SBUF(why_memory);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
}

static int64_t soon(void)
{
	return clock_mono() + 5 * CLOCK_SECOND;
}

static struct helper_setup setup_for(const char *service)
{
	return (struct helper_setup){ .service = service,
				      .input = &input,
				      .end = soon() };
}

static int service(int backlog)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(at.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void no_child_is_left(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(it_connects_to_the_service)
{
	struct helper_setup s = setup_for(path);
	int listener = service(1), near, far;
	struct helper h;
	char byte;

	helper_open(&h, &s);
	near = helper_ask(&h, &s, soon(), &why);
	ck_assert_msg(near >= 0, "%s", why.text);
	ck_assert_int_ne(fcntl(near, F_GETFD) & FD_CLOEXEC, 0);
	far = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(near, "!", 1), 1);
	ck_assert_int_eq(read(far, &byte, 1), 1);
	helper_close(&h);
	ck_assert_int_eq(waitpid(-1, NULL, 0) > 0, true);
	no_child_is_left();
	close(near);
	close(far);
	close(listener);
}
END_TEST

START_TEST(it_is_asked_once)
{
	struct helper_setup s = setup_for(path);
	int listener = service(1);
	struct helper h;

	helper_open(&h, &s);
	close(helper_ask(&h, &s, soon(), &why));
	ck_assert_int_lt(helper_ask(&h, &s, soon(), &why), 0);
	helper_close(&h);
	close(listener);
}
END_TEST

START_TEST(a_service_that_is_not_there_is_explained)
{
	struct helper_setup s = setup_for(path);
	int bound = service(-1);
	struct helper h;

	helper_open(&h, &s);
	ck_assert_int_eq(helper_ask(&h, &s, soon(), &why), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "Connection refused"));
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_ptr_nonnull(strstr(why.text, "smtp-screen-tls.socket"));
	helper_close(&h);
	close(bound);
}
END_TEST

/* A service that accepts nobody must not hold up a session. */
START_TEST(a_full_service_is_not_waited_for)
{
	struct helper_setup s = setup_for(path);
	int listener = service(0), first;
	struct helper h[2];

	for (int i = 0; i < 2; i++)
		helper_open(&h[i], &s);
	first = helper_ask(&h[0], &s, soon(), &why);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(helper_ask(&h[1], &s, soon(), &why), -EAGAIN);
	close(first);
	close(listener);
}
END_TEST

static const char *const absent[] = { "", "/nonexistent/socket" };

/* Beside this test there is none. */
START_TEST(a_program_that_is_not_there_is_explained)
{
	struct helper_setup s = setup_for(absent[_i]);
	struct helper h;

	helper_open(&h, &s);
	ck_assert_int_eq(helper_ask(&h, &s, soon(), &why), -ENOENT);
	ck_assert_ptr_nonnull(
		strstr(why.text, "cannot start smtp-screen-tls: No such file"));
	helper_close(&h);
}
END_TEST

START_TEST(it_ends_when_nobody_asks)
{
	struct helper_setup s = setup_for("");
	struct helper h;

	s.end = clock_mono() + 600 * CLOCK_SECOND;
	helper_open(&h, &s);
	helper_close(&h);
	no_child_is_left();
}
END_TEST

START_TEST(it_ends_in_time)
{
	struct helper_setup s = setup_for("");
	struct helper h;

	s.end = clock_mono() + 20 * CLOCK_MS;
	helper_open(&h, &s);
	ck_assert_int_eq(waitpid(h.pid, NULL, 0), h.pid);
	ck_assert_int_lt(helper_ask(&h, &s, soon(), &why), 0);
	ck_assert_uint_gt(why.len, 0);
	h.pid = -1;
	helper_close(&h);
}
END_TEST

/* A lock and a connection that it inherits end with us all the same. */
START_TEST(it_keeps_nothing_open)
{
	struct helper_setup s = setup_for("");
	int pipes[2], lock;
	struct helper h;
	char byte;
	struct pollfd ended;

	/* it must not be its end that closes them */
	s.end = clock_mono() + 60 * CLOCK_SECOND;
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	/* behind it, for the helper closes them in this order */
	ck_assert_int_eq(pipe(pipes), 0);
	helper_open(&h, &s);
	close(pipes[1]);
	ended = (struct pollfd){ .fd = pipes[0], .events = POLLIN };
	ck_assert_int_eq(poll(&ended, 1, 5000), 1);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 0);
	close(lock);
	lock = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	helper_close(&h);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("helper");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_connects_to_the_service);
	tcase_add_test(tc, it_is_asked_once);
	tcase_add_test(tc, a_service_that_is_not_there_is_explained);
	tcase_add_test(tc, a_full_service_is_not_waited_for);
	tcase_add_loop_test(tc, a_program_that_is_not_there_is_explained, 0,
			    ROWS(absent));
	tcase_add_test(tc, it_ends_when_nobody_asks);
	tcase_add_test(tc, it_ends_in_time);
	tcase_add_test(tc, it_keeps_nothing_open);
	return unit_run();
}
