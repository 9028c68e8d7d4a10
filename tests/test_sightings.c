#include "state/sightings.h"
#include "unit.h"

#define NOON INT64_C(1790000000)
#define DAY  INT64_C(86400)

static struct image image;

static void make(void)
{
	memset(&image, 0, sizeof(image));
}

/* Client I of a network of its own. */
static uint32_t alone(int i)
{
	return sightings_client((uint64_t)i << 48, 0);
}

static void see(int at, uint32_t client, int64_t now)
{
	sightings_tested(&image, client, now);
	sightings_listed(&image, at, client, now);
}

#define ck_assert_counts(at, now, want_tested, want_listed)     \
	do {                                                    \
		struct sightings have_;                         \
		sightings_count(&image, (at), (now), &have_);   \
		ck_assert_uint_eq(have_.tested, (want_tested)); \
		ck_assert_uint_eq(have_.listed, (want_listed)); \
	} while (0)

START_TEST(clients_are_counted_once)
{
	ck_assert_counts(0, NOON, 0, 0);
	for (int i = 0; i < 20; i++) {
		see(0, alone(i % 5), NOON + i);
		sightings_tested(&image, alone(i % 7), NOON + i);
	}
	ck_assert_counts(0, NOON + 20, 7, 5);
	ck_assert_counts(1, NOON + 20, 7, 0); /* another list */
	/* added twice at the same time by two processes */
	image.tested.seen[500] = image.tested.seen[0];
	ck_assert_counts(0, NOON + 20, 7, 5);
}
END_TEST

START_TEST(networks_are_told_from_clients)
{
	struct sightings have;

	for (uint64_t network = 0; network < 3; network++)
		for (uint64_t i = 0; i < 4; i++)
			see(255, sightings_client(network << 48, i << 57),
			    NOON);
	see(254, alone(9), NOON);
	sightings_count(&image, 255, NOON, &have);
	ck_assert_uint_eq(have.tested, 13);
	ck_assert_uint_eq(have.listed, 12);
	ck_assert_uint_eq(have.networks, 3);
	/* what was always listed makes no network news */
	see(255, sightings_client(0, 0), NOON + 1200);
	see(255, alone(2), NOON + 1200);
	see(255, alone(7), NOON + 1200);
	sightings_count(&image, 255, NOON + 1200, &have);
	ck_assert_uint_eq(have.listed, 1);
	ck_assert_uint_eq(have.networks, 1);
}
END_TEST

START_TEST(only_what_is_late_counts)
{
	see(0, alone(1), NOON);
	see(0, alone(2), NOON + 600);
	ck_assert_counts(0, NOON + 899, 2, 2);
	ck_assert_counts(0, NOON + 900, 1, 1);
	ck_assert_counts(0, NOON + 1500, 0, 0);
	/* the clock was put back */
	ck_assert_counts(0, NOON - 1, 0, 0);
}
END_TEST

static const struct {
	const char *why;
	int64_t again;
	unsigned news;
} repeated[] = {
	{ "a minute later: still the same news", 60, 1 },
	{ "20 minutes later: no news any more", 1200, 0 },
	{ "weeks later: it was always listed", 29 * DAY, 0 },
	{ "after more than a month it is news", 31 * DAY, 1 },
};

START_TEST(what_was_listed_before_is_no_news)
{
	int64_t again = NOON + repeated[_i].again;
	struct sightings have;

	see(3, alone(1), NOON);
	see(3, alone(1), again);
	sightings_count(&image, 3, again, &have);
	ck_assert_msg(have.listed == repeated[_i].news, "%s", repeated[_i].why);
	/* seen now and then it stays no news for ever */
	if (repeated[_i].news == 0) {
		see(3, alone(1), again + 20 * DAY);
		ck_assert_counts(3, again + 20 * DAY, 1, 0);
		see(3, alone(1), again + 45 * DAY);
		ck_assert_counts(3, again + 45 * DAY, 1, 0);
	}
}
END_TEST

START_TEST(the_oldest_are_overwritten)
{
	for (int i = 0; i < 3 * IMAGE_SIGHTINGS; i++)
		see(0, alone(i), NOON);
	ck_assert_counts(0, NOON, IMAGE_SIGHTINGS, IMAGE_SIGHTINGS);
	image.tested.next = UINT64_MAX;
	sightings_tested(&image, alone(9), NOON);
	sightings_tested(&image, alone(8), NOON);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("sightings");

	tcase_add_checked_fixture(tc, make, NULL);
	tcase_add_test(tc, clients_are_counted_once);
	tcase_add_test(tc, networks_are_told_from_clients);
	tcase_add_test(tc, only_what_is_late_counts);
	tcase_add_loop_test(tc, what_was_listed_before_is_no_news, 0,
			    ROWS(repeated));
	tcase_add_test(tc, the_oldest_are_overwritten);
	return unit_run();
}
