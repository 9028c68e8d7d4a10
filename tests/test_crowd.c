#include "daemon/crowd.h"

#include "base/clock.h"
#include "unit.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW (1000 * CLOCK_SECOND)

static struct crowd crowd;

static void setup(void)
{
	ck_assert_int_eq(crowd_open(&crowd, 64), 0);
}

static void teardown(void)
{
	crowd_close(&crowd);
}

static uint32_t enter(const char *network, int64_t now, struct crowd_count *ret)
{
	struct address a;

	ck_assert(address_parse(span_of(network), &a));
	return crowd_enter(&crowd, &a, now, ret);
}

START_TEST(counts_what_is_there)
{
	struct crowd_count c;
	uint32_t first = enter("192.0.2.1", NOW, &c);

	ck_assert_uint_eq(c.now, 1);
	ck_assert_uint_eq(enter("192.0.2.1", NOW, &c), first);
	ck_assert_uint_eq(c.now, 2);
	ck_assert_uint_ne(enter("192.0.2.2", NOW, &c), first);
	ck_assert_uint_eq(c.now, 1);
	crowd_leave(&crowd, first);
	enter("192.0.2.1", NOW, &c);
	ck_assert_uint_eq(c.now, 2);
	ck_assert_uint_eq(c.this_minute, 3);
}
END_TEST

START_TEST(families_stay_apart)
{
	struct crowd_count c;

	enter("32.1.13.184", NOW, &c); /* the first bytes of the next one */
	enter("2001:db8::", NOW, &c);
	ck_assert_uint_eq(c.now, 1);
}
END_TEST

START_TEST(a_minute_ends)
{
	struct crowd_count c;
	int64_t minute = 60 * CLOCK_SECOND;

	crowd_leave(&crowd, enter("192.0.2.1", NOW, &c));
	crowd_leave(&crowd, enter("192.0.2.1", NOW + minute - 1, &c));
	ck_assert_uint_eq(c.this_minute, 2);
	enter("192.0.2.1", NOW + minute, &c);
	ck_assert_uint_eq(c.this_minute, 1);
	/* who stays is still there in the next minute */
	enter("192.0.2.1", NOW + 2 * minute, &c);
	ck_assert_uint_eq(c.this_minute, 1);
	ck_assert_uint_eq(c.now, 2);
}
END_TEST

/* The table is far too small: nobody is lost, and nobody is refused. */
START_TEST(a_full_table_counts_nobody_twice)
{
	static uint32_t where[1000];
	struct crowd_count c;
	unsigned nowhere = 0;
	char network[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(network, sizeof(network), "10.0.%d.%d", i / 250,
			 i % 250);
		where[i] = enter(network, NOW, &c);
		ck_assert_uint_eq(c.now, 1);
		nowhere += where[i] == CROWD_NOWHERE;
	}
	ck_assert_uint_ge(nowhere, 1000 - 64);
	ck_assert_uint_lt(nowhere, 1000);
	for (int i = 0; i < 1000; i++)
		crowd_leave(&crowd, where[i]);
	/* their minute over, they give way */
	ck_assert_uint_ne(enter("192.0.2.1", NOW + 61 * CLOCK_SECOND, &c),
			  CROWD_NOWHERE);
}
END_TEST

START_TEST(children_have_no_table)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct crowd_count c;

		enter("192.0.2.1", NOW, &c);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	/* by a signal, or by what ASan makes of it */
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("crowd");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_what_is_there);
	tcase_add_test(tc, families_stay_apart);
	tcase_add_test(tc, a_minute_ends);
	tcase_add_test(tc, a_full_table_counts_nobody_twice);
	tcase_add_test(tc, children_have_no_table);
	return unit_run();
}
