#include "daemon/waiting.h"

#include "unit.h"

static struct waiting waiting;

static void setup(void)
{
	ck_assert_int_eq(waiting_open(&waiting, 4), 0);
}

static void teardown(void)
{
	waiting_close(&waiting);
}

static uint32_t add(int fd)
{
	return waiting_add(&waiting,
			   &(struct waiter){ .fd = fd, .deadline = fd });
}

static int first(void)
{
	const struct waiter *w = waiting_first(&waiting);

	return w ? w->fd : -1;
}

START_TEST(the_oldest_is_first)
{
	uint32_t a = add(10), b = add(11), c;

	ck_assert_int_eq(first(), 10);
	c = add(12);
	waiting_at(&waiting, b)->fd = -1;
	ck_assert_int_eq(first(), 10);
	waiting_at(&waiting, a)->fd = -1;
	ck_assert_int_eq(first(), 12);
	waiting_at(&waiting, c)->fd = -1;
	ck_assert_int_eq(first(), -1);
}
END_TEST

START_TEST(a_full_queue_has_room_when_the_oldest_is_done)
{
	uint32_t oldest = add(1), second = add(2);

	add(3);
	add(4);
	ck_assert(waiting_full(&waiting));
	waiting_at(&waiting, second)->fd = -1;
	waiting_first(&waiting);
	ck_assert(waiting_full(&waiting));
	waiting_at(&waiting, oldest)->fd = -1;
	ck_assert_int_eq(first(), 3);
	ck_assert(!waiting_full(&waiting));
}
END_TEST

START_TEST(numbers_may_run_over)
{
	waiting.first = waiting.next = UINT32_MAX - 1;
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(waiting_at(&waiting, add(i))->fd, i);
	ck_assert(waiting_full(&waiting));
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(first(), i);
		waiting_first(&waiting)->fd = -1;
	}
	ck_assert_int_eq(first(), -1);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("waiting");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_oldest_is_first);
	tcase_add_test(tc, a_full_queue_has_room_when_the_oldest_is_done);
	tcase_add_test(tc, numbers_may_run_over);
	return unit_run();
}
