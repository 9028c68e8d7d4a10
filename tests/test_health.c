#include "dns/health.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

/* Short words for tables. */
#define N POINT_NONE
#define R POINT_RIGHT
#define W POINT_WRONG
#define E POINT_ERROR
#define F POINT_FAILED

/* What a list's life may be: probes, so many seconds apart, that see the
 * point that must be listed, and the one that must not. */
struct step {
	int64_t later;
	enum point_seen must, must_not;
	enum finding finding;
	enum muted muted;
	enum health_change change;
};

#define STEPS 5

#define HEARD(after, point, other, found, event)                        \
	{                                                               \
		.later = (after), .must = (point), .must_not = (other), \
		.finding = FINDING_##found, .muted = MUTED_NOT,         \
		.change = HEALTH_##event                                \
	}
#define MUTED(after, point, other, found, event)                        \
	{                                                               \
		.later = (after), .must = (point), .must_not = (other), \
		.finding = FINDING_##found, .muted = MUTED_ON_PROOF,    \
		.change = HEALTH_##event                                \
	}

static const struct {
	const char *why;
	struct step step[STEPS];
} lives[] = {
	{ "a good list is good",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, R, R, GOOD, SAME) } },
	{ "a list without points is never muted",
	  { HEARD(0, N, N, UNPROBED, SAME),
	    HEARD(1800, N, N, UNPROBED, SAME) } },
	{ "one that never listed its point is never muted",
	  { HEARD(0, W, R, UNPROVED, SAME), HEARD(1800, W, R, UNPROVED, SAME),
	    HEARD(1800, W, N, UNPROVED, SAME) } },
	{ "the world is listed: muted at once, and good again at once",
	  { HEARD(0, R, R, GOOD, SAME), MUTED(1800, R, W, LISTS_ALL, MUTED),
	    MUTED(300, R, W, LISTS_ALL, SAME), HEARD(300, R, R, GOOD, UNMUTED),
	    HEARD(300, R, R, GOOD, SAME) } },
	{ "the world is listed at the first sight",
	  { MUTED(0, R, W, LISTS_ALL, MUTED) } },
	{ "emptied: muted when it is seen again after 5 minutes",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, W, R, WRONG, SAME),
	    HEARD(299, W, R, WRONG, SAME), MUTED(1, W, R, WRONG, MUTED),
	    HEARD(300, R, R, GOOD, UNMUTED) } },
	{ "wrong only now and then is no proof",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, W, R, WRONG, SAME),
	    HEARD(300, R, R, GOOD, SAME), HEARD(300, W, R, WRONG, SAME),
	    HEARD(299, W, R, WRONG, SAME) } },
	{ "what is not heard in between takes nothing back",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, W, R, WRONG, SAME),
	    HEARD(300, F, F, FAILED, SAME), HEARD(300, E, R, ERROR, SAME),
	    MUTED(300, W, R, WRONG, MUTED) } },
	{ "no answer is no proof",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, F, F, FAILED, SAME),
	    HEARD(1800, F, R, FAILED, SAME),
	    HEARD(1800, R, F, FAILED, SAME) } },
	{ "an error is no proof: it counts nothing anyway",
	  { HEARD(0, R, R, GOOD, SAME), HEARD(1800, E, E, ERROR, SAME),
	    HEARD(1800, E, R, ERROR, SAME) } },
	{ "no answer does not unmute",
	  { MUTED(0, R, W, LISTS_ALL, MUTED), MUTED(300, F, F, FAILED, SAME),
	    MUTED(300, F, R, FAILED, SAME), MUTED(300, E, R, ERROR, SAME),
	    HEARD(300, R, R, GOOD, UNMUTED) } },
	{ "from listing all to listing nothing it stays muted",
	  { HEARD(0, R, R, GOOD, SAME), MUTED(1800, R, W, LISTS_ALL, MUTED),
	    MUTED(300, W, R, WRONG, SAME), HEARD(300, R, R, GOOD, UNMUTED) } },
	{ "without a point of its own it is good when the other one is",
	  { MUTED(0, W, W, LISTS_ALL, MUTED),
	    HEARD(300, W, R, UNPROVED, UNMUTED) } },
	{ "told since that it has no such point",
	  { MUTED(0, R, W, LISTS_ALL, MUTED),
	    HEARD(300, R, N, GOOD, UNMUTED) } },
	{ "a mute that nobody confirmed for a day: still true",
	  { MUTED(0, R, W, LISTS_ALL, MUTED),
	    MUTED(2 * DAY, R, W, LISTS_ALL, MUTED) } },
	{ "a mute that nobody confirmed for a day: not known any more",
	  { MUTED(0, R, W, LISTS_ALL, MUTED),
	    HEARD(2 * DAY, F, F, FAILED, UNMUTED) } },
};

START_TEST(a_list_lives)
{
	const struct step *s = lives[_i].step;
	struct record r = { 0 };
	int64_t now = NOON;

	for (int i = 0; i < STEPS && s[i].finding != FINDING_NONE; i++) {
		const enum point_seen seen[] = {
			[RECORD_MUST] = s[i].must,
			[RECORD_MUST_NOT] = s[i].must_not,
		};
		enum health_change change;

		now += s[i].later;
		change = health_judge(&r, seen, now, &r);
		ck_assert_msg(change == s[i].change, "%s: step %d: change %d",
			      lives[_i].why, i, change);
		ck_assert_msg(r.finding == s[i].finding,
			      "%s: step %d: found %s", lives[_i].why, i,
			      health_finding_name(r.finding));
		ck_assert_msg(health_muted(&r, now) == s[i].muted,
			      "%s: step %d: muted", lives[_i].why, i);
		ck_assert_int_eq(r.probed, now);
	}
}
END_TEST

static const struct {
	const char *why;
	struct record record;
	enum muted muted;
} mutes[] = {
	{ "nothing is known", { 0 }, MUTED_NOT },
	{ "proved a moment ago",
	  { .muted = NOON, .probed = NOON },
	  MUTED_ON_PROOF },
	{ "proved long ago, confirmed lately",
	  { .muted = 1, .probed = NOON - 1800 },
	  MUTED_ON_PROOF },
	{ "nobody has probed for a day",
	  { .muted = NOON - 2 * DAY, .probed = NOON - DAY },
	  MUTED_NOT },
	{ "paused for another second", { .paused = NOON + 1 }, MUTED_PAUSED },
	{ "the pause is over", { .paused = NOON }, MUTED_NOT },
	{ "no pause is longer than an hour",
	  { .paused = NOON + 3601 },
	  MUTED_NOT },
	{ "both",
	  { .paused = NOON + 9, .muted = NOON, .probed = NOON },
	  MUTED_ON_PROOF },
};

START_TEST(mutes_end)
{
	ck_assert_msg(health_muted(&mutes[_i].record, NOON) == mutes[_i].muted,
		      "%s", mutes[_i].why);
}
END_TEST

static const struct {
	const char *why;
	struct record record;
	bool due;
} dues[] = {
	{ "never probed", { 0 }, true },
	{ "good lately",
	  { .probed = NOON - 1799, .finding = FINDING_GOOD },
	  false },
	{ "half an hour ago", { .probed = NOON - 1800 }, true },
	{ "the clock was put back", { .probed = NOON + 60 }, true },
	{ "an alarm since then",
	  { .probed = NOON - 20, .alarm = NOON - 10 },
	  true },
	{ "an alarm in the second of the probe",
	  { .probed = NOON - 20, .alarm = NOON - 20 },
	  true },
	{ "an alarm before it",
	  { .probed = NOON - 20, .alarm = NOON - 30 },
	  false },
	{ "wrong, too early to look again",
	  { .probed = NOON - 299, .finding = FINDING_WRONG },
	  false },
	{ "wrong, time to look again",
	  { .probed = NOON - 300, .finding = FINDING_WRONG },
	  true },
	{ "muted: looked after often",
	  { .probed = NOON - 300, .muted = NOON - 3000 },
	  true },
	{ "a pause that lasts",
	  { .probed = NOON - 20, .paused = NOON + 9, .alarm = NOON - 50 },
	  false },
	{ "a pause has ended, and nobody was told",
	  { .probed = NOON - 20, .paused = NOON },
	  true },
	{ "a pause has ended, and it was told",
	  { .probed = NOON - 20, .paused = NOON, .resumed = NOON },
	  false },
};

START_TEST(probes_are_due)
{
	ck_assert_msg(health_due(&dues[_i].record, NOON) == dues[_i].due, "%s",
		      dues[_i].why);
}
END_TEST

START_TEST(the_end_of_a_pause_is_told_once)
{
	static const enum point_seen good[RECORD_POINTS] = { R, R };
	struct record r = { .paused = NOON + 10, .alarm = NOON - 90 };

	ck_assert_int_eq(health_judge(&r, good, NOON, &r), HEALTH_SAME);
	ck_assert_int_eq(health_judge(&r, good, NOON + 10, &r), HEALTH_RESUMED);
	ck_assert_int_eq(health_judge(&r, good, NOON + 20, &r), HEALTH_SAME);
	r.paused = NOON + 3000; /* another one */
	ck_assert_int_eq(health_judge(&r, good, NOON + 3000, &r),
			 HEALTH_RESUMED);
}
END_TEST

START_TEST(numbers_that_are_none_have_names)
{
	for (unsigned i = 0; i < 256; i++) {
		ck_assert_str_ne(health_finding_name(i), "");
		ck_assert_str_ne(health_reason_text(i), "");
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("health");

	tcase_add_loop_test(tc, a_list_lives, 0, ROWS(lives));
	tcase_add_loop_test(tc, mutes_end, 0, ROWS(mutes));
	tcase_add_loop_test(tc, probes_are_due, 0, ROWS(dues));
	tcase_add_test(tc, the_end_of_a_pause_is_told_once);
	tcase_add_test(tc, numbers_that_are_none_have_names);
	return unit_run();
}
