#include "greylist/instances.h"
#include "unit.h"

#include <stdio.h>

static bool add(struct instances *list, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d.0", number);
	return instances_add(list, span_of(text));
}

START_TEST(the_last_ten_are_known)
{
	struct instances list = { .count = 0 };

	for (int i = 0; i < INSTANCES; i++)
		ck_assert(add(&list, i));
	for (int i = 0; i < INSTANCES; i++)
		ck_assert(!add(&list, i));
	ck_assert(add(&list, 100)); /* in the place of the first */
	ck_assert(!add(&list, 1));
	ck_assert(add(&list, 0)); /* in that of the second */
	ck_assert(!add(&list, 2));
	ck_assert(add(&list, 1));
}
END_TEST

START_TEST(without_an_instance_all_are_new)
{
	struct instances list = { .count = 0 };

	ck_assert(instances_add(&list, SPAN("")));
	ck_assert(instances_add(&list, SPAN("")));
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("instances");

	tcase_add_test(tc, the_last_ten_are_known);
	tcase_add_test(tc, without_an_instance_all_are_new);
	return unit_run();
}
