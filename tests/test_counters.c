#include "state/counters.h"
#include "state/state.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 4
#define ROUNDS	 500
#define FIRST	 7
#define LAST	 (IMAGE_COUNTERS - 1)

static char dir[64], state_file[80], other_file[80];
static uint64_t sum[IMAGE_COUNTERS];
static struct counts counts;

static void make_files(void)
{
	struct state state;

	strcpy(dir, "/tmp/test_counters.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(state_file, sizeof(state_file), "%s/state", dir);
	snprintf(other_file, sizeof(other_file), "%s/other", dir);
	state_init(&state, state_file);
	ck_assert_int_eq(state_open(&state), 0);
	state_close(&state);
	close(open(other_file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	memset(sum, 0, sizeof(sum));
	counts.used = 0;
}

static void remove_files(void)
{
	unlink(state_file);
	unlink(other_file);
	rmdir(dir);
}

/* Of each kind one. */
static const enum counters_file kinds[] = { COUNTERS_IN_STATE,
					    COUNTERS_IN_OTHER };

static const char *file_of(enum counters_file kind)
{
	return kind == COUNTERS_IN_STATE ? state_file : other_file;
}

static int open_file(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int add(enum counters_file kind)
{
	int fd = open_file(file_of(kind));
	int r = counters_add(fd, kind, &counts);

	close(fd);
	return r;
}

START_TEST(what_is_added_is_summed_up)
{
	counts_add(&counts, FIRST, 2);
	counts_add(&counts, LAST, UINT64_C(5000000000));
	counts_add(&counts, FIRST, 1);
	ck_assert_int_eq(add(kinds[_i]), 0);
	ck_assert_int_eq(add(kinds[_i]), 0);
	sum[FIRST] = 100;
	ck_assert_int_eq(counters_sum(file_of(kinds[_i]), kinds[_i], sum), 0);
	ck_assert_uint_eq(sum[FIRST], 106);
	ck_assert_uint_eq(sum[LAST], UINT64_C(10000000000));
	for (unsigned i = 0; i < IMAGE_COUNTERS; i++)
		ck_assert(sum[i] == 0 || i == FIRST || i == LAST);
}
END_TEST

START_TEST(nothing_is_no_count_and_what_does_not_fit_is_left_out)
{
	counts_add(&counts, FIRST, 0);
	ck_assert_uint_eq(counts.used, 0);
	ck_assert_int_eq(counters_add(-1, COUNTERS_IN_STATE, &counts), 0);
	for (int i = 0; i < COUNTS_MOST + 3; i++)
		counts_add(&counts, FIRST, 1);
	ck_assert_uint_eq(counts.used, COUNTS_MOST);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_not_made)
{
	unlink(state_file);
	ck_assert_int_eq(counters_open(state_file), -ENOENT);
	ck_assert_int_eq(counters_open(""), -ENOENT);
	ck_assert_int_eq(counters_sum(state_file, COUNTERS_IN_STATE, sum),
			 -ENOENT);
	ck_assert_int_eq(counters_sum("", COUNTERS_IN_OTHER, sum), -ENOENT);
	ck_assert_int_lt(access(state_file, F_OK), 0);
}
END_TEST

START_TEST(a_state_file_that_is_not_whole_is_left_alone)
{
	struct stat st;

	counts_add(&counts, FIRST, 1);
	ck_assert_int_eq(truncate(state_file, 4095), 0);
	ck_assert_int_eq(counters_sum(state_file, COUNTERS_IN_STATE, sum),
			 -ENOENT);
	/* a header alone vouches for no more than its own bytes */
	ck_assert_int_eq(truncate(state_file, 40), 0);
	ck_assert_int_eq(add(COUNTERS_IN_STATE), -ENOENT);
	ck_assert_int_eq(truncate(state_file, 0), 0);
	ck_assert_int_eq(add(COUNTERS_IN_STATE), -ENOENT);
	ck_assert_int_eq(stat(state_file, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
}
END_TEST

START_TEST(another_file_keeps_what_is_its_own)
{
	char before[8192], after[8192];
	int fd = open_file(other_file);

	memset(before, 'x', sizeof(before));
	memset(before + 512, 0, 4096 - 512);
	ck_assert_int_eq(write(fd, before, sizeof(before)), sizeof(before));
	counts_add(&counts, 0, 1);
	counts_add(&counts, LAST, 1);
	ck_assert_int_eq(counters_add(fd, COUNTERS_IN_OTHER, &counts), 0);
	ck_assert_int_eq(pread(fd, after, sizeof(after), 0), sizeof(after));
	ck_assert_int_eq(memcmp(after, before, 512), 0);
	ck_assert_int_eq(memcmp(after + 4096, before + 4096, 4096), 0);
	ck_assert_int_eq(counters_sum(other_file, COUNTERS_IN_OTHER, sum), 0);
	ck_assert(sum[0] == 1 && sum[LAST] == 1);
	close(fd);
}
END_TEST

/* ---- many at once ----------------------------------------------------------
 */

/* Count until told to stop by a signal, or ROUNDS times; how often it was done
 * goes to *DONE. */
static pid_t start_counting(enum counters_file kind, int rounds,
			    _Atomic uint64_t *done)
{
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	fd = open(file_of(kind), O_RDWR | O_CLOEXEC);
	for (int i = 0; i < rounds; i++) {
		if (counters_add(fd, kind, &counts) == 0)
			++*done;
	}
	_exit(0);
}

static _Atomic uint64_t *shared_numbers(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

/* On a busy machine others may keep the lock for too long: who is told so is
 * not in the sum, and all others are. */
START_TEST(nothing_is_lost_when_many_count)
{
	_Atomic uint64_t *done = shared_numbers();
	pid_t child[CHILDREN];
	uint64_t all = 0;

	counts_add(&counts, FIRST, 1);
	counts_add(&counts, LAST, 3);
	for (int i = 0; i < CHILDREN; i++)
		child[i] = start_counting(kinds[_i], ROUNDS, &done[i]);
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_eq(waitpid(child[i], NULL, 0), child[i]);
	for (int i = 0; i < CHILDREN; i++)
		all += done[i];
	ck_assert_int_eq(counters_sum(file_of(kinds[_i]), kinds[_i], sum), 0);
	ck_assert_uint_gt(all, CHILDREN);
	ck_assert_uint_eq(sum[FIRST], all);
	ck_assert_uint_eq(sum[LAST], 3 * all);
}
END_TEST

/* Who is killed has counted, or has not: never something else. */
START_TEST(who_is_killed_spoils_nothing)
{
	_Atomic uint64_t *done = shared_numbers();
	pid_t child[CHILDREN];
	uint64_t all = 0;

	counts_add(&counts, FIRST, 1);
	counts_add(&counts, LAST, 1);
	for (int i = 0; i < CHILDREN; i++)
		child[i] = start_counting(kinds[_i], INT32_MAX, &done[i]);
	for (int i = 0; i < CHILDREN; i++) {
		while (done[i] < 50)
			usleep(100);
		kill(child[i], SIGKILL);
		ck_assert_int_eq(waitpid(child[i], NULL, 0), child[i]);
	}
	for (int i = 0; i < CHILDREN; i++)
		all += done[i];
	ck_assert_int_eq(counters_sum(file_of(kinds[_i]), kinds[_i], sum), 0);
	ck_assert_uint_ge(sum[FIRST], all);
	ck_assert_uint_le(sum[FIRST], all + CHILDREN);
	ck_assert_uint_eq(sum[LAST], sum[FIRST]);
	/* nor does his lock outlive him */
	ck_assert_int_eq(add(kinds[_i]), 0);
}
END_TEST

START_TEST(who_never_lets_go_keeps_nobody)
{
	int other = open_file(file_of(kinds[_i]));

	counts_add(&counts, FIRST, 1);
	ck_assert_int_eq(flock(other, LOCK_EX), 0);
	ck_assert_int_eq(add(kinds[_i]), -ETIMEDOUT);
	/* reading needs no lock that much */
	ck_assert_int_eq(counters_sum(file_of(kinds[_i]), kinds[_i], sum), 0);
	ck_assert_uint_eq(sum[FIRST], 0);
	close(other);
}
END_TEST

/* ---- trouble ---------------------------------------------------------------
 */

START_TEST(a_limit_on_files_is_an_error)
{
	struct rlimit before, small;
	int fd = open_file(file_of(kinds[_i])), r;

	counts_add(&counts, FIRST, 1);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 1;
	/* check itself writes a file for each of its words */
	setrlimit(RLIMIT_FSIZE, &small);
	r = counters_add(fd, kinds[_i], &counts);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(r, -EFBIG);
	close(fd);
}
END_TEST

START_TEST(what_others_could_have_planted_is_refused)
{
	char link[96];

	snprintf(link, sizeof(link), "%s/link", dir);
	ck_assert_int_eq(symlink(file_of(kinds[_i]), link), 0);
	ck_assert_int_eq(counters_sum(link, kinds[_i], sum), -ELOOP);
	ck_assert_int_eq(counters_open(link), -ELOOP);
	unlink(link);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("counters");

	tcase_add_checked_fixture(tc, make_files, remove_files);
	tcase_add_loop_test(tc, what_is_added_is_summed_up, 0, ROWS(kinds));
	tcase_add_test(tc,
		       nothing_is_no_count_and_what_does_not_fit_is_left_out);
	tcase_add_test(tc, a_file_that_is_not_there_is_not_made);
	tcase_add_test(tc, a_state_file_that_is_not_whole_is_left_alone);
	tcase_add_test(tc, another_file_keeps_what_is_its_own);
	tcase_add_loop_test(tc, nothing_is_lost_when_many_count, 0,
			    ROWS(kinds));
	tcase_add_loop_test(tc, who_is_killed_spoils_nothing, 0, ROWS(kinds));
	tcase_add_loop_test(tc, who_never_lets_go_keeps_nobody, 0, ROWS(kinds));
	tcase_add_loop_test(tc, a_limit_on_files_is_an_error, 0, ROWS(kinds));
	tcase_add_loop_test(tc, what_others_could_have_planted_is_refused, 0,
			    ROWS(kinds));
	return unit_run();
}
