/* examine.c - see examine.h. */
#include "screen/examine.h"

#include "base/clock.h"
#include "log/log.h"
#include "screen/early.h"
#include "screen/findings.h"
#include "screen/outcome.h"
#include "screen/recognize.h"
#include "screen/refusal.h"
#include "screen/session.h"
#include "screen/standing.h"
#include "screen/tally.h"
#include "screen/tripwire.h"
#include "screen/watching.h"

#include <string.h>

/* May clients not pass at the address that this one called? */
static bool is_vetoed(struct screen *s)
{
	const struct conf *conf = s->setup.conf;
	const struct interfaces *interfaces = s->setup.prepared.interfaces;
	struct interfaces own;
	char doubt[512];
	struct sbuf d = SBUF(doubt);
	bool veto;

	if (!interfaces) {
		own = standing_interfaces(conf, s->setup.arena,
					  s->setup.report);
		interfaces = &own;
	}
	veto = standing_veto(interfaces, &s->setup.peer->server.address, &d);
	if (d.len > 0)
		log_warning(LOG_TABLE_TROUBLE,
			    "postscreen_allowlist_interfaces: %s -- %s may "
			    "pass all the same",
			    doubt, s->client);
	if (veto)
		log_info(LOG_ALLOWLIST_VETO, "%s %s",
			 conf->respectful_logging ? "ALLOWLIST VETO"
						  : "WHITELIST VETO",
			 s->client);
	return veto;
}

void screen_look_at_server(struct screen *s)
{
	s->facts.veto = is_vetoed(s);
}

/* Every session that was tested ends here: remember what was earned. */
static void conclude(struct screen *s)
{
	const struct conf *conf = s->setup.conf;
	bool was_new = stamps_any_new(&s->stamps);
	int64_t now = clock_wall();
	struct cache_pass pass;

	if (!verdict_pass(&s->facts, conf, now, &pass))
		return;
	memory_keep(&s->memory, &pass, now, &was_new);
	s->passed = pass.complete;
	s->decision.pass = !s->passed ? "part" : was_new ? "new" : "old";
	if (!s->passed)
		return;
	log_verdict(was_new ? "pass-new" : "pass-old");
	log_info(was_new ? LOG_PASS_NEW : LOG_PASS_OLD, "PASS %s %s",
		 was_new ? "NEW" : "OLD", s->client);
}

static bool open_lists(struct screen *s, struct lists *ret)
{
	const struct screen_setup *setup = &s->setup;

	if (!setup->prepared.lists)
		return lists_open(ret, setup->conf, false, setup->arena,
				  setup->report);
	*ret = *setup->prepared.lists;
	return lists_start(ret, setup->arena);
}

/* LISTS have had the state file open, if there were any to ask. */
static void leave_findings(const struct screen *s, struct lists *lists)
{
	struct state own;

	state_init(&own, s->setup.conf->state_file);
	findings_leave(lists ? &lists->state : &own, &s->facts,
		       &s->setup.peer->client.address, clock_wall());
	state_close(&own);
}

/*
 * The tests before the greeting. False when all is decided (*RET_END tells):
 * the client hung up or is known elsewhere, or the lists' settings are wrong.
 */
static bool run_early(struct screen *s, enum screen_end *ret_end)
{
	struct lists lists;
	struct early early = {
		.conf = s->setup.conf,
		.peer = s->setup.peer,
		.memory = &s->memory,
		.decision = &s->decision,
		.polite = s->setup.polite,
	};
	int64_t start = clock_mono() - s->paused;
	enum early_end end;

	if (s->facts.due[TEST_DNSBL]) {
		if (!open_lists(s, &lists)) {
			*ret_end = SCREEN_MISCONFIGURED;
			return false;
		}
		if (tripwire_knows(&s->stamps, clock_wall()))
			lists.known = s->memory.key;
		early.lists = &lists;
	}
	s->greeted = s->facts.due[TEST_PREGREET];
	end = early_run(&early, &s->facts, start);
	decision_waited(&s->decision, clock_mono() - start);
	memcpy(s->dnsbl_name, early.dnsbl_name, sizeof(s->dnsbl_name));
	if (end == EARLY_DONE)
		leave_findings(s, early.lists);
	if (end == EARLY_DONE && early.learned &&
	    recognize_late(s, &early.known)) {
		*ret_end = SCREEN_HANDOFF;
		return false;
	}
	if (end == EARLY_DONE)
		return true;
	log_verdict("hangup");
	session_log_hangup(s->setup.conf, s->client,
			   "tests before SMTP handshake", clock_mono() - start);
	outcome_log_disconnect(s);
	outcome_record(s, DECISION_HANGUP);
	*ret_end = SCREEN_DONE;
	return false;
}

/* The engine's findings, as facts. */
static void note_deep_results(struct screen *s, const struct engine *engine)
{
	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++) {
		switch (engine->test[t]) {
		case ENGINE_TEST_OFF:
		case ENGINE_TEST_PENDING:
			break;
		case ENGINE_TEST_PASSED:
			s->facts.result[t] = RESULT_PASSED;
			break;
		case ENGINE_TEST_IGNORED:
		case ENGINE_TEST_FAILED:
			s->facts.result[t] = RESULT_FAILED;
			break;
		}
	}
}

/* A session with the engine, which refuses for FAILURE in the words of TEXT. */
static void begin_engine(struct screen *s, enum failure failure,
			 struct sbuf *text, struct session *ret)
{
	bool suspect = verdict_refuses(&s->facts, s->setup.conf);
	struct engine_setup *engine = &ret->engine_setup;

	refusal_format(failure, REFUSAL_AT_RCPT, &s->facts,
		       &s->setup.peer->client.address, s->dnsbl_name, text);
	outcome_begin_session(s, ret);
	engine->rcpt_reply = text->text;
	engine->polite = s->setup.polite;
	/* an enforced pregreet: the client spoke first, it gets no greeting */
	engine->greeted_early =
		s->facts.result[TEST_PREGREET] == RESULT_FAILED &&
		s->setup.conf->test[TEST_PREGREET].action != ACTION_IGNORE;
	/* who failed already is watched for everything, also what is off */
	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++)
		engine->test[t] = suspect || s->facts.due[t];
	/* what may be earned is written from within a sandbox */
	if (!suspect)
		memory_prepare(&s->memory);
	log_verdict(failure_name(failure));
	decision_open(&s->decision);
	tally_open(&s->decision, s->setup.conf, &s->memory);
}

/* What was found in it counts. */
static void conclude_engine(struct screen *s, const struct session *session)
{
	decision_session(&s->decision, &session->engine);
	note_deep_results(s, &session->engine);
	/* a test behind the greeting may have been the first to fail */
	log_verdict(failure_name(verdict_of(&s->facts, s->setup.conf).failure));
	conclude(s);
}

/* Behind the greeting. */
static enum decision_verdict refused(const struct screen *s)
{
	return verdict_dropped(&s->facts, s->setup.conf) ? DECISION_DROP
							 : DECISION_REFUSE;
}

static enum screen_end run_engine(struct screen *s, enum failure failure)
{
	char text[600];
	struct sbuf b = SBUF(text);
	struct session session;

	begin_engine(s, failure, &b, &session);
	session_run(&session);
	conclude_engine(s, &session);
	outcome_log_disconnect(s);
	decision_reply(&s->decision, session.engine.rcpt_reply);
	/* or was it only asked to come back? */
	outcome_record(s, verdict_refuses(&s->facts, s->setup.conf)
				  ? refused(s)
				  : DECISION_RETRY);
	return SCREEN_DONE;
}

enum screen_watched screen_watch(struct screen *s,
				 const struct screen_smtpd *smtpd,
				 struct sbuf *unsaid)
{
	char text[600];
	struct sbuf b = SBUF(text);
	struct session session;
	struct watching watching = {
		.session = &session,
		.smtpd = smtpd->fd,
		.greeting = smtpd->greeting,
		.patience = smtpd->patience,
	};
	enum watching_end end = WATCHING_REFUSED;
	struct delaying delaying;

	begin_engine(s, FAILURE_NONE, &b, &session);
	if (s->setup.conf->greylist) {
		delaying_open(&delaying, s->setup.conf,
			      &s->setup.peer->client.address);
		watching.delaying = &delaying;
	}
	session.end = CLOCK_NEVER; /* the smtpd has its own limits */
	if (session_start(&session))
		end = watching_run(&watching, unsaid);
	if (watching.delaying) {
		s->decision.delayed = watching.delaying->delayed;
		delaying_close(watching.delaying);
	}
	if (end == WATCHING_HANGUP)
		session_end(&session, true);
	session_spare(&session);
	conclude_engine(s, &session);
	memory_close(&s->memory);
	switch (end) {
	case WATCHING_RELAY:
		outcome_record(s, DECISION_PASS);
		return SCREEN_WATCHED;
	case WATCHING_NO_SMTPD:
		return SCREEN_NO_SMTPD;
	case WATCHING_HANGUP:
		outcome_record(s, DECISION_HANGUP);
		break;
	case WATCHING_REFUSED:
		decision_reply(&s->decision, session.engine.rcpt_reply);
		outcome_record(s, refused(s));
		break;
	}
	outcome_log_disconnect(s);
	return SCREEN_WATCHED_ENDED;
}

enum screen_end examine(struct screen *s)
{
	enum screen_end end;
	struct verdict v;

	screen_look_at_server(s);
	if (facts_early_due(&s->facts) && !run_early(s, &end))
		return end;
	if (verdict_calls_back(&s->facts, s->setup.conf) &&
	    !memory_would_keep(&s->memory, s->client))
		facts_spare(&s->facts);
	v = verdict_of(&s->facts, s->setup.conf);
	if (v.next == NEXT_DROP)
		return outcome_drop(s, v.failure);
	if (v.next == NEXT_ENGINE)
		return run_engine(s, v.failure);
	conclude(s);
	return v.next == NEXT_WATCH ? SCREEN_WATCH : SCREEN_HANDOFF;
}
