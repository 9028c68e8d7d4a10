#include "handoff/exim.h"

#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;

/* A program with SCRIPT in it, in the place of an Exim. */
static const char *program(const char *script)
{
	static char path[] = "/tmp/test-exim-XXXXXX";
	int fd;

	strcpy(path, "/tmp/test-exim-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	dprintf(fd, "#!/bin/sh\n%s\n", script);
	fchmod(fd, 0755);
	close(fd);
	return path;
}

#define ASKED "[ \"$*\" = \"-bP exim_user\" ] && "

static const struct {
	const char *why, *script;
	uid_t uid;
	int result;
} rows[] = {
	{ "root is not even asked about", "exit 1", 0, 1 },
	{ "its own user", ASKED "echo 'exim_user = daemon'", 1, 1 },
	{ "another", ASKED "echo 'exim_user = daemon'", 2, 0 },
	{ "a number", ASKED "echo 'exim_user = 1234'", 1234, 1 },
	{ "another number", ASKED "echo 'exim_user = 1234'", 123, 0 },
	{ "who is that?", ASKED "echo 'exim_user = no-such-user'", 1, -ENOENT },
	/* "daemo" is no user: names are compared whole */
	{ "half a name", ASKED "echo 'exim_user = daemo'", 1, -ENOENT },
	{ "nothing", ":", 1, -EBADMSG },
	{ "words", "echo usage: exim", 1, -EBADMSG },
	{ "another setting", "echo 'exim_group = daemon'", 1, -EBADMSG },
	{ "too many words", "yes 'exim_user = daemon'", 1, -EBADMSG },
	{ "words on standard error do not count",
	  "echo 'exim_user = daemon' >&2", 1, -EBADMSG },
	{ "it reads nothing of the client's", "read x || echo exim_user = 1", 1,
	  1 },
};

START_TEST(it_is_asked_whom_it_believes)
{
	const char *path = program(rows[_i].script);
	int r;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	r = exim_trusts(path, rows[_i].uid, &arena);
	ck_assert_msg(r == rows[_i].result, "%s: %d", rows[_i].why, r);
	arena_close(&arena);
	unlink(path);
}
END_TEST

START_TEST(it_is_not_waited_for_for_ever)
{
	const char *path = program("exec sleep 60");
	int64_t begin = clock_mono();

	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	ck_assert_int_eq(exim_trusts(path, 1, &arena), -ETIMEDOUT);
	ck_assert_int_lt(clock_mono() - begin, 30 * CLOCK_SECOND);
	arena_close(&arena);
	unlink(path);
}
END_TEST

START_TEST(what_cannot_be_started_says_nothing)
{
	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	ck_assert_int_eq(exim_trusts("/no/such/exim", 1, &arena), -EBADMSG);
	arena_close(&arena);
}
END_TEST

START_TEST(without_a_descriptor_it_is_not_asked)
{
	struct rlimit limit = { 0, 4096 };
	const char *path = program(ASKED "echo 'exim_user = daemon'");

	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(exim_trusts(path, 1, &arena), -EMFILE);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(exim_trusts(path, 1, &arena), 1);
	arena_close(&arena);
	unlink(path);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("exim");

	tcase_add_loop_test(tc, it_is_asked_whom_it_believes, 0, ROWS(rows));
	tcase_add_test(tc, it_is_not_waited_for_for_ever);
	tcase_add_test(tc, what_cannot_be_started_says_nothing);
	tcase_add_test(tc, without_a_descriptor_it_is_not_asked);
	return unit_run();
}
