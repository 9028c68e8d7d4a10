#include "state/recent.h"
#include "unit.h"

#define NOON INT64_C(1790000040) /* a whole minute */
#define KEY  UINT64_C(0x123456789abcdef0)

static struct image image;

static void make(void)
{
	memset(&image, 0, sizeof(image));
}

static void note(uint64_t key, int score, bool pregreet, int64_t now)
{
	recent_note(&image, key,
		    &(struct recent_found){ true, true, { score, pregreet } },
		    now);
}

#define ck_assert_recent(key, now, want_found, want_score, want_pregreet) \
	do {                                                              \
		struct recent r_ = { 77, true };                          \
		ck_assert(recent_find(&image, (key), (now), &r_) ==       \
			  (want_found));                                  \
		ck_assert_int_eq(r_.score, (want_score));                 \
		ck_assert(r_.pregreet == (want_pregreet));                \
	} while (0)

START_TEST(what_is_noted_is_found)
{
	ck_assert_recent(KEY, NOON, false, 0, false);
	note(KEY, 3, false, NOON);
	ck_assert_recent(KEY, NOON, true, 3, false);
	note(KEY, -2, true, NOON + 60);
	ck_assert_recent(KEY, NOON + 60, true, -2, true);
	/* another, in the same set */
	ck_assert_recent(KEY ^ UINT64_C(1) << 63, NOON + 60, false, 0, false);
}
END_TEST

START_TEST(what_was_not_tested_stays)
{
	const struct recent_found only_score = { true, false, { 5, false } };
	const struct recent_found only_greeting = { false, true, { 0, false } };

	note(KEY, 1, true, NOON);
	recent_note(&image, KEY, &only_score, NOON);
	ck_assert_recent(KEY, NOON, true, 5, true);
	recent_note(&image, KEY, &only_greeting, NOON);
	ck_assert_recent(KEY, NOON, true, 5, false);
}
END_TEST

START_TEST(the_ordinary_takes_no_place)
{
	static const struct image empty;

	note(KEY, 0, false, NOON);
	ck_assert_mem_eq(&image, &empty, sizeof(image));
	note(KEY, 4, true, NOON);
	note(KEY, 0, false, NOON);
	ck_assert_mem_eq(&image, &empty, sizeof(image));
}
END_TEST

START_TEST(it_is_forgotten)
{
	note(KEY, 3, false, NOON);
	ck_assert_recent(KEY, NOON + RECENT_AGE, true, 3, false);
	ck_assert_recent(KEY, NOON + RECENT_AGE + 1, false, 0, false);
	/* the clock was put back */
	ck_assert_recent(KEY, NOON - 60, false, 0, false);
}
END_TEST

START_TEST(scores_have_ends)
{
	note(KEY, 1000000, false, NOON);
	ck_assert_recent(KEY, NOON, true, RECENT_SCORE, false);
	note(KEY, -1000000, false, NOON);
	ck_assert_recent(KEY, NOON, true, -RECENT_SCORE, false);
}
END_TEST

START_TEST(the_oldest_gives_way)
{
	for (uint64_t i = 0; i < 5; i++)
		note((i + 1) << 40 | 7, (int)i + 1, false,
		     NOON + (int64_t)i * 60);
	ck_assert_recent(UINT64_C(1) << 40 | 7, NOON + 300, false, 0, false);
	for (uint64_t i = 1; i < 5; i++)
		ck_assert_recent((i + 1) << 40 | 7, NOON + 300, true,
				 (int)i + 1, false);
}
END_TEST

START_TEST(whatever_stands_there_is_harmless)
{
	for (unsigned fill = 1; fill < 256; fill++) {
		struct recent r;

		memset(image.recent, (int)fill, sizeof(image.recent));
		for (uint64_t key = fill; key != 0 && key >> 58 == 0;
		     key *= 31) {
			recent_find(&image, key, NOON, &r);
			ck_assert_int_ge(r.score, -RECENT_SCORE);
			note(key, 2, false, NOON);
			ck_assert_recent(key, NOON, true, 2, false);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("recent");

	tcase_add_checked_fixture(tc, make, NULL);
	tcase_add_test(tc, what_is_noted_is_found);
	tcase_add_test(tc, what_was_not_tested_stays);
	tcase_add_test(tc, the_ordinary_takes_no_place);
	tcase_add_test(tc, it_is_forgotten);
	tcase_add_test(tc, scores_have_ends);
	tcase_add_test(tc, the_oldest_gives_way);
	tcase_add_test(tc, whatever_stands_there_is_harmless);
	return unit_run();
}
