#include "base/unforked.h"

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(a_child_does_not_have_it)
{
	volatile char *table;
	void *memory;
	pid_t child;
	int status;

	ck_assert_int_eq(unforked_open(1000, 10, &memory), 0);
	table = memory;
	ck_assert_int_eq(table[9999], 0);
	table[9999] = 'x';
	child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(table[9999]);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 'x');
	ck_assert_int_eq(table[9999], 'x');
	unforked_close(memory, 1000, 10);
}
END_TEST

START_TEST(too_much_is_refused)
{
	void *memory = NULL;

	ck_assert_int_eq(unforked_open(SIZE_MAX / 2, 3, &memory), -ENOMEM);
	ck_assert_ptr_null(memory);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("unforked");

	tcase_add_test(tc, a_child_does_not_have_it);
	tcase_add_test(tc, too_much_is_refused);
	return unit_run();
}
