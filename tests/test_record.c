#include "state/record.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

static struct image image;

static void make(void)
{
	memset(&image, 0, sizeof(image));
}

static const struct record full = {
	.probed = NOON - 1,
	.latency_ms = 250,
	.finding = 7,
	.right = { NOON - 2, NOON - 3 },
	.wrong = { NOON - 4, NOON - 5 },
	.muted = NOON - 6,
	.reason = 9,
	.resumed = NOON - 7,
};

START_TEST(what_was_written_is_read)
{
	int at = record_find(&image, 50, true, NOON);
	struct record r;

	ck_assert_int_eq(record_find(&image, 50, false, NOON), at);
	ck_assert_int_ne(record_find(&image, 51, true, NOON), at);
	record_alarm(&image, at, 5, 8, NOON + 3000, NOON - 8);
	record_write(&image, at, &full, NOON);
	record_read(&image, at, NOON, &r);
	ck_assert(r.probed == NOON - 1 && r.latency_ms == 250 &&
		  r.finding == 7 && r.muted == NOON - 6 && r.reason == 9 &&
		  r.resumed == NOON - 7);
	for (int p = 0; p < RECORD_POINTS; p++)
		ck_assert(r.right[p] == NOON - 2 - p &&
			  r.wrong[p] == NOON - 4 - p);
	/* a probe leaves alone what connections wrote */
	ck_assert(r.alarm == NOON - 8 && r.alarm_listed == 5 &&
		  r.alarm_tested == 8 && r.paused == NOON + 3000);
	record_alarm(&image, at, 6, 7, 0, NOON);
	record_read(&image, at, NOON, &r);
	ck_assert(r.alarm == NOON && r.paused == NOON + 3000);
}
END_TEST

START_TEST(nothing_is_in_the_future)
{
	struct record r;
	int at = record_find(&image, 50, true, NOON);

	memset(image.list[at].word, 0xff, sizeof(image.list[at].word));
	record_read(&image, at, NOON, &r);
	ck_assert(r.probed == 0 && r.muted == 0 && r.resumed == 0 &&
		  r.alarm == 0 && r.paused == 0);
	for (int p = 0; p < RECORD_POINTS; p++)
		ck_assert(r.right[p] == 0 && r.wrong[p] == 0);
	ck_assert_uint_le(r.finding, 255);
	ck_assert_uint_le(r.reason, 255);
	/* a pause of a day is no pause */
	record_alarm(&image, at, 5, 5, NOON + DAY, NOON);
	record_read(&image, at, NOON, &r);
	ck_assert_int_eq(r.paused, 0);
}
END_TEST

START_TEST(a_list_not_asked_for_in_a_month_makes_room)
{
	struct record r;
	int at;

	for (uint64_t k = 0; k < IMAGE_LISTS; k++) {
		at = record_find(&image, 100 + k, true, NOON);
		ck_assert_int_ge(at, 0);
		record_write(&image, at, &full, NOON);
	}
	ck_assert_int_eq(record_find(&image, 50, true, NOON + 29 * DAY), -1);
	ck_assert_int_eq(record_find(&image, 50, false, NOON + 31 * DAY), -1);
	at = record_find(&image, 50, true, NOON + 31 * DAY);
	ck_assert_int_ge(at, 0);
	/* without anything of the list that was there before */
	record_read(&image, at, NOON + 31 * DAY, &r);
	ck_assert(r.muted == 0 && r.probed == 0);
	ck_assert_int_eq(record_find(&image, 50, false, NOON), at);
}
END_TEST

START_TEST(a_claim_that_was_not_completed_is_no_loss)
{
	image.list[0].key = 1; /* its maker died */
	ck_assert_int_eq(record_find(&image, 50, true, NOON), 0);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("record");

	tcase_add_checked_fixture(tc, make, NULL);
	tcase_add_test(tc, what_was_written_is_read);
	tcase_add_test(tc, nothing_is_in_the_future);
	tcase_add_test(tc, a_list_not_asked_for_in_a_month_makes_room);
	tcase_add_test(tc, a_claim_that_was_not_completed_is_no_loss);
	return unit_run();
}
