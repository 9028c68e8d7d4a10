#include "base/fdio.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(wait_reports_what_is_ready)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(fdio_wait(ends[0], POLLIN, 0), -ETIMEDOUT);
	ck_assert_int_eq(fdio_wait(ends[0], POLLIN, clock_mono() + 1000),
			 -ETIMEDOUT);
	ck_assert_int_eq(fdio_wait(ends[1], POLLOUT, 0), POLLOUT);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(fdio_wait(ends[0], POLLIN, CLOCK_NEVER), POLLIN);
	close(ends[0]);
	ck_assert_int_eq(fdio_wait(ends[0], POLLIN, CLOCK_NEVER), -EBADF);
}
END_TEST

START_TEST(same_knows_copies)
{
	int ends[2], copy;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	copy = dup(ends[0]);
	ck_assert(fdio_same(ends[0], copy));
	ck_assert(!fdio_same(ends[0], 2));
	close(copy);
	ck_assert(!fdio_same(ends[0], copy));
	ck_assert(!fdio_same(copy, copy));
}
END_TEST

START_TEST(inet_is_ipv4_or_ipv6)
{
	int pair[2];

	ck_assert(fdio_is_inet(socket(AF_INET, SOCK_STREAM, 0)));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(!fdio_is_inet(pair[0]));
	ck_assert(!fdio_is_inet(open("/dev/null", O_RDONLY)));
	ck_assert(!fdio_is_inet(-1));
}
END_TEST

START_TEST(fill_standard_takes_the_gaps)
{
	int one = fcntl(1, F_DUPFD_CLOEXEC, 100);

	close(0);
	close(2);
	ck_assert_int_eq(fdio_fill_standard(), 0);
	ck_assert_int_eq(fcntl(0, F_GETFD), 0);
	ck_assert_int_eq(fcntl(2, F_GETFD), 0);
	ck_assert(fdio_same(0, 2));
	ck_assert(fdio_same(1, one));
}
END_TEST

START_TEST(empty_standard_leaves_the_others)
{
	int ends[2], kept;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	for (int fd = 0; fd <= 2; fd++)
		ck_assert_int_eq(dup2(ends[1], fd), fd);
	kept = fcntl(2, F_DUPFD_CLOEXEC, 100);
	ck_assert_int_eq(fdio_empty_standard(0, 1), 0);
	ck_assert(fdio_same(0, 1));
	ck_assert(!fdio_same(1, 2));
	ck_assert(fdio_same(2, kept));
	ck_assert_int_eq(fcntl(1, F_GETFD), 0);
}
END_TEST

START_TEST(above_standard_moves_only_the_low)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), moved;

	ck_assert_int_eq(fdio_above_standard(fd), fd);
	ck_assert_int_eq(fdio_above_standard(-EMFILE), -EMFILE);
	dup2(fd, 0);
	moved = fdio_above_standard(0);
	ck_assert_int_gt(moved, 2);
	ck_assert_int_eq(fcntl(moved, F_GETFD), FD_CLOEXEC);
	ck_assert(fdio_same(fd, moved));
	ck_assert_int_lt(fcntl(0, F_GETFD), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("fdio");

	tcase_add_test(tc, wait_reports_what_is_ready);
	tcase_add_test(tc, same_knows_copies);
	tcase_add_test(tc, inet_is_ipv4_or_ipv6);
	tcase_add_test(tc, fill_standard_takes_the_gaps);
	tcase_add_test(tc, empty_standard_leaves_the_others);
	tcase_add_test(tc, above_standard_moves_only_the_low);
	return unit_run();
}
