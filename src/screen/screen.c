#include "screen/screen.h"

#include "base/clock.h"
#include "log/log.h"
#include "screen/examine.h"
#include "screen/outcome.h"
#include "screen/recognize.h"

#include <stddef.h>
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

/* ---- the life of a connection ------------------------------------------- */

/* All but the last pages of S->memory, which memory_open fills in: whatever is
 * touched here is copied for each process of one client. */
#define SMALL_PART \
	(offsetof(struct screen, memory) + offsetof(struct memory, file) + 1)

static void begin_screen(struct screen *s, const struct screen_setup *setup)
{
	memset(s, 0, SMALL_PART);
	s->setup = *setup;
	s->facts.dnsbl_ttl = -1;
	s->decision.fd = -1;
	s->decision.counters = -1;
	s->session_end =
		clock_mono() + setup->conf->session_time_limit * CLOCK_SECOND;
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
	if (end == SCREEN_HANDOFF)
		outcome_record(s, DECISION_PASS);
	if (end == SCREEN_MISCONFIGURED) {
		s->decision.path = DECISION_BY_SETTINGS;
		outcome_record(s, DECISION_TROUBLE);
	}
	memory_close(&s->memory);
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
	    ((!s->asked && recognize_lately(s)) || recognize_elsewhere(s)))
		return end_part(s, SCREEN_HANDOFF);
	return end_part(s, examine(s));
}

void screen_handoff_failed(struct screen *s, const char *reply,
			   const char *later_reply)
{
	struct session session;

	decision_reply(&s->decision, s->greeted ? later_reply : reply);
	outcome_record(s, DECISION_TROUBLE);
	if (!s->greeted) {
		outcome_refuse(s, reply);
		return;
	}
	/*
	 * "220-" is out and must be completed: greet, then refuse the first
	 * command. postscreen calls it X21 and concludes such a session twice.
	 */
	outcome_begin_session(s, &session);
	session.engine_setup.rcpt_reply = later_reply;
	session.engine_setup.final_reply = later_reply;
	session_run(&session);
	if (s->passed)
		log_info(LOG_PASS_OLD, "PASS OLD %s", s->client);
	outcome_log_disconnect(s);
}

void screen_refuse(struct screen *s, const char *reply)
{
	outcome_refuse(s, reply);
	outcome_log_disconnect(s);
	s->decision.path = DECISION_BY_LIMIT;
	decision_reply(&s->decision, reply);
	outcome_record(s, DECISION_LIMIT);
}

void screen_left(struct screen *s)
{
	outcome_record(s, DECISION_HANGUP);
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
	outcome_begin_session(&s, &session);
	session.quiet = true;
	session.engine_setup.rcpt_reply = REPLY_NOBODY;
	session_run(&session);
}

void screen_refuse_unscreened(const struct conf *conf, const struct peer *peer,
			      struct arena *arena, struct report *report)
{
	struct screen s;

	begin_unscreened(&s, conf, peer, arena, report);
	outcome_refuse(&s, REPLY_TROUBLE);
}
