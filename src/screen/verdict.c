#include "screen/verdict.h"

#include "base/clock.h"

/* Rounds of tests after which a client is known well. */
#define SEASONED 3

static bool is_seasoned(const struct stamps *stamps, int64_t now)
{
	return stamps->count >= SEASONED &&
	       stamps->until[TEST_PREGREET] > STAMP_DISABLED &&
	       !stamps_from_future(stamps, now);
}

enum welcome verdict_welcome(enum access access, const struct conf *conf)
{
	switch (access) {
	case ACCESS_PERMIT:
		return WELCOME_HANDOFF;
	case ACCESS_REJECT:
		if (conf->denylist_action == ACTION_IGNORE)
			break;
		return conf->denylist_action == ACTION_DROP ? WELCOME_DROP
							    : WELCOME_SUSPECT;
	case ACCESS_DUNNO:
		break;
	}
	return WELCOME_OPEN;
}

void facts_due(struct facts *facts, const struct conf *conf,
	       const struct stamps *stamps, int64_t now)
{
	for (enum test t = 0; t < TESTS; t++)
		facts->due[t] =
			conf->test[t].enabled && stamps_due(stamps, t, now);
	facts->seasoned = is_seasoned(stamps, now);
}

void facts_learn(struct facts *facts, const struct stamps *stamps, int64_t now)
{
	for (enum test t = 0; t < TESTS; t++)
		facts->due[t] = facts->due[t] && stamps_due(stamps, t, now);
	facts->seasoned = facts->seasoned || is_seasoned(stamps, now);
}

void facts_spare(struct facts *facts)
{
	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++) {
		facts->spared = facts->spared || facts->due[t];
		facts->due[t] = false;
	}
}

bool facts_nothing_due(const struct facts *facts)
{
	for (enum test t = 0; t < TESTS; t++)
		if (facts->due[t])
			return false;
	return true;
}

bool facts_early_due(const struct facts *facts)
{
	return facts->due[TEST_PREGREET] || facts->due[TEST_DNSBL];
}

/* The reasons in the order of their standing, each with its action. */
static bool has_failed(const struct facts *facts, const struct conf *conf,
		       enum failure failure, enum action *ret_action)
{
	switch (failure) {
	case FAILURE_DENYLIST:
		*ret_action = conf->denylist_action;
		return facts->access == ACCESS_REJECT;
	case FAILURE_DNSBL:
		*ret_action = conf->test[TEST_DNSBL].action;
		return facts->result[TEST_DNSBL] == RESULT_FAILED;
	case FAILURE_PREGREET:
		*ret_action = conf->test[TEST_PREGREET].action;
		return facts->result[TEST_PREGREET] == RESULT_FAILED;
	case FAILURE_DEEP:
		*ret_action = ACTION_IGNORE;
		for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++)
			if (facts->result[t] == RESULT_FAILED &&
			    conf->test[t].action > *ret_action)
				*ret_action = conf->test[t].action;
		return *ret_action != ACTION_IGNORE;
	case FAILURE_NONE:
		break;
	}
	return false;
}

/* The failure of highest standing with that action or a harder one. */
static enum failure worst(const struct facts *facts, const struct conf *conf,
			  enum action least)
{
	for (enum failure f = 0; f < FAILURE_NONE; f++) {
		enum action action;

		if (has_failed(facts, conf, f, &action) && action >= least)
			return f;
	}
	return FAILURE_NONE;
}

/* Is a test in [FROM, TO) still to be waited for? */
static bool unfinished(const struct facts *facts, enum test from, enum test to)
{
	for (enum test t = from; t < to; t++)
		if (facts->due[t] && facts->result[t] == RESULT_NONE &&
		    !(facts->excused && t != TEST_DNSBL))
			return true;
	return false;
}

struct verdict verdict_of(const struct facts *facts, const struct conf *conf)
{
	struct verdict v = { .next = NEXT_HANDOFF, .failure = FAILURE_NONE };

	if (facts->access == ACCESS_PERMIT)
		return v;

	v.failure = worst(facts, conf, ACTION_ENFORCE);
	if (worst(facts, conf, ACTION_DROP) != FAILURE_NONE)
		v.next = NEXT_DROP;
	else if (unfinished(facts, 0, TEST_FIRST_DEEP))
		v.next = NEXT_EARLY;
	else if (v.failure != FAILURE_NONE || facts->veto)
		v.next = NEXT_ENGINE;
	else if (unfinished(facts, TEST_FIRST_DEEP, TESTS))
		v.next = conf->deep_protocol_tests == DEEP_INLINE ? NEXT_WATCH
								  : NEXT_ENGINE;
	return v;
}

bool verdict_dropped(const struct facts *facts, const struct conf *conf)
{
	struct verdict v = verdict_of(facts, conf);

	return v.next == NEXT_DROP && v.failure == FAILURE_DEEP && !facts->veto;
}

bool verdict_refuses(const struct facts *facts, const struct conf *conf)
{
	return facts->veto || verdict_of(facts, conf).failure != FAILURE_NONE;
}

bool verdict_calls_back(const struct facts *facts, const struct conf *conf)
{
	return verdict_of(facts, conf).next == NEXT_ENGINE &&
	       !verdict_refuses(facts, conf);
}

bool verdict_excuses(const struct facts *facts, const struct conf *conf,
		     int score)
{
	/* a pregreet counts here even when its action is ignore */
	return conf->dnsbl_allowlist_threshold < 0 &&
	       score <= conf->dnsbl_allowlist_threshold &&
	       score < conf->dnsbl_threshold && !facts->veto &&
	       facts->result[TEST_PREGREET] != RESULT_FAILED &&
	       worst(facts, conf, ACTION_ENFORCE) == FAILURE_NONE;
}

bool verdict_releases(const struct facts *facts, const struct conf *conf,
		      const struct dnsbl_score *score, int64_t waited)
{
	return facts->seasoned && score->clean &&
	       facts->result[TEST_PREGREET] != RESULT_FAILED &&
	       conf->greet_wait_min < conf->greet_wait &&
	       waited >= conf->greet_wait_min * CLOCK_SECOND;
}

void facts_score(struct facts *facts, const struct conf *conf,
		 const struct dnsbl_score *score)
{
	facts->dnsbl_score = score->score;
	facts->dnsbl_ttl = score->ttl;
	if (score->score >= conf->dnsbl_threshold) {
		facts->result[TEST_DNSBL] = RESULT_FAILED;
		facts->dnsbl_doubt = score->least < conf->dnsbl_threshold;
		return;
	}
	facts->result[TEST_DNSBL] = RESULT_PASSED;
	facts->excused = verdict_excuses(facts, conf, score->score);
}

void facts_waited(struct facts *facts)
{
	if (facts->due[TEST_PREGREET] && !facts->excused &&
	    facts->result[TEST_PREGREET] == RESULT_NONE)
		facts->result[TEST_PREGREET] = RESULT_PASSED;
}

static int64_t dnsbl_ttl(const struct facts *facts, const struct conf *conf)
{
	int64_t ttl = facts->dnsbl_ttl;

	/* the maximum wins should the two be at odds, as in postscreen */
	if (ttl < conf->dnsbl_min_ttl)
		ttl = conf->dnsbl_min_ttl;
	if (ttl > conf->dnsbl_max_ttl)
		ttl = conf->dnsbl_max_ttl;
	return ttl;
}

/*
 * Longer than a sender waits before it tries again: hours, most of them
 * (RFC 5321, section 4.5.4.1), at the end of their patience.
 */
#define COMES_BACK INT64_C(86400)

/*
 * A client that cannot do better must not be told to come back for ever, so
 * the failure has to count until it has come back. postscreen lets it count
 * for a minute.
 */
static int64_t ignored_ttl(const struct conf *conf, enum test test)
{
	int64_t ttl = conf->ignored_ttl;

	if (ttl < COMES_BACK)
		ttl = COMES_BACK;
	return ttl < conf->test[test].ttl ? ttl : conf->test[test].ttl;
}

/* How long what was seen of TEST counts; 0: it earned nothing. */
static int64_t earned(const struct facts *facts, const struct conf *conf,
		      enum test test)
{
	if (test == TEST_DNSBL)
		return facts->result[test] == RESULT_PASSED
			       ? dnsbl_ttl(facts, conf)
			       : 0;
	/*
	 * An allowlist's word also covers tests that are switched off, so
	 * that switching one on later does not hit the clients it knows.
	 */
	if (facts->excused)
		return dnsbl_ttl(facts, conf);
	if (facts->result[test] == RESULT_PASSED) {
		/* what was waited for less is good for as long as the lists'
		 * word that stands in for it */
		if (test == TEST_PREGREET && facts->released &&
		    dnsbl_ttl(facts, conf) < conf->test[test].ttl)
			return dnsbl_ttl(facts, conf);
		return conf->test[test].ttl;
	}
	/* an ignored pregreet keeps nobody out, so it is tried again next time
	 */
	if (facts->result[test] == RESULT_FAILED && test >= TEST_FIRST_DEEP)
		return ignored_ttl(conf, test);
	return 0;
}

bool verdict_pass(const struct facts *facts, const struct conf *conf,
		  int64_t now, struct cache_pass *ret)
{
	struct cache_pass pass = { .complete = true };
	bool any = false;

	if (facts->veto || worst(facts, conf, ACTION_ENFORCE) != FAILURE_NONE)
		return false;
	for (enum test t = 0; t < TESTS; t++) {
		int64_t ttl = earned(facts, conf, t);

		pass.enabled[t] = conf->test[t].enabled;
		if (ttl > 0) {
			pass.until[t] = now + ttl;
			any = true;
		} else if (facts->due[t]) {
			pass.complete = false;
		}
	}
	if (any)
		*ret = pass;
	return any;
}

const char *failure_name(enum failure failure)
{
	switch (failure) {
	case FAILURE_DENYLIST:
		return "denylist";
	case FAILURE_DNSBL:
		return "dnsbl";
	case FAILURE_PREGREET:
		return "pregreet";
	case FAILURE_DEEP:
		return "protocol";
	case FAILURE_NONE:
		return "none";
	}
	return "none";
}
