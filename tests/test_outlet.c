#include "log/outlet.h"

#include "base/clock.h"
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *why;
	struct span path;
	bool good;
} paths[] = {
	{ "absolute", { "/dev/log", 8 }, true },
	{ "relative", { "dev/log", 7 }, false },
	{ "empty", { "", 0 }, false },
	{ "a NUL inside", { "/dev\0/log", 9 }, false },
};

START_TEST(init_takes_absolute_paths)
{
	struct outlet o = { .fd = 77 };

	ck_assert_msg(outlet_init(&o, paths[_i].path) == paths[_i].good, "%s",
		      paths[_i].why);
	ck_assert_int_eq(o.fd, paths[_i].good ? -1 : 77);
}
END_TEST

START_TEST(init_takes_what_fits)
{
	char path[sizeof(((struct outlet *)0)->path)];
	struct outlet o;

	memset(path, '/', sizeof(path));
	ck_assert(outlet_init(&o, (struct span){ path, sizeof(path) - 1 }));
	ck_assert_uint_eq(strlen(o.path), sizeof(path) - 1);
	ck_assert(!outlet_init(&o, (struct span){ path, sizeof(path) }));
}
END_TEST

static enum outlet_result write_line(int fd, mode_t type, struct span line,
				     bool *torn, int64_t *patience)
{
	return outlet_write(fd, type, &line, torn, patience);
}

/*
 * The disk filled up within a line: the next one, when there is room again,
 * begins on a line of its own.
 */
START_TEST(a_torn_line_ends_before_the_next)
{
	char path[] = "/tmp/test_outlet.XXXXXX", text[100] = "";
	int fd = mkostemp(path, O_CLOEXEC);
	struct rlimit limit, small;
	int64_t patience = 0;
	bool torn = false;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 5;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	ck_assert_int_eq(write_line(fd, S_IFREG, SPAN("a long line\n"), &torn,
				    &patience),
			 OUTLET_FULL);
	ck_assert(torn);
	ck_assert_int_eq(write_line(fd, S_IFREG, SPAN("lost\n"), &torn,
				    &patience),
			 OUTLET_FULL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(write_line(fd, S_IFREG, SPAN("next\n"), &torn,
				    &patience),
			 OUTLET_SENT);
	ck_assert_int_eq(write_line(fd, S_IFREG, SPAN("last\n"), &torn,
				    &patience),
			 OUTLET_SENT);
	ck_assert_int_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_str_eq(text, "a lon\nnext\nlast\n");
}
END_TEST

/* A line is in a pipe whole or not at all, and no flag of it is touched. */
START_TEST(a_full_pipe_takes_no_part_of_a_line)
{
	static char line[PIPE_BUF], heard[PIPE_BUF * 64];
	int64_t patience = 0;
	bool torn = false;
	size_t lines = 0, got;
	int ends[2];

	memset(line, 'x', sizeof(line));
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	while (write_line(ends[1], S_IFIFO, (struct span){ line, 3000 }, &torn,
			  &patience) == OUTLET_SENT)
		lines++;
	ck_assert_uint_gt(lines, 0);
	ck_assert(!torn);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	close(ends[1]);
	for (got = 0; got < sizeof(heard);) {
		ssize_t n = read(ends[0], heard + got, sizeof(heard) - got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	ck_assert_uint_eq(got, lines * 3000);
}
END_TEST

/* A reader that takes its time is waited for, as long as patience lasts. */
START_TEST(patience_is_spent_by_waiting_only)
{
	static char line[PIPE_BUF];
	int64_t patience = 20 * CLOCK_MS, before = patience;
	bool torn = false;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(write_line(ends[1], S_IFIFO, SPAN("x\n"), &torn,
				    &patience),
			 OUTLET_SENT);
	ck_assert_int_eq(patience, before);
	while (write_line(ends[1], S_IFIFO, (struct span){ line, sizeof(line) },
			  &torn, &patience) == OUTLET_SENT)
		;
	ck_assert_int_le(patience, 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("outlet");

	tcase_add_loop_test(tc, init_takes_absolute_paths, 0, ROWS(paths));
	tcase_add_test(tc, init_takes_what_fits);
	tcase_add_test(tc, a_torn_line_ends_before_the_next);
	tcase_add_test(tc, a_full_pipe_takes_no_part_of_a_line);
	tcase_add_test(tc, patience_is_spent_by_waiting_only);
	return unit_run();
}
