#include "log/event.h"

#include "unit.h"

START_TEST(every_event_has_a_word_and_an_id)
{
	for (int e = 0; e < LOG_EVENTS; e++) {
		const char *name = log_event_name((enum log_event)e);
		const char *id = log_event_id((enum log_event)e);

		ck_assert_ptr_nonnull(name);
		ck_assert_ptr_nonnull(id);
		ck_assert_uint_gt(strlen(name), 0);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"),
				  strlen(name));
		ck_assert_uint_eq(strlen(id), 32);
		ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 32);
		for (int other = 0; other < e; other++) {
			ck_assert_str_ne(id,
					 log_event_id((enum log_event)other));
			ck_assert_str_ne(name,
					 log_event_name((enum log_event)other));
		}
	}
}
END_TEST

/* Filters of administrators depend on these: they never change. */
START_TEST(ids_are_fixed)
{
	ck_assert_str_eq(log_event_name(LOG_PASS_OLD), "pass-old");
	ck_assert_str_eq(log_event_id(LOG_PASS_OLD),
			 "9d665ec0fa774fc29474857772cc21a3");
	ck_assert_str_eq(log_event_name(LOG_OTHER), "other");
	ck_assert_str_eq(log_event_id(LOG_OTHER),
			 "d4b2052471774d9bb7505c479792b939");
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("event");

	tcase_add_test(tc, every_event_has_a_word_and_an_id);
	tcase_add_test(tc, ids_are_fixed);
	return unit_run();
}
