/* outcome.c - see outcome.h. */
#include "screen/outcome.h"

#include "log/log.h"
#include "screen/refusal.h"
#include "screen/tally.h"

#include <stddef.h>
#include <string.h>

void outcome_record(struct screen *s, enum decision_verdict verdict)
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
	tally_up(d, s->setup.conf, &s->memory, d->begun ? &with : NULL);
	d->begun = false;
}

void outcome_begin_session(struct screen *s, struct session *ret)
{
	/* the engine is two pages, which a mere refusal does not need */
	memset(ret, 0, offsetof(struct session, engine));
	ret->conf = s->setup.conf;
	ret->peer = s->setup.peer;
	ret->client = s->client;
	ret->end = s->session_end;
	ret->input = s->setup.input;
	ret->tables = s->setup.prepared.tables;
	session_setup(ret, s->setup.arena, s->setup.report, s->id);
}

void outcome_refuse(struct screen *s, const char *text)
{
	/* on the stack all of both would be touched, for a few bytes */
	static char memory[ENGINE_REPLY];
	static struct session session;
	struct sbuf reply = SBUF(memory);

	outcome_begin_session(s, &session);
	session_refusal(&session, text, &reply);
	if (s->setup.farewell)
		s->setup.farewell(s->setup.context, s->setup.peer,
				  sbuf_span(&reply));
	else
		session_refuse(&session, sbuf_span(&reply));
}

void outcome_log_disconnect(const struct screen *s)
{
	log_info(LOG_DISCONNECT, "DISCONNECT %s", s->client);
}

enum screen_end outcome_drop(struct screen *s, enum failure failure)
{
	char text[600];
	struct sbuf b = SBUF(text);

	log_verdict(failure_name(failure));
	refusal_format(failure, REFUSAL_AT_ONCE, &s->facts,
		       &s->setup.peer->client.address, s->dnsbl_name, &b);
	outcome_refuse(s, text);
	outcome_log_disconnect(s);
	decision_reply(&s->decision, text);
	outcome_record(s, DECISION_DROP);
	return SCREEN_DONE;
}
