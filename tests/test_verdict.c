#include "screen/verdict.h"
#include "unit.h"

#define NOON INT64_C(1700000000)

/* postscreen's defaults, with the tests that a row asks for. */
static struct conf conf_with(const char *actions)
{
	struct conf conf = {
		.denylist_action = ACTION_IGNORE,
		.ignored_ttl = 60,
		.dnsbl_threshold = 3,
		.dnsbl_allowlist_threshold = -2,
		.dnsbl_min_ttl = 60,
		.dnsbl_max_ttl = 3600,
		.test = {
			[TEST_PREGREET] = { true, ACTION_IGNORE, 86400 },
			[TEST_DNSBL] = { true, ACTION_IGNORE, 60 },
			[TEST_PIPELINING] = { false, ACTION_ENFORCE, 2592000 },
			[TEST_NON_SMTP] = { false, ACTION_DROP, 2592000 },
			[TEST_BARE_NEWLINE] = { false, ACTION_IGNORE, 2592000 },
		},
	};

	/* "ped": pregreet enforce, dnsbl drop: lower case words of two */
	for (; actions[0]; actions += 2) {
		enum action a = actions[1] == 'e'   ? ACTION_ENFORCE
				: actions[1] == 'd' ? ACTION_DROP
						    : ACTION_IGNORE;

		if (actions[0] == 'l')
			conf.denylist_action = a;
		else if (actions[0] == 'p')
			conf.test[TEST_PREGREET].action = a;
		else if (actions[0] == 'd')
			conf.test[TEST_DNSBL].action = a;
		else if (actions[0] == 'c') /* commands: pipelining */
			conf.test[TEST_PIPELINING].action = a;
	}
	return conf;
}

/* Results as letters in storage order: "-" not due, "o" due and open, "p"
 * passed, "f" failed. */
static struct facts facts_with(const char *results)
{
	struct facts f = { .dnsbl_ttl = -1 };

	for (enum test t = 0; t < TESTS; t++) {
		f.due[t] = results[t] != '-';
		f.result[t] = results[t] == 'p'	  ? RESULT_PASSED
			      : results[t] == 'f' ? RESULT_FAILED
						  : RESULT_NONE;
	}
	return f;
}

static const struct {
	const char *why, *actions, *results;
	enum access access;
	bool veto, excused;
	enum next next;
	enum failure failure;
} verdicts[] = {
	{ "permit beats everything", "pdddld", "ff---", ACCESS_PERMIT, true,
	  false, NEXT_HANDOFF, FAILURE_NONE },
	{ "nothing due", "", "-----", ACCESS_DUNNO, false, false, NEXT_HANDOFF,
	  FAILURE_NONE },
	{ "early tests open", "", "oo---", ACCESS_DUNNO, false, false,
	  NEXT_EARLY, FAILURE_NONE },
	{ "all passed", "", "pp---", ACCESS_DUNNO, false, false, NEXT_HANDOFF,
	  FAILURE_NONE },
	{ "pregreet ignored", "pi", "fp---", ACCESS_DUNNO, false, false,
	  NEXT_HANDOFF, FAILURE_NONE },
	{ "pregreet enforced, lists open", "pe", "fo---", ACCESS_DUNNO, false,
	  false, NEXT_EARLY, FAILURE_PREGREET },
	{ "pregreet enforced", "pe", "fp---", ACCESS_DUNNO, false, false,
	  NEXT_ENGINE, FAILURE_PREGREET },
	{ "pregreet dropped without waiting", "pd", "fo---", ACCESS_DUNNO,
	  false, false, NEXT_DROP, FAILURE_PREGREET },
	{ "list enforced", "de", "pf---", ACCESS_DUNNO, false, false,
	  NEXT_ENGINE, FAILURE_DNSBL },
	{ "list dropped", "dd", "pf---", ACCESS_DUNNO, false, false, NEXT_DROP,
	  FAILURE_DNSBL },
	{ "list names the reason before pregreet", "pede", "ff---",
	  ACCESS_DUNNO, false, false, NEXT_ENGINE, FAILURE_DNSBL },
	{ "pregreet's drop, the list's reason", "pdde", "ff---", ACCESS_DUNNO,
	  false, false, NEXT_DROP, FAILURE_DNSBL },
	{ "denied and ignored", "li", "pp---", ACCESS_REJECT, false, false,
	  NEXT_HANDOFF, FAILURE_NONE },
	{ "denied and enforced, tests run first", "le", "oo---", ACCESS_REJECT,
	  false, false, NEXT_EARLY, FAILURE_DENYLIST },
	{ "denied and enforced", "le", "pp---", ACCESS_REJECT, false, false,
	  NEXT_ENGINE, FAILURE_DENYLIST },
	{ "denied names the reason before all", "ledepe", "ff---",
	  ACCESS_REJECT, false, false, NEXT_ENGINE, FAILURE_DENYLIST },
	{ "denied and dropped", "ld", "oo---", ACCESS_REJECT, false, false,
	  NEXT_DROP, FAILURE_DENYLIST },
	{ "veto goes to the engine", "", "pp---", ACCESS_DUNNO, true, false,
	  NEXT_ENGINE, FAILURE_NONE },
	{ "deep tests open", "", "pppoo", ACCESS_DUNNO, false, false,
	  NEXT_ENGINE, FAILURE_NONE },
	{ "only deep tests due", "", "--o--", ACCESS_DUNNO, false, false,
	  NEXT_ENGINE, FAILURE_NONE },
	{ "excused from the rest", "", "opooo", ACCESS_DUNNO, false, true,
	  NEXT_HANDOFF, FAILURE_NONE },
	{ "excused but vetoed", "", "op---", ACCESS_DUNNO, true, true,
	  NEXT_ENGINE, FAILURE_NONE },
	{ "deep failure enforced", "ce", "ppf--", ACCESS_DUNNO, false, false,
	  NEXT_ENGINE, FAILURE_DEEP },
	{ "deep failure ignored", "ci", "ppf--", ACCESS_DUNNO, false, false,
	  NEXT_HANDOFF, FAILURE_NONE },
};

/* The same, with deep_protocol_tests = inline: only good clients are watched.
 */
START_TEST(only_open_deep_tests_are_watched)
{
	struct conf conf = conf_with(verdicts[_i].actions);
	struct facts facts = facts_with(verdicts[_i].results);
	bool watched = verdicts[_i].next == NEXT_ENGINE &&
		       verdicts[_i].failure == FAILURE_NONE &&
		       !verdicts[_i].veto;

	conf.deep_protocol_tests = DEEP_INLINE;
	facts.access = verdicts[_i].access;
	facts.veto = verdicts[_i].veto;
	facts.excused = verdicts[_i].excused;
	ck_assert_msg(verdict_of(&facts, &conf).next ==
			      (watched ? NEXT_WATCH : verdicts[_i].next),
		      "%s", verdicts[_i].why);
	ck_assert(!verdict_calls_back(&facts, &conf));
	conf.deep_protocol_tests = DEEP_RECONNECT;
	ck_assert_msg(verdict_calls_back(&facts, &conf) == watched, "%s",
		      verdicts[_i].why);
}
END_TEST

START_TEST(verdict_follows_the_facts)
{
	struct conf conf = conf_with(verdicts[_i].actions);
	struct facts facts = facts_with(verdicts[_i].results);
	struct verdict v;

	facts.access = verdicts[_i].access;
	facts.veto = verdicts[_i].veto;
	facts.excused = verdicts[_i].excused;
	v = verdict_of(&facts, &conf);
	ck_assert_msg(v.next == verdicts[_i].next, "%s: next %d",
		      verdicts[_i].why, (int)v.next);
	ck_assert_msg(v.failure == verdicts[_i].failure, "%s: %s",
		      verdicts[_i].why, failure_name(v.failure));
}
END_TEST

static const struct {
	const char *why, *actions, *results;
	bool veto, want;
} drops[] = {
	{ "dropped for a protocol error", "cd", "ppf--", false, true },
	{ "refused for it", "ce", "ppf--", false, false },
	{ "ignored", "ci", "ppf--", false, false },
	{ "dropped before the greeting", "pd", "fp---", false, false },
	{ "refused before it anyway", "cdpe", "fpf--", false, false },
	{ "a server that lets nobody pass", "cd", "ppf--", true, false },
};

START_TEST(who_was_refused_anyway_was_not_dropped)
{
	struct conf conf = conf_with(drops[_i].actions);
	struct facts facts = facts_with(drops[_i].results);

	facts.veto = drops[_i].veto;
	ck_assert_msg(verdict_dropped(&facts, &conf) == drops[_i].want, "%s",
		      drops[_i].why);
}
END_TEST

static const struct {
	const char *why, *actions, *results;
	bool veto, excused;
	int64_t ttl;
	bool earned, complete;
	int64_t pregreet, dnsbl, pipelining, non_smtp; /* from NOON, 0 none */
} passes[] = {
	{ "both passed", "", "pp---", false, false, 600, true, true, 86400, 600,
	  0, 0 },
	{ "ttl raised to the least", "", "pp---", false, false, 5, true, true,
	  86400, 60, 0, 0 },
	{ "ttl lowered to the most", "", "pp---", false, false, 9999, true,
	  true, 86400, 3600, 0, 0 },
	{ "no ttl known", "", "pp---", false, false, -1, true, true, 86400, 60,
	  0, 0 },
	{ "pregreet ignored: only the list's pass", "pi", "fp---", false, false,
	  600, true, false, 0, 600, 0, 0 },
	{ "list ignored: only pregreet's", "di", "pf---", false, false, 600,
	  true, false, 86400, 0, 0, 0 },
	{ "both ignored: nothing", "pidi", "ff---", false, false, 600, false,
	  false, 0, 0, 0, 0 },
	{ "one enforced: nothing", "de", "pf---", false, false, 600, false,
	  false, 0, 0, 0, 0 },
	{ "vetoed: nothing", "", "pp---", true, false, 600, false, false, 0, 0,
	  0, 0 },
	{ "left before the deep tests", "", "ppo--", false, false, 600, true,
	  false, 86400, 600, 0, 0 },
	{ "deep test passed", "", "--p--", false, false, -1, true, true, 0, 0,
	  2592000, 0 },
	{ "deep failure ignored counts a day", "ci", "ppf--", false, false, 600,
	  true, true, 86400, 600, 86400, 0 },
	{ "excused: every test, as long as the list says", "", "opo--", false,
	  true, 600, true, true, 600, 600, 600, 600 },
};

START_TEST(pass_remembers_what_was_earned)
{
	struct conf conf = conf_with(passes[_i].actions);
	struct facts facts = facts_with(passes[_i].results);
	struct cache_pass pass;

	facts.veto = passes[_i].veto;
	facts.excused = passes[_i].excused;
	facts.dnsbl_ttl = passes[_i].ttl;
	ck_assert_msg(verdict_pass(&facts, &conf, NOON, &pass) ==
			      passes[_i].earned,
		      "%s", passes[_i].why);
	if (!passes[_i].earned)
		return;
	ck_assert_msg(pass.complete == passes[_i].complete, "%s",
		      passes[_i].why);

	const int64_t want[TESTS] = {
		passes[_i].pregreet, passes[_i].dnsbl,	  passes[_i].pipelining,
		passes[_i].non_smtp, passes[_i].non_smtp,
	};

	for (enum test t = 0; t < TESTS; t++) {
		ck_assert_msg(pass.until[t] == (want[t] ? NOON + want[t] : 0),
			      "%s: test %d", passes[_i].why, (int)t);
		ck_assert(pass.enabled[t] == conf.test[t].enabled);
	}
}
END_TEST

START_TEST(ignored_deep_failure_counts_no_longer_than_a_pass)
{
	struct conf conf = conf_with("ci");
	struct facts facts = facts_with("--f--");
	struct cache_pass pass;

	conf.test[TEST_PIPELINING].ttl = 3600;
	ck_assert(verdict_pass(&facts, &conf, NOON, &pass));
	ck_assert_int_eq(pass.until[TEST_PIPELINING], NOON + 3600);
	/* but as long as the shortest of all when that is long */
	conf.test[TEST_PIPELINING].ttl = 5 * 86400;
	conf.ignored_ttl = 2 * 86400;
	ck_assert(verdict_pass(&facts, &conf, NOON, &pass));
	ck_assert_int_eq(pass.until[TEST_PIPELINING], NOON + 2 * 86400);
}
END_TEST

static const struct {
	const char *why, *actions, *results;
	enum access access;
	bool veto;
	int score, threshold;
	bool excused;
} excuses[] = {
	{ "low enough", "", "oo---", ACCESS_DUNNO, false, -2, -2, true },
	{ "not low enough", "", "oo---", ACCESS_DUNNO, false, -1, -2, false },
	{ "feature off", "", "oo---", ACCESS_DUNNO, false, -9, 0, false },
	{ "spoke early, though ignored", "pi", "fo---", ACCESS_DUNNO, false, -2,
	  -2, false },
	{ "denied", "le", "oo---", ACCESS_REJECT, false, -2, -2, false },
	{ "denied but ignored", "li", "oo---", ACCESS_REJECT, false, -2, -2,
	  true },
	{ "vetoed", "", "oo---", ACCESS_DUNNO, true, -2, -2, false },
};

START_TEST(allowlists_excuse_the_blameless)
{
	struct conf conf = conf_with(excuses[_i].actions);
	struct facts facts = facts_with(excuses[_i].results);

	conf.dnsbl_allowlist_threshold = excuses[_i].threshold;
	facts.access = excuses[_i].access;
	facts.veto = excuses[_i].veto;
	ck_assert_msg(verdict_excuses(&facts, &conf, excuses[_i].score) ==
			      excuses[_i].excused,
		      "%s", excuses[_i].why);
}
END_TEST

START_TEST(due_is_what_is_enabled_and_expired)
{
	struct conf conf = conf_with("");
	struct facts facts = { 0 };
	struct stamps stamps = { .until = { NOON, NOON - 1, 0, 0, 1 } };

	conf.test[TEST_PIPELINING].enabled = true;
	facts_due(&facts, &conf, &stamps, NOON);
	ck_assert(!facts.due[TEST_PREGREET]);
	ck_assert(facts.due[TEST_DNSBL]);
	ck_assert(facts.due[TEST_PIPELINING]);
	ck_assert(!facts.due[TEST_NON_SMTP]);
	ck_assert(!facts.due[TEST_BARE_NEWLINE]);
	ck_assert(facts_early_due(&facts));
}
END_TEST

/* What another host tells takes tests away, and never adds one. */
START_TEST(what_others_know_is_not_due)
{
	struct facts facts = { .due = { true, true, false, true, false } };
	struct stamps known = { .until = { NOON, NOON - 1, 0, 0, 0 } };
	struct stamps all = { .until = { NOON, NOON, NOON, NOON, NOON },
			      .count = 3 };
	struct stamps ahead = all;

	facts.result[TEST_PREGREET] = RESULT_FAILED;
	facts_learn(&facts, &known, NOON);
	ck_assert(!facts.due[TEST_PREGREET]);
	ck_assert(facts.due[TEST_DNSBL]);
	ck_assert(!facts.due[TEST_PIPELINING]);
	ck_assert(facts.due[TEST_NON_SMTP]);
	ck_assert(!facts_nothing_due(&facts) && !facts.seasoned);
	ahead.last = NOON + 2 * 86400;
	facts_learn(&facts, &ahead, NOON);
	ck_assert(!facts_nothing_due(&facts) && !facts.seasoned);
	facts_learn(&facts, &all, NOON);
	ck_assert(facts_nothing_due(&facts) && facts.seasoned);
	ck_assert_int_eq(facts.result[TEST_PREGREET], RESULT_FAILED);
}
END_TEST

static const struct {
	const char *why;
	int64_t pregreet;
	uint64_t count;
	int64_t last;
	bool seasoned;
} known[] = {
	{ "three rounds", NOON - 9, 3, NOON - 99, true },
	{ "two", NOON - 9, 2, NOON - 99, false },
	{ "never waited", STAMP_NEW, 9, NOON - 99, false },
	{ "never waited: the test was off", STAMP_DISABLED, 9, NOON - 99,
	  false },
	{ "by a clock that was wrong", NOON - 9, 9, NOON + 99999, false },
};

START_TEST(who_waited_often_is_seasoned)
{
	struct conf conf = conf_with("");
	struct stamps stamps = { .until = { known[_i].pregreet, NOON - 9 },
				 .count = known[_i].count,
				 .last = known[_i].last };
	struct facts facts = { .dnsbl_ttl = -1 };

	facts_due(&facts, &conf, &stamps, NOON);
	ck_assert_msg(facts.seasoned == known[_i].seasoned, "%s",
		      known[_i].why);
}
END_TEST

static const struct {
	const char *why, *results;
	bool seasoned, clean;
	int64_t least, waited;
	bool released;
} releases[] = {
	{ "all is well", "oo---", true, true, 2, 2000000, true },
	{ "too early", "oo---", true, true, 2, 1999999, false },
	{ "not known well", "oo---", false, true, 2, 2000000, false },
	{ "a list has it, or none answered", "oo---", true, false, 2, 2000000,
	  false },
	{ "it has talked", "fo---", true, true, 2, 2000000, false },
	{ "not in use", "oo---", true, true, 6, 6000000, false },
	{ "set the wrong way round", "oo---", true, true, 9, 9000000, false },
};

START_TEST(the_well_known_are_released)
{
	struct conf conf = conf_with("");
	struct facts facts = facts_with(releases[_i].results);
	struct dnsbl_score score = { .clean = releases[_i].clean };

	conf.greet_wait = 6;
	conf.greet_wait_min = releases[_i].least;
	facts.seasoned = releases[_i].seasoned;
	ck_assert_msg(verdict_releases(&facts, &conf, &score,
				       releases[_i].waited) ==
			      releases[_i].released,
		      "%s", releases[_i].why);
}
END_TEST

/* What was waited for less counts for less; never for more than usual. */
START_TEST(a_short_wait_counts_as_long_as_the_lists_answers)
{
	struct conf conf = conf_with("");
	struct facts facts = facts_with("pp---");
	struct cache_pass pass;

	facts.dnsbl_ttl = 300;
	ck_assert(verdict_pass(&facts, &conf, NOON, &pass));
	ck_assert_int_eq(pass.until[TEST_PREGREET], NOON + 86400);
	facts.released = true;
	ck_assert(verdict_pass(&facts, &conf, NOON, &pass));
	ck_assert_int_eq(pass.until[TEST_PREGREET], NOON + 300);
	ck_assert_int_eq(pass.until[TEST_DNSBL], NOON + 300);
	conf.test[TEST_PREGREET].ttl = 100;
	ck_assert(verdict_pass(&facts, &conf, NOON, &pass));
	ck_assert_int_eq(pass.until[TEST_PREGREET], NOON + 100);
}
END_TEST

int main(void)
{
	TCase *tc = unit_case("verdict");

	tcase_add_loop_test(tc, verdict_follows_the_facts, 0, ROWS(verdicts));
	tcase_add_loop_test(tc, only_open_deep_tests_are_watched, 0,
			    ROWS(verdicts));
	tcase_add_loop_test(tc, who_was_refused_anyway_was_not_dropped, 0,
			    ROWS(drops));
	tcase_add_loop_test(tc, pass_remembers_what_was_earned, 0,
			    ROWS(passes));
	tcase_add_test(tc, ignored_deep_failure_counts_no_longer_than_a_pass);
	tcase_add_loop_test(tc, allowlists_excuse_the_blameless, 0,
			    ROWS(excuses));
	tcase_add_test(tc, due_is_what_is_enabled_and_expired);
	tcase_add_test(tc, what_others_know_is_not_due);
	tcase_add_loop_test(tc, who_waited_often_is_seasoned, 0, ROWS(known));
	tcase_add_loop_test(tc, the_well_known_are_released, 0, ROWS(releases));
	tcase_add_test(tc, a_short_wait_counts_as_long_as_the_lists_answers);
	return unit_run();
}
