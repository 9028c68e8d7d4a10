#include "daemon/children.h"

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 64

static struct children children;

static void setup(void)
{
	ck_assert_int_eq(children_open(&children, COUNT), 0);
}

static void teardown(void)
{
	children_close(&children);
}

static void add(pid_t pid)
{
	children_add(&children,
		     &(struct child){ .pid = pid, .network = (uint32_t)pid });
}

static bool is_known(pid_t pid)
{
	const struct child *c = children_find(&children, pid);

	return c && c->pid == pid && c->network == (uint32_t)pid;
}

START_TEST(finds_what_was_added)
{
	add(7);
	add(7 + COUNT); /* the same place */
	add(7 + 2 * COUNT);
	ck_assert(is_known(7));
	ck_assert(is_known(7 + COUNT));
	ck_assert(is_known(7 + 2 * COUNT));
	ck_assert_ptr_null(children_find(&children, 8));
}
END_TEST

START_TEST(half_of_the_places_are_used)
{
	for (pid_t pid = 1; !children_full(&children); pid++)
		add(pid);
	ck_assert_uint_eq(children.used, COUNT / 2);
	children_remove(&children, children_find(&children, 1));
	ck_assert(!children_full(&children));
}
END_TEST

/* Against a plain list, in an order that makes gaps around the table's end. */
START_TEST(removing_leaves_the_others)
{
	bool there[4 * COUNT] = { false };
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		pid_t pid;

		seed = seed * 1103515245 + 12345;
		pid = (pid_t)(1 + (seed >> 16) % (4 * COUNT - 1));
		if (there[pid])
			children_remove(&children,
					children_find(&children, pid));
		else if (!children_full(&children))
			add(pid);
		else
			continue;
		there[pid] = !there[pid];
		for (pid_t p = 1; p < 4 * COUNT; p++)
			ck_assert(is_known(p) == there[p]);
	}
}
END_TEST

static pid_t add_hanging(int64_t deadline, bool in_transit)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	children_add(&children, &(struct child){ .pid = pid,
						 .in_transit = in_transit,
						 .deadline = deadline });
	return pid;
}

static bool runs(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WNOHANG) == 0;
}

static void assert_killed(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	children_remove(&children, children_find(&children, pid));
}

START_TEST(those_that_hang_are_killed)
{
	pid_t late = add_hanging(300, false), away = add_hanging(100, true);
	pid_t soon = add_hanging(200, false);

	children_end_hanging(&children, 199);
	ck_assert(runs(soon) && runs(late) && runs(away));
	children_end_hanging(&children, 200);
	assert_killed(soon);
	ck_assert(runs(late) && runs(away));
	children_end_hanging(&children, 299);
	ck_assert(runs(late) && runs(away));
	/* who comes now may be the first to hang */
	soon = add_hanging(250, false);
	children_end_hanging(&children, 299);
	assert_killed(soon);
	children_end_hanging(&children, 300);
	assert_killed(late);
	ck_assert(runs(away));
	kill(away, SIGKILL);
	assert_killed(away);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("children");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_what_was_added);
	tcase_add_test(tc, half_of_the_places_are_used);
	tcase_add_test(tc, removing_leaves_the_others);
	tcase_add_test(tc, those_that_hang_are_killed);
	return unit_run();
}
