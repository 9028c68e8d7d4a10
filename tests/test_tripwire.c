#include "screen/tripwire.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

/* Known for 31 days, last tested a day ago, the last pass is over. */
#define OLD   (NOON - 31 * DAY)
#define LATE  (NOON - DAY)
#define ENDED (NOON - 3600)

static const struct {
	const char *why;
	int64_t first, last, count, dnsbl;
	bool knows;
} clients[] = {
	{ "good for 31 days", OLD, LATE, 20, ENDED, true },
	{ "a client never seen", 0, 0, 0, 0, false },
	{ "exactly 30 days", NOON - 30 * DAY, LATE, 20, ENDED, false },
	{ "nobody knows since when", 0, LATE, 20, ENDED, false },
	{ "never tested, only let in by hand", OLD, LATE, 0, ENDED, false },
	{ "tested once only", OLD, LATE, 1, ENDED, false },
	{ "no list was asked so far", OLD, LATE, 20, STAMP_DISABLED, false },
	{ "never passed the lists", OLD, LATE, 20, STAMP_NEW, false },
	{ "a clock was ahead", OLD, NOON + 2 * DAY, 20, ENDED, false },
};

START_TEST(witnesses_are_old_friends)
{
	struct stamps stamps = {
		.first = clients[_i].first,
		.last = clients[_i].last,
		.count = (uint64_t)clients[_i].count,
		.until[TEST_DNSBL] = clients[_i].dnsbl,
	};

	ck_assert_msg(tripwire_knows(&stamps, NOON) == clients[_i].knows, "%s",
		      clients[_i].why);
}
END_TEST

static const struct {
	const char *why;
	struct sightings seen;
	bool trips;
} sightings[] = {
	{ "nobody", { .tested = 0, .listed = 0 }, false },
	{ "four of four are too few", { .tested = 4, .listed = 4 }, false },
	{ "five of five", { .tested = 5, .listed = 5 }, true },
	{ "five of ten are a half", { .tested = 10, .listed = 5 }, true },
	{ "five of eleven are not", { .tested = 11, .listed = 5 }, false },
	{ "a few of very many", { .tested = 1000, .listed = 20 }, false },
	{ "more than were counted", { .tested = 0, .listed = 9 }, true },
};

START_TEST(a_half_and_five_trip_it)
{
	ck_assert_msg(tripwire_trips(&sightings[_i].seen) ==
			      sightings[_i].trips,
		      "%s", sightings[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("tripwire");

	tcase_add_loop_test(tc, witnesses_are_old_friends, 0, ROWS(clients));
	tcase_add_loop_test(tc, a_half_and_five_trip_it, 0, ROWS(sightings));
	return unit_run();
}
