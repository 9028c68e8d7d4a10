/* recognize.c - see recognize.h. */
#include "screen/recognize.h"

#include "base/clock.h"
#include "log/log.h"
#include "screen/outcome.h"
#include "screen/standing.h"

static enum access decide_access(struct screen *s)
{
	const struct conf *conf = s->setup.conf;
	const struct access_list *list = s->setup.prepared.access;
	enum access access;
	char warning[512];
	struct sbuf w = SBUF(warning);

	if (!list)
		list = standing_access_list(conf, s->setup.arena,
					    s->setup.report);
	if (!list) /* what does not fit into memory cannot decide anything */
		return ACCESS_DUNNO;
	access = access_decide(list, &s->setup.peer->client.address, &w);
	if (w.len > 0)
		log_warning(LOG_TABLE_TROUBLE, "%s", warning);

	if (access == ACCESS_PERMIT)
		log_info(LOG_ALLOWLISTED, "%s %s",
			 conf->respectful_logging ? "ALLOWLISTED"
						  : "WHITELISTED",
			 s->client);
	else if (access == ACCESS_REJECT)
		log_info(LOG_DENYLISTED, "%s %s",
			 conf->respectful_logging ? "DENYLISTED"
						  : "BLACKLISTED",
			 s->client);
	return access;
}

static bool pass_old(struct screen *s, enum decision_path path)
{
	s->decision.path = path;
	s->decision.pass = "old";
	log_verdict("pass-old");
	log_info(LOG_PASS_OLD, "PASS OLD %s", s->client);
	return true;
}

bool recognize_lately(struct screen *s)
{
	bool known = memory_recall(&s->memory, &s->stamps);

	s->asked = !memory_busy(&s->memory);
	s->decision.known = known;
	facts_due(&s->facts, s->setup.conf, &s->stamps, clock_wall());
	return known && facts_nothing_due(&s->facts) &&
	       pass_old(s, DECISION_BY_CACHE);
}

/* What another host knows counts as if it were known here. */
static void learn(struct screen *s, const struct stamps *known)
{
	int64_t now = clock_wall();

	if (stamps_from_future(&s->stamps, now))
		s->stamps = *known;
	else
		stamps_join(&s->stamps, known);
	facts_learn(&s->facts, known, now);
	s->decision.known = true;
}

/*
 * A server that is well answers before anything else is done, so that who is
 * known there waits for no greeting and no DNS list is asked about it. One that
 * is not is heard beside the tests.
 */
bool recognize_elsewhere(struct screen *s)
{
	int64_t start = clock_mono();
	struct stamps known;
	bool heard;

	if (!memory_ask(&s->memory))
		return false;
	heard = memory_hear_soon(&s->memory, &known);
	s->paused = clock_mono() - start;
	if (!heard)
		return false;
	learn(s, &known);
	return facts_nothing_due(&s->facts) && pass_old(s, DECISION_BY_SHARED);
}

bool recognize_late(struct screen *s, const struct stamps *known)
{
	learn(s, known);
	return facts_nothing_due(&s->facts) &&
	       verdict_of(&s->facts, s->setup.conf).failure == FAILURE_NONE &&
	       pass_old(s, DECISION_BY_SHARED);
}

enum screen_end recognize(struct screen *s)
{
	const struct conf *conf = s->setup.conf;

	s->facts.access = decide_access(s);
	switch (verdict_welcome(s->facts.access, conf)) {
	case WELCOME_HANDOFF:
		s->decision.path = DECISION_BY_ACCESS;
		log_verdict("allowlisted");
		return SCREEN_HANDOFF;
	case WELCOME_DROP:
		s->decision.path = DECISION_BY_ACCESS;
		return outcome_drop(s, FAILURE_DENYLIST);
	case WELCOME_SUSPECT:
		/* earlier passes do not count, every test is due */
		facts_due(&s->facts, conf, &s->stamps, clock_wall());
		s->watched = true;
		return SCREEN_UNTESTED;
	case WELCOME_OPEN:
		break;
	}
	return recognize_lately(s) ? SCREEN_HANDOFF : SCREEN_UNTESTED;
}
