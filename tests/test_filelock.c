#include "base/clock.h"
#include "base/filelock.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Much longer than anything here should take; nothing waits for it. */
#define LONG (30 * CLOCK_SECOND)

/* How long a lock that cannot be had is waited for. */
#define SHORT (50 * CLOCK_MS)

static char dir[64], path[80];

static void make_dir(void)
{
	strcpy(dir, "/tmp/test_filelock.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/lock", dir);
}

static void remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static int open_lock(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Two open files are two owners, as good as two processes. */
static const struct {
	const char *why;
	enum filelock_kind first, second;
	int result;
} pairs[] = {
	{ "readers read together", FILELOCK_SHARED, FILELOCK_SHARED, 0 },
	{ "a writer keeps a reader out", FILELOCK_EXCLUSIVE, FILELOCK_SHARED,
	  -ETIMEDOUT },
	{ "a reader keeps a writer out", FILELOCK_SHARED, FILELOCK_EXCLUSIVE,
	  -ETIMEDOUT },
	{ "a writer keeps a writer out", FILELOCK_EXCLUSIVE, FILELOCK_EXCLUSIVE,
	  -ETIMEDOUT },
};

START_TEST(take_excludes)
{
	int a = open_lock(), b = open_lock();
	int64_t before;

	ck_assert_int_eq(filelock_take(a, pairs[_i].first, 0), 0);
	before = clock_mono();
	ck_assert_msg(filelock_take(b, pairs[_i].second, before + SHORT) ==
			      pairs[_i].result,
		      "%s", pairs[_i].why);
	if (pairs[_i].result < 0) { /* no sooner, and soon after */
		ck_assert_int_ge(clock_mono(), before + SHORT);
		ck_assert_int_lt(clock_mono(), before + LONG);
	}
	filelock_drop(a);
	/* Who gave up holds nothing back; a deadline long gone is no reason
	 * not to take what is free. */
	ck_assert_int_eq(filelock_take(a, FILELOCK_SHARED, 0), 0);
	filelock_drop(a);
	filelock_drop(b);
	ck_assert_int_eq(filelock_take(a, FILELOCK_EXCLUSIVE, 0), 0);
	close(a);
	ck_assert_int_eq(filelock_take(b, FILELOCK_EXCLUSIVE, 0), 0);
	close(b);
}
END_TEST

START_TEST(whole_excludes)
{
	int a = open_lock(), b = open_lock();
	int64_t before;

	ck_assert_int_eq(filelock_take_whole(a, 0), 0);
	before = clock_mono();
	ck_assert_int_eq(filelock_take_whole(b, before + SHORT), -ETIMEDOUT);
	ck_assert_int_ge(clock_mono(), before + SHORT);
	/* It is another lock than the two of the lock file. */
	ck_assert_int_eq(filelock_take(b, FILELOCK_EXCLUSIVE, 0), 0);
	filelock_drop_whole(a);
	ck_assert_int_eq(filelock_take_whole(b, 0), 0);
	close(a);
	close(b);
}
END_TEST

/* A child that holds the lock, says so, and waits to be told or killed. */
static pid_t hold(enum filelock_kind kind, int *ret_tell)
{
	int ready[2], tell[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(tell), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int fd = open(path, O_RDWR);

		close(tell[1]);
		if (filelock_take(fd, kind, 0) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		while (read(tell[0], &c, 1) < 0)
			;
		filelock_drop(fd);
		while (read(tell[0], &c, 1) > 0)
			;
		_exit(0);
	}
	close(tell[0]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*ret_tell = tell[1];
	return pid;
}

START_TEST(take_waits_for_its_turn)
{
	int fd = open_lock(), tell;
	pid_t pid = hold(FILELOCK_SHARED, &tell);

	ck_assert_int_eq(write(tell, "", 1), 1);
	ck_assert_int_eq(
		filelock_take(fd, FILELOCK_EXCLUSIVE, clock_mono() + LONG), 0);
	close(tell);
	waitpid(pid, NULL, 0);
	close(fd);
}
END_TEST

START_TEST(death_releases)
{
	int fd = open_lock(), tell;
	pid_t pid = hold(FILELOCK_EXCLUSIVE, &tell);

	ck_assert_int_eq(filelock_take(fd, FILELOCK_SHARED,
				       clock_mono() + SHORT),
			 -ETIMEDOUT);
	kill(pid, SIGKILL);
	ck_assert_int_eq(
		filelock_take(fd, FILELOCK_SHARED, clock_mono() + LONG), 0);
	waitpid(pid, NULL, 0);
	close(tell);
	close(fd);
}
END_TEST

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
	(void)number;
	alarms++;
}

START_TEST(other_signals_do_not_end_the_wait)
{
	struct sigaction action = { .sa_handler = count_alarm };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	int a = open_lock(), b = open_lock();
	int64_t before;

	ck_assert_int_eq(filelock_take(a, FILELOCK_EXCLUSIVE, 0), 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	before = clock_mono();
	ck_assert_int_eq(filelock_take(b, FILELOCK_SHARED, before + SHORT),
			 -ETIMEDOUT);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_ge(clock_mono(), before + SHORT);
	ck_assert_int_gt(alarms, 0);
	close(a);
	close(b);
}
END_TEST

/* How many POSIX timers this process has; 0 where the kernel does not say. */
static int timers(void)
{
	FILE *f = fopen("/proc/self/timers", "re");
	char line[200];
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strncmp(line, "ID:", 3) == 0;
	if (f)
		fclose(f);
	return n;
}

START_TEST(waiting_leaves_no_trace)
{
	struct sigaction ours = { .sa_handler = count_alarm }, after;
	sigset_t all, mask, pending;
	int a = open_lock(), b = open_lock();

	/* As bad as it can be: every signal blocked, and handled. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		sigaction(s, &ours, NULL);
	ck_assert_int_eq(filelock_take(a, FILELOCK_EXCLUSIVE, 0), 0);
	ck_assert_int_eq(filelock_take(b, FILELOCK_SHARED,
				       clock_mono() + SHORT),
			 -ETIMEDOUT);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++) {
		ck_assert_int_eq(sigismember(&mask, s), 1);
		ck_assert_int_eq(sigismember(&pending, s), 0);
		sigaction(s, NULL, &after);
		ck_assert(after.sa_handler == count_alarm);
	}
	ck_assert_int_eq(alarms, 0);
	ck_assert_int_eq(timers(), 0);
	close(a);
	close(b);
}
END_TEST

START_TEST(a_descriptor_that_cannot_be_locked_fails)
{
	int fd = open_lock();

	close(fd);
	ck_assert_int_eq(filelock_take(fd, FILELOCK_SHARED, CLOCK_NEVER),
			 -EBADF);
	ck_assert_int_eq(filelock_take_whole(fd, CLOCK_NEVER), -EBADF);
}
END_TEST

#define READERS 8

/* Reads without a pause, so that the lock is nearly always shared. */
static pid_t start_reader(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int fd = open(path, O_RDWR);

		for (;;) {
			int64_t until;

			if (filelock_take(fd, FILELOCK_SHARED, CLOCK_NEVER) < 0)
				_exit(1);
			until = clock_mono() + 5 * CLOCK_MS;
			while (clock_mono() < until)
				;
			filelock_drop(fd);
		}
	}
	return pid;
}

START_TEST(readers_do_not_starve_a_writer)
{
	pid_t readers[READERS];
	int fd = open_lock(), result = 0;

	for (int i = 0; i < READERS; i++)
		readers[i] = start_reader();
	for (int i = 0; i < 20 && result == 0; i++) {
		result = filelock_take(fd, FILELOCK_EXCLUSIVE,
				       clock_mono() + 5 * CLOCK_SECOND);
		filelock_drop(fd);
	}
	for (int i = 0; i < READERS; i++) {
		kill(readers[i], SIGKILL);
		waitpid(readers[i], NULL, 0);
	}
	ck_assert_int_eq(result, 0);
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("filelock");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_loop_test(tc, take_excludes, 0, ROWS(pairs));
	tcase_add_test(tc, whole_excludes);
	tcase_add_test(tc, take_waits_for_its_turn);
	tcase_add_test(tc, death_releases);
	tcase_add_test(tc, other_signals_do_not_end_the_wait);
	tcase_add_test(tc, waiting_leaves_no_trace);
	tcase_add_test(tc, a_descriptor_that_cannot_be_locked_fails);
	tcase_add_test(tc, readers_do_not_starve_a_writer);
	return unit_run();
}
