#include "screen/screen.h"

#include "base/clock.h"
#include "log/log.h"
#include "screen/early.h"
#include "screen/findings.h"
#include "screen/refusal.h"
#include "screen/session.h"
#include "screen/standing.h"
#include "screen/tally.h"
#include "screen/tripwire.h"
#include "screen/watching.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Our own trouble: RFC 3463 X.3.0, "other mail system status". */
#define REPLY_TROUBLE "421 4.3.0 Service currently unavailable"

/* RFC 3463 X.7.0: we do not know for whom it is. */
#define REPLY_NOBODY "450 4.7.0 The proxy does not say who the client is"

/* ---- words ------------------------------------------------------------- */

static void make_id(char to[SCREEN_ID])
{
	/* no vowels, no capitals: an ID makes no words and can be dictated */
	static const char alphabet[] = "0123456789bcdfghjkmnpqrstvwxyz";
	unsigned char random[SCREEN_ID - 4];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(random))
		memset(random, 0, sizeof(random)); /* right after boot only */
	for (size_t i = 0; i < sizeof(random); i++)
		to[i] = alphabet[random[i] % (sizeof(alphabet) - 1)];
	to[sizeof(random)] = '\0';
}

static void name_connection(struct screen *s)
{
	const struct peer *peer = s->setup.peer;
	struct sbuf c = SBUF(s->client);

	make_id(s->id);
	endpoint_format(&peer->client, &c);
	log_connection(s->id, &peer->client, &peer->server);
	log_verdict(NULL);
}

static void log_connect_line(const struct screen *s)
{
	char server[ADDRESS_TEXT + 16];
	struct sbuf v = SBUF(server);

	endpoint_format(&s->setup.peer->server, &v);
	log_info(LOG_CONNECT, "CONNECT from %s to %s", s->client, server);
}

static void log_disconnect(const struct screen *s)
{
	log_info(LOG_DISCONNECT, "DISCONNECT %s", s->client);
}

/* Once for each connection; behind that only warnings are counted. */
static void record(struct screen *s, enum decision_verdict verdict)
{
	struct decision *d = &s->decision;
	struct decision_facts with = {
		.facts = &s->facts,
		.before = &s->stamps,
		.failure = verdict_of(&s->facts, s->setup.conf).failure,
	};

	if (d->begun) {
		d->verdict = verdict;
		d->cache_error = s->memory.error;
		decision_end(d, &with);
	}
	tally_up(s->setup.conf->state_file, d, d->begun ? &with : NULL);
	d->begun = false;
}

/*
 * One line for all that is doubtful in the settings. A connection is the
 * wrong place to list it; --check-config does.
 */
static void log_doubts(const struct report *report)
{
	const struct report_line *line = report->first;
	unsigned more = report->errors + report->warnings;

	while (line && line->level == REPORT_NOTE)
		line = line->next;
	if (!line)
		return;
	if (more > 1)
		log_warning(LOG_CONFIG_TROUBLE,
			    "%s (and %u more; smtp-screen --check-config shows "
			    "them)",
			    line->text, more - 1);
	else
		log_warning(LOG_CONFIG_TROUBLE, "%s", line->text);
}

/* ---- replies ----------------------------------------------------------- */

static void begin_session(struct screen *s, struct session *ret)
{
	*ret = (struct session){
		.conf = s->setup.conf,
		.peer = s->setup.peer,
		.client = s->client,
		.end = s->session_end,
		.input = s->setup.input,
		.tables = s->setup.prepared.tables,
	};
	session_setup(ret, s->setup.arena, s->setup.report, s->id);
}

static void refuse(struct screen *s, const char *text)
{
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	struct session session;

	begin_session(s, &session);
	session_refusal(&session, text, &reply);
	if (s->setup.farewell)
		s->setup.farewell(s->setup.context, s->setup.peer,
				  sbuf_span(&reply));
	else
		session_refuse(&session, sbuf_span(&reply));
}

void screen_refuse(struct screen *s, const char *reply)
{
	refuse(s, reply);
	log_disconnect(s);
	s->decision.path = DECISION_BY_LIMIT;
	decision_reply(&s->decision, reply);
	record(s, DECISION_LIMIT);
}

static enum screen_end drop(struct screen *s, enum failure failure)
{
	char text[600];
	struct sbuf b = SBUF(text);

	log_verdict(failure_name(failure));
	refusal_format(failure, REFUSAL_AT_ONCE, &s->facts,
		       &s->setup.peer->client.address, s->dnsbl_name, &b);
	refuse(s, text);
	log_disconnect(s);
	decision_reply(&s->decision, text);
	record(s, DECISION_DROP);
	return SCREEN_DONE;
}

/* ---- what is known already --------------------------------------------- */

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

static bool is_vetoed(struct screen *s)
{
	const struct conf *conf = s->setup.conf;
	struct interfaces interfaces =
		standing_interfaces(conf, s->setup.arena, s->setup.report);
	char doubt[512];
	struct sbuf d = SBUF(doubt);
	bool veto =
		standing_veto(&interfaces, &s->setup.peer->server.address, &d);

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

static bool pass_old(struct screen *s, enum decision_path path)
{
	s->decision.path = path;
	s->decision.pass = "old";
	log_verdict("pass-old");
	log_info(LOG_PASS_OLD, "PASS OLD %s", s->client);
	return true;
}

/* Is the client known, with nothing left to test? */
static bool passed_lately(struct screen *s)
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
 * The same, as the hosts know it that share a list with us. A server that is
 * well answers before anything else is done, so that who is known there waits
 * for no greeting and no DNS list is asked about it. One that is not is heard
 * beside the tests.
 */
static bool passed_elsewhere(struct screen *s)
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

/* ---- what is learned ---------------------------------------------------- */

/*
 * The tests behind the greeting end with 450 and "come back". A client that
 * cannot be known by then would hear that for ever, so it is spared them.
 */
static void spare_if_forgotten(struct screen *s)
{
	if (memory_would_keep(&s->memory, s->client))
		return;
	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++)
		s->facts.due[t] = false;
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

/* After the tests before the greeting: has another host told that there was
 * nothing to test? */
static bool known_after_all(struct screen *s, const struct early *early)
{
	if (!early->learned)
		return false;
	learn(s, &early->known);
	return facts_nothing_due(&s->facts) &&
	       verdict_of(&s->facts, s->setup.conf).failure == FAILURE_NONE &&
	       pass_old(s, DECISION_BY_SHARED);
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
	if (end == EARLY_DONE && known_after_all(s, &early)) {
		*ret_end = SCREEN_HANDOFF;
		return false;
	}
	if (end == EARLY_DONE)
		return true;
	log_verdict("hangup");
	session_log_hangup(s->setup.conf, s->client,
			   "tests before SMTP handshake", clock_mono() - start);
	log_disconnect(s);
	record(s, DECISION_HANGUP);
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
	bool suspect = failure != FAILURE_NONE || s->facts.veto;
	struct engine_setup *engine = &ret->engine_setup;

	refusal_format(failure, REFUSAL_AT_RCPT, &s->facts,
		       &s->setup.peer->client.address, s->dnsbl_name, text);
	begin_session(s, ret);
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
	tally_open(&s->decision, s->setup.conf->state_file);
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

/* Or was it only asked to come back? */
static bool refused(const struct screen *s)
{
	return s->facts.veto ||
	       verdict_of(&s->facts, s->setup.conf).failure != FAILURE_NONE;
}

static enum screen_end run_engine(struct screen *s, enum failure failure)
{
	char text[600];
	struct sbuf b = SBUF(text);
	struct session session;

	begin_engine(s, failure, &b, &session);
	session_run(&session);
	conclude_engine(s, &session);
	log_disconnect(s);
	decision_reply(&s->decision, session.engine.rcpt_reply);
	record(s, refused(s) ? DECISION_REFUSE : DECISION_RETRY);
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
	if (watching.delaying)
		delaying_close(&delaying);
	if (end == WATCHING_HANGUP)
		session_end(&session, true);
	session_spare(&session);
	conclude_engine(s, &session);
	memory_close(&s->memory);
	switch (end) {
	case WATCHING_RELAY:
		record(s, DECISION_PASS);
		return SCREEN_WATCHED;
	case WATCHING_NO_SMTPD:
		return SCREEN_NO_SMTPD;
	case WATCHING_HANGUP:
		record(s, DECISION_HANGUP);
		break;
	case WATCHING_REFUSED:
		decision_reply(&s->decision, session.engine.rcpt_reply);
		record(s, DECISION_REFUSE);
		break;
	}
	log_disconnect(s);
	return SCREEN_WATCHED_ENDED;
}

/* ---- the life of a connection ------------------------------------------- */

static enum screen_end test_client(struct screen *s)
{
	enum screen_end end;
	struct verdict v;

	s->facts.veto = is_vetoed(s);
	if (facts_early_due(&s->facts) && !run_early(s, &end))
		return end;
	v = verdict_of(&s->facts, s->setup.conf);
	if (v.next == NEXT_DROP)
		return drop(s, v.failure);
	if (v.next == NEXT_ENGINE && v.failure == FAILURE_NONE &&
	    !s->facts.veto) {
		spare_if_forgotten(s);
		v = verdict_of(&s->facts, s->setup.conf);
	}
	if (v.next == NEXT_ENGINE)
		return run_engine(s, v.failure);
	conclude(s);
	return v.next == NEXT_WATCH ? SCREEN_WATCH : SCREEN_HANDOFF;
}

static enum screen_end recognize(struct screen *s)
{
	const struct conf *conf = s->setup.conf;

	s->facts.access = decide_access(s);
	if (s->facts.access == ACCESS_PERMIT) {
		s->decision.path = DECISION_BY_ACCESS;
		log_verdict("allowlisted");
		return SCREEN_HANDOFF;
	}
	if (s->facts.access == ACCESS_REJECT) {
		if (conf->denylist_action == ACTION_DROP) {
			s->decision.path = DECISION_BY_ACCESS;
			return drop(s, FAILURE_DENYLIST);
		}
		if (conf->denylist_action == ACTION_ENFORCE) {
			/* earlier passes do not count, every test is due */
			facts_due(&s->facts, conf, &s->stamps, clock_wall());
			s->watched = true;
			return SCREEN_UNTESTED;
		}
	}
	return passed_lately(s) ? SCREEN_HANDOFF : SCREEN_UNTESTED;
}

static void begin_screen(struct screen *s, const struct screen_setup *setup)
{
	*s = (struct screen){
		.setup = *setup,
		.facts = { .dnsbl_ttl = -1 },
		.decision = { .fd = -1, .counters = -1 },
		.session_end = clock_mono() +
			       setup->conf->session_time_limit * CLOCK_SECOND,
	};
}

void screen_name(struct screen *s, const struct screen_setup *setup)
{
	begin_screen(s, setup);
	name_connection(s);
}

void screen_begin(struct screen *s, const struct screen_setup *setup)
{
	screen_name(s, setup);
	decision_begin(&s->decision, setup->conf, s->id, setup->peer);
	log_connect_line(s);
}

/* One part is over; another one may be another process's. */
static enum screen_end end_part(struct screen *s, enum screen_end end)
{
	memory_close(&s->memory);
	if (end == SCREEN_HANDOFF)
		record(s, DECISION_PASS);
	if (end == SCREEN_MISCONFIGURED) {
		s->decision.path = DECISION_BY_SETTINGS;
		record(s, DECISION_TROUBLE);
	}
	if (end != SCREEN_MISCONFIGURED && end != SCREEN_UNTESTED)
		log_doubts(s->setup.report);
	return end;
}

enum screen_end screen_recognize(struct screen *s)
{
	memory_open(&s->memory, s->setup.conf, &s->setup.peer->client.address);
	s->memory.lock_patience = s->setup.cache_patience;
	s->memory.reader = s->setup.prepared.cache;
	return end_part(s, recognize(s));
}

enum screen_end screen_meet(struct screen *s, const struct screen_setup *setup)
{
	screen_begin(s, setup);
	return screen_recognize(s);
}

enum screen_end screen_test(struct screen *s)
{
	s->memory.lock_patience = 0;
	s->memory.reader = NULL; /* this may be another process */
	if (!s->watched &&
	    ((!s->asked && passed_lately(s)) || passed_elsewhere(s)))
		return end_part(s, SCREEN_HANDOFF);
	return end_part(s, test_client(s));
}

void screen_handoff_failed(struct screen *s, const char *reply,
			   const char *later_reply)
{
	struct session session;

	decision_reply(&s->decision, s->greeted ? later_reply : reply);
	record(s, DECISION_TROUBLE);
	if (!s->greeted) {
		refuse(s, reply);
		return;
	}
	/*
	 * "220-" is out and must be completed: greet, then refuse the first
	 * command. postscreen calls it X21 and concludes such a session twice.
	 */
	begin_session(s, &session);
	session.engine_setup.rcpt_reply = later_reply;
	session.engine_setup.final_reply = later_reply;
	session_run(&session);
	if (s->passed)
		log_info(LOG_PASS_OLD, "PASS OLD %s", s->client);
	log_disconnect(s);
}

void screen_left(struct screen *s)
{
	record(s, DECISION_HANGUP);
}

/* No CONNECT, no access list, no cache. */
static void begin_unscreened(struct screen *s, const struct conf *conf,
			     const struct peer *peer, struct arena *arena,
			     struct report *report)
{
	begin_screen(s, &(struct screen_setup){
				.conf = conf,
				.peer = peer,
				.arena = arena,
				.report = report,
			});
}

void screen_answer_check(const struct conf *conf, const struct peer *peer,
			 struct arena *arena, struct report *report)
{
	struct screen s;
	struct session session;

	begin_unscreened(&s, conf, peer, arena, report);
	name_connection(&s);
	begin_session(&s, &session);
	session.quiet = true;
	session.engine_setup.rcpt_reply = REPLY_NOBODY;
	session_run(&session);
}

void screen_refuse_unscreened(const struct conf *conf, const struct peer *peer,
			      struct arena *arena, struct report *report)
{
	struct screen s;

	begin_unscreened(&s, conf, peer, arena, report);
	refuse(&s, REPLY_TROUBLE);
}
