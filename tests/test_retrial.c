#include "base/clock.h"
#include "history/retrial.h"

#include "unit.h"

#include <stdio.h>

/* What a client of today, silent for 6 seconds, looks like: SCORE and what
 * else is said of it go in between. */
#define TESTED                                                               \
	"{\"v\":1,\"id\":\"b0b\",\"time\":1795826586.6,\"client\":"          \
	"\"192.0.2.1\",\"network\":\"192.0.2.1\",\"server\":\"192.0.2.25\"," \
	"\"waited\":6.0001,\"path\":\"tests\",\"access\":\"dunno\","
#define SILENT                                                          \
	"\"tests\":{\"pregreet\":{\"due\":true,\"result\":\"passed\"}," \
	"\"dnsbl\":{\"due\":true,\"result\":\"passed\"}},"
#define SPOKE                                                           \
	"\"pregreet\":{\"bytes\":9,\"after\":2.5},"                     \
	"\"tests\":{\"pregreet\":{\"due\":true,\"result\":\"failed\"}," \
	"\"dnsbl\":{\"due\":true,\"result\":\"passed\"}},"
#define LISTS(a, b)                                 \
	"\"lists\":[{\"list\":\"a.example\"," a     \
	",\"took\":0.1},{\"list\":\"b.example\"," b \
	",\"took\":0.2}],\"dnsbl\":{\"score\":0,\"threshold\":1},"
#define LISTED "\"status\":\"listed\",\"answers\":[\"127.0.0.2\"]"
#define ABSENT "\"status\":\"absent\""
#define PASSED "\"verdict\":\"pass\",\"reason\":\"none\"}"

#define BOTH "dnsbl_sites=a.example*2,b.example"

static struct arena arena;
static struct report report;
static struct conf conf;
static struct retrial retrial;
static struct recorded_reader *reader;
static struct recorded line;

static void make(void)
{
	ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
	report_init(&report, &arena);
	reader = recorded_reader_new();
	ck_assert_ptr_nonnull(reader);
}

static void clean(void)
{
	recorded_reader_free(reader);
	arena_close(&arena);
}

/* SETTINGS are one to a line. */
static void use(const char *settings)
{
	const struct conf_input input = { .file = "test", .stress = "" };
	static const char always[] = "dnslists_file =\nstate_file =\n"
				     "cache_map = gdbm:/nowhere/cache\n"
				     "greet_wait = 6s\nmyhostname = m.example\n"
				     "greet_banner = x\nmynetworks =\n";
	char text[2048];

	snprintf(text, sizeof(text), "%s%s\n", always, settings);
	conf_load_text(&input, span_of(text), &arena, &report, &conf);
	ck_assert_msg(report.errors == 0, "%s", report_first_error(&report));
	ck_assert(retrial_open(&retrial, &conf, &arena, &report));
}

static void decide(const char *text)
{
	struct address who;

	ck_assert_int_eq(recorded_read(reader, span_of(text), &line),
			 RECORDED_GOOD);
	retrial_run(&retrial, &line,
		    recorded_address(&line, &who) ? &who : NULL);
}

static const struct {
	const char *settings, *text;
	enum decision_verdict want;
	enum failure failure;
	const char *missing; /* letters of "lpdc"; NULL: it is known */
	const char *why;
} rows[] = {
	{ BOTH "\ndnsbl_action=enforce",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_REFUSE,
	  FAILURE_DNSBL, NULL, "listed" },
	{ BOTH "\ndnsbl_action=drop",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_DROP,
	  FAILURE_DNSBL, NULL, "dropped for it" },
	{ BOTH "\ndnsbl_action=ignore",
	  TESTED SILENT LISTS(LISTED, LISTED) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "ignored" },
	{ BOTH "\ndnsbl_action=enforce\ndnsbl_threshold=3",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "not enough" },
	{ "dnsbl_sites=a.example=127.0.0.3\ndnsbl_action=enforce",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "the filter takes another answer" },
	{ BOTH ",c.example*2\ndnsbl_action=enforce\ndnsbl_threshold=3",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, "l", "a list that was not asked might matter" },
	{ BOTH ",c.example*2\ndnsbl_action=enforce\ndnsbl_threshold=9",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "a list that was not asked cannot matter" },
	{ BOTH ",c.example*-2\ndnsbl_action=enforce\ndnsbl_threshold=2",
	  TESTED SILENT LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, "l", "nor might one that vouches" },
	{ BOTH ",c.example*-2\ndnsbl_action=enforce\ndnsbl_threshold=2",
	  TESTED SILENT LISTS(ABSENT, LISTED) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "one that vouches for who passes anyway" },
	{ BOTH "\ndnsbl_action=enforce",
	  TESTED SILENT LISTS("\"status\":\"muted\"", ABSENT) PASSED,
	  DECISION_PASS, FAILURE_NONE, NULL, "muted then is muted" },
	{ BOTH "\ndnsbl_action=enforce",
	  TESTED SILENT LISTS("\"status\":\"pending\"", ABSENT) PASSED,
	  DECISION_PASS, FAILURE_NONE, NULL, "silent then is silent" },
	{ BOTH "\ndnsbl_action=enforce\ngreet_wait=10s\n",
	  TESTED SILENT LISTS("\"status\":\"pending\"", ABSENT) PASSED,
	  DECISION_PASS, FAILURE_NONE, "l", "but not with more patience" },
	{ BOTH "\ndnsbl_action=enforce\ngreet_wait=2s\n",
	  TESTED SILENT "\"lists\":[{\"list\":\"a.example\"," LISTED
			",\"took\":3},{\"list\":\"b.example\"," ABSENT
			",\"took\":1}],\"dnsbl\":{\"score\":2}," PASSED,
	  DECISION_PASS, FAILURE_NONE, NULL, "its answer would come late" },
	{ "greet_action=enforce", TESTED SPOKE LISTS(ABSENT, ABSENT) PASSED,
	  DECISION_REFUSE, FAILURE_PREGREET, NULL, "spoke too early" },
	{ "greet_action=drop", TESTED SPOKE LISTS(ABSENT, ABSENT) PASSED,
	  DECISION_DROP, FAILURE_PREGREET, NULL, "dropped for it" },
	{ "greet_action=drop\ngreet_wait=2s",
	  TESTED SPOKE LISTS(ABSENT, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "it would have been greeted by then" },
	{ "greet_action=drop\n"
	  "dnsbl_sites=a.example*-4\ndnsbl_allowlist_threshold=-4",
	  TESTED SPOKE LISTS(LISTED, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "vouched for before it spoke" },
	{ "greet_action=enforce\ngreet_wait=10s",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, "p", "silent, but for how long?" },
	{ "greet_action=ignore\ngreet_wait=10s",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "which does not matter" },
	{ "pipelining_enable=yes\npipelining_action=enforce",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_RETRY,
	  FAILURE_NONE, "d", "not heard behind the greeting" },
	{ "pipelining_enable=yes\npipelining_action=ignore",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_RETRY,
	  FAILURE_NONE, NULL, "told to come back" },
	{ "pipelining_enable=yes\ncache_map=none",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_PASS,
	  FAILURE_NONE, NULL, "who cannot be known is spared" },
	{ "access_list=cidr:{{192.0.2.0/24 reject}}\ndenylist_action=drop",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_DROP,
	  FAILURE_DENYLIST, NULL, "the access list of today" },
	{ "access_list=cidr:{{192.0.2.0/24 permit}}\n" BOTH
	  "\ndnsbl_action=drop",
	  TESTED SILENT LISTS(
		  LISTED, ABSENT) "\"verdict\":\"drop\",\"reason\":\"dnsbl\"}",
	  DECISION_PASS, FAILURE_NONE, NULL, "lets in, too" },
	{ "allowlist_interfaces=!192.0.2.25,static:all",
	  TESTED SILENT LISTS(ABSENT, ABSENT) PASSED, DECISION_REFUSE,
	  FAILURE_NONE, NULL, "a server that lets nobody pass" },
	{ BOTH "\ndnsbl_action=drop",
	  TESTED "\"verdict\":\"limit\",\"reason\":\"none\"}", DECISION_LIMIT,
	  FAILURE_NONE, NULL, "limits stay" },
	{ BOTH,
	  "{\"v\":1,\"path\":\"access-list\",\"access\":\"reject\","
	  "\"denylist_action\":\"drop\",\"verdict\":\"drop\","
	  "\"reason\":\"denylist\",\"time\":1795826586}",
	  DECISION_PASS, FAILURE_NONE, NULL, "denied then, and not asked" },
	{ "greet_action=enforce",
	  "{\"v\":1,\"path\":\"access-list\",\"access\":\"permit\","
	  "\"verdict\":\"pass\",\"reason\":\"none\",\"time\":1795826586,"
	  "\"client\":\"192.0.2.1\"}",
	  DECISION_PASS, FAILURE_NONE, "pc", "permitted no more" },
	{ "greet_action=enforce",
	  TESTED "\"cache\":{\"stamps\":[1795827000,1,1,1,1],\"count\":1},"
		 "\"verdict\":\"pass\",\"reason\":\"none\"}",
	  DECISION_PASS, FAILURE_NONE, NULL, "known" },
	{ BOTH "\ndnsbl_action=enforce",
	  TESTED "\"cache\":{\"stamps\":[1795827000,1,1,1,1],\"count\":1},"
		 "\"verdict\":\"pass\",\"reason\":\"none\"}",
	  DECISION_PASS, FAILURE_NONE, "l", "known, but not by lists" },
};

START_TEST(a_connection_is_decided_again)
{
	static const char letters[] = "lpdc";
	char missing[MISSINGS + 1] = "";
	size_t count = 0;

	use(rows[_i].settings);
	decide(rows[_i].text);
	for (enum missing m = 0; m < MISSINGS; m++)
		if (retrial.missing[m])
			missing[count++] = letters[m];
	ck_assert_msg(retrial.known == !rows[_i].missing, "%s: missing %s",
		      rows[_i].why, missing);
	if (rows[_i].missing)
		ck_assert_str_eq(missing, rows[_i].missing);
	else
		ck_assert_msg(retrial.sentence.verdict == rows[_i].want &&
				      retrial.sentence.failure ==
					      rows[_i].failure,
			      "%s: %s, %s", rows[_i].why,
			      decision_verdict_name(retrial.sentence.verdict),
			      failure_name(retrial.sentence.failure));
}
END_TEST

/* Lists of one name are told apart by their order; when there are more or fewer
 * of them than there were, by nothing. */
START_TEST(namesakes)
{
	use("dnsbl_sites=k1.example,k2.example*4\n"
	    "dnsbl_reply_map=inline:{k1.example=a.example,"
	    "k2.example=a.example}\ndnsbl_action=drop");
	decide(TESTED SILENT "\"lists\":[{\"list\":\"a.example\"," ABSENT
			     "},{\"list\":\"a.example\"," LISTED
			     "}],\"dnsbl\":{\"score\":4}," PASSED);
	ck_assert(retrial.known && retrial.score.score == 4);
	decide(TESTED SILENT LISTS(LISTED, ABSENT) PASSED);
	ck_assert(!retrial.known && retrial.unasked[0] && retrial.unasked[1]);
}
END_TEST

START_TEST(what_depends_on_a_list)
{
	use(BOTH "\ndnsbl_action=drop\ndnsbl_threshold=2");
	decide(TESTED SILENT LISTS(LISTED, LISTED) PASSED);
	ck_assert_int_eq(retrial.score.score, 3);
	ck_assert(retrial_depends_on(&retrial, 0));
	ck_assert(!retrial_depends_on(&retrial, 1));
	/* asking has changed nothing */
	ck_assert(retrial_depends_on(&retrial, 0));
}
END_TEST

/* ---- properties ------------------------------------------------------------
 */

static unsigned random_below(unsigned limit)
{
	static uint64_t state = 7;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % limit;
}

/* A connection of some kind, in TEXT. */
static void make_up(char *text, size_t size)
{
	static const char *const answers[] = { LISTED, ABSENT,
					       "\"status\":\"failed\"",
					       "\"status\":\"pending\"",
					       "\"status\":\"muted\"" };
	const char *one = answers[random_below(5)];
	const char *other = answers[random_below(5)];
	bool spoke = random_below(4) == 0;

	snprintf(text, size,
		 TESTED "%s\"lists\":[{\"list\":\"a.example\",%s,\"took\":"
			"0.%u},{\"list\":\"b.example\",%s,\"took\":0.%u}],"
			"\"dnsbl\":{\"score\":0,\"threshold\":1}," PASSED,
		 spoke ? SPOKE : SILENT, one, random_below(10), other,
		 random_below(10));
}

static bool is_refused(void)
{
	return retrial.sentence.verdict == DECISION_REFUSE ||
	       retrial.sentence.verdict == DECISION_DROP;
}

/* Whoever passes under one threshold passes under each that is higher. */
START_TEST(a_higher_threshold_refuses_nobody_more)
{
	char text[2048], settings[512];

	for (int round = 0; round < 200; round++) {
		bool refused = true;

		make_up(text, sizeof(text));
		for (int threshold = 1; threshold < 8; threshold++) {
			snprintf(settings, sizeof(settings),
				 "dnsbl_sites=a.example*3,b.example*%d\n"
				 "dnsbl_action=enforce\ndnsbl_threshold=%d\n"
				 "dnsbl_allowlist_threshold=-2",
				 round % 2 == 0 ? 2 : -2, threshold);
			use(settings);
			decide(text);
			ck_assert(retrial.known);
			ck_assert_msg(refused || !is_refused(),
				      "threshold %d: %s", threshold, text);
			refused = is_refused();
		}
		arena_close(&arena);
		ck_assert_int_eq(arena_open(&arena, 8 << 20), 0);
		report_init(&report, &arena);
	}
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("retrial");

	tcase_add_checked_fixture(tc, make, clean);
	tcase_add_loop_test(tc, a_connection_is_decided_again, 0, ROWS(rows));
	tcase_add_test(tc, namesakes);
	tcase_add_test(tc, what_depends_on_a_list);
	tcase_add_test(tc, a_higher_threshold_refuses_nobody_more);
	return unit_run();
}
