#include "dns/health.h"
#include "screen/lists.h"
#include "screen/tripwire.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

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
	{ "nobody", { 0, 0, 0 }, false },
	{ "four of four are too few", { 4, 4, 4 }, false },
	{ "five of five", { 5, 5, 5 }, true },
	{ "five of ten are a half", { 10, 5, 5 }, true },
	{ "five of eleven are not", { 11, 5, 5 }, false },
	{ "a few of very many", { 1000, 20, 20 }, false },
	{ "any number of four networks", { 50, 50, 4 }, false },
	{ "more than were counted", { 0, 9, 9 }, true },
};

START_TEST(a_half_and_five_trip_it)
{
	ck_assert_msg(tripwire_trips(&sightings[_i].seen) ==
			      sightings[_i].trips,
		      "%s", sightings[_i].why);
}
END_TEST

/* ---- a clock that the test turns ------------------------------------------
 */

static char dir[64], file[80], bell[96];
static struct arena arena;
static struct report report;
static struct lists lists;
static struct conf conf = {
	.dnsbl_sites = "bl.example=127.0.0.2*2 other.example "
		       "allow.example*-1",
	.dns_servers = "127.0.0.1:9",
	.dnsbl_reply_map = "",
	.dnslists_file = "",
	.dns_answer_check = true,
	.state_file = file,
	.cache_ipv4_prefix = 32,
	.cache_ipv6_prefix = 64,
};

static void open_lists(void)
{
	strcpy(dir, "/tmp/test_tripwire.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/state", dir);
	snprintf(bell, sizeof(bell), "%s.alarm", file);
	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	report_init(&report, &arena);
	conf.dnsbl_tripwire = TRIPWIRE_WARN;
	ck_assert(lists_open(&lists, &conf, false, &arena, &report));
}

static void close_lists(void)
{
	state_close(&lists.state);
	arena_close(&arena);
	unlink(file);
	unlink(bell);
	rmdir(dir);
}

/* WHO, that was good for long, comes at NOON + LATER: bl.example answers CODE,
 * or does not list it when that is 0. */
static void come(int64_t later, const char *who, unsigned char code)
{
	struct address address;
	struct dns_answer *answer =
		(struct dns_answer *)(uintptr_t)dnsclient_answers(lists.dns);

	ck_assert(address_parse(span_of(who), &address));
	lists.known = who;
	for (size_t i = 0; i < lists.sites.lists; i++) {
		answer[i].status = DNS_ABSENT;
		lists.sites.list[i].muted = false;
	}
	if (code != 0)
		answer[0] = (struct dns_answer){
			.status = DNS_FOUND,
			.count = 1,
			.address = { { 127, 0, 0, code } },
		};
	answer[2].status = DNS_FOUND; /* it vouches for all of them */
	answer[2].count = 1;
	memcpy(answer[2].address[0], (unsigned char[]){ 127, 0, 5, 1 }, 4);
	tripwire_watch(&lists, &address, NOON + later);
}

/* One of the clients, each of a network of its own. */
static void visit(int64_t later, int client, unsigned char code)
{
	char who[32];

	snprintf(who, sizeof(who), "198.51.%d.1", client);
	come(later, who, code);
}

static void visits(int64_t later, int first, int last, unsigned char code)
{
	for (int client = first; client <= last; client++)
		visit(later, client, code);
}

static struct record known(const char *list, int64_t later)
{
	struct record r;

	state_list(&lists.state, list, NOON + later, &r);
	return r;
}

#define LIST "bl.example"

START_TEST(five_within_fifteen_minutes)
{
	visits(0, 1, 4, 2);
	visit(899, 4, 2); /* one of them again */
	ck_assert_int_eq(known(LIST, 899).alarm, 0);
	ck_assert_int_ne(access(bell, F_OK), 0);
	visit(899, 5, 2);
	ck_assert_int_eq(known(LIST, 899).alarm, NOON + 899);
	ck_assert_uint_eq(known(LIST, 899).alarm_listed, 5);
	ck_assert_uint_eq(known(LIST, 899).alarm_tested, 5);
	ck_assert_int_eq(access(bell, F_OK), 0);
	ck_assert(health_due(&(struct record){ .probed = NOON,
					       .alarm = NOON + 899 },
			     NOON + 899));
	/* nobody else is blamed, and by default nobody is muted */
	ck_assert_int_eq(known("other.example", 899).alarm, 0);
	ck_assert_int_eq(known("allow.example", 899).alarm, 0);
	ck_assert_int_eq(known(LIST, 899).paused, 0);
}
END_TEST

START_TEST(a_second_too_late)
{
	visits(0, 1, 4, 2);
	visit(900, 5, 2);
	ck_assert_int_eq(known(LIST, 900).alarm, 0);
}
END_TEST

START_TEST(half_of_those_who_were_tested)
{
	visits(0, 11, 16, 0);
	visits(1, 1, 5, 2);
	ck_assert_int_eq(known(LIST, 1).alarm, 0); /* 5 of 11 */
	visit(2, 6, 2);
	ck_assert_int_eq(known(LIST, 2).alarm, NOON + 2); /* 6 of 12 */
}
END_TEST

/* Nine clients at once: of how many networks? */
static const struct {
	const char *before, *behind; /* of a number */
	int ipv4_prefix;
	bool trips;
} neighbours[] = {
	{ "192.0.2.", "", 32, false },	   { "192.0.", ".25", 32, true },
	{ "192.0.", ".25", 16, false },	   { "2001:db8:1:", "::25", 32, false },
	{ "2001:db8:", "::25", 32, true },
};

START_TEST(networks_and_not_hosts_bear_witness)
{
	conf.cache_ipv4_prefix = neighbours[_i].ipv4_prefix;
	for (int i = 1; i <= 9; i++) {
		char who[64];

		snprintf(who, sizeof(who), "%s%d%s", neighbours[_i].before, i,
			 neighbours[_i].behind);
		come(0, who, 2);
	}
	conf.cache_ipv4_prefix = 32;
	ck_assert_msg((known(LIST, 0).alarm != 0) == neighbours[_i].trips,
		      "%sN%s", neighbours[_i].before, neighbours[_i].behind);
}
END_TEST

START_TEST(what_was_listed_before_is_no_news)
{
	visits(0, 1, 4, 2);
	visits(1200, 1, 9, 2); /* five are new now */
	ck_assert_int_eq(known(LIST, 1200).alarm, NOON + 1200);
	ck_assert_uint_eq(known(LIST, 1200).alarm_listed, 5);
	ck_assert_uint_eq(known(LIST, 1200).alarm_tested, 9);
}
END_TEST

START_TEST(only_what_counts_against_a_client)
{
	visits(0, 1, 9, 3);   /* the filter does not let it through */
	visits(0, 11, 19, 1); /* an error of the list */
	ck_assert_int_eq(known(LIST, 0).alarm, 0);
	conf.dnsbl_tripwire = TRIPWIRE_NO;
	visits(0, 21, 29, 2);
	ck_assert_int_eq(known(LIST, 0).alarm, 0);
}
END_TEST

START_TEST(muted_for_an_hour_and_no_longer)
{
	struct record r;

	conf.dnsbl_tripwire = TRIPWIRE_MUTE;
	visits(0, 1, 4, 2);
	ck_assert(!lists.sites.list[0].muted);
	visit(0, 5, 2);
	ck_assert(lists.sites.list[0].muted); /* for this client already */
	r = known(LIST, 0);
	ck_assert_int_eq(r.paused, NOON + 3600);
	ck_assert_int_eq(health_muted(&r, NOON), MUTED_PAUSED);
	ck_assert_int_eq(health_muted(&r, NOON + 3599), MUTED_PAUSED);
	ck_assert_int_eq(health_muted(&r, NOON + 3600), MUTED_NOT);
	/* clients that were asked for before it was muted do not prolong it */
	visits(1800, 11, 19, 2);
	ck_assert_int_eq(known(LIST, 1800).paused, NOON + 3600);
	ck_assert_int_eq(known(LIST, 1800).alarm, NOON);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("tripwire"), *time = unit_case("clock");

	tcase_add_checked_fixture(time, open_lists, close_lists);
	tcase_add_test(time, five_within_fifteen_minutes);
	tcase_add_test(time, a_second_too_late);
	tcase_add_test(time, half_of_those_who_were_tested);
	tcase_add_loop_test(time, networks_and_not_hosts_bear_witness, 0,
			    ROWS(neighbours));
	tcase_add_test(time, what_was_listed_before_is_no_news);
	tcase_add_test(time, only_what_counts_against_a_client);
	tcase_add_test(time, muted_for_an_hour_and_no_longer);

	tcase_add_loop_test(tc, witnesses_are_old_friends, 0, ROWS(clients));
	tcase_add_loop_test(tc, a_half_and_five_trip_it, 0, ROWS(sightings));
	return unit_run();
}
