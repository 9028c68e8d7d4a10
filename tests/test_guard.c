#include "base/guard.h"
#include "unit.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 8192

static int fd;
static char *memory;

static void map(void)
{
	fd = memfd_create("guard", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, SIZE), 0);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
}

static void unmap(void)
{
	munmap(memory, SIZE);
	close(fd);
}

static void write_both_pages(void *context)
{
	volatile char *bytes = context;

	bytes[0] = 'a';
	bytes[4096] = 'b';
}

static struct sigaction handler_now(void)
{
	struct sigaction now;

	ck_assert_int_eq(sigaction(SIGBUS, NULL, &now), 0);
	return now;
}

START_TEST(work_is_done)
{
	ck_assert(guard_run(memory, SIZE, write_both_pages, memory));
	ck_assert_int_eq(memory[0], 'a');
	ck_assert_int_eq(memory[4096], 'b');
}
END_TEST

START_TEST(a_file_cut_short_ends_the_work_only)
{
	struct sigaction before = handler_now();

	/* again and again: a signal that stayed blocked would kill us */
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ftruncate(fd, 4096), 0);
		memory[0] = 0;
		ck_assert(!guard_run(memory, SIZE, write_both_pages, memory));
		ck_assert_int_eq(memory[0], 'a');
		ck_assert_int_eq(ftruncate(fd, SIZE), 0);
		ck_assert(guard_run(memory, SIZE, write_both_pages, memory));
	}
	ck_assert_ptr_eq((void *)handler_now().sa_handler,
			 (void *)before.sa_handler);
}
END_TEST

static char *elsewhere;

static void touch_elsewhere(void *context)
{
	(void)context;
	*(volatile char *)elsewhere = 'x';
}

START_TEST(a_fault_elsewhere_is_fatal_as_ever)
{
	int other = memfd_create("other", MFD_CLOEXEC);

	elsewhere =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
	ck_assert_ptr_ne(elsewhere, MAP_FAILED);
	guard_run(memory, SIZE, touch_elsewhere, NULL);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("guard");

	tcase_add_checked_fixture(tc, map, unmap);
	tcase_add_test(tc, work_is_done);
	tcase_add_test(tc, a_file_cut_short_ends_the_work_only);
	tcase_add_test_raise_signal(tc, a_fault_elsewhere_is_fatal_as_ever,
				    SIGBUS);
	return unit_run();
}
