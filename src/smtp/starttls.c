#include "smtp/starttls.h"

#include "smtp/ehlo.h"
#include "smtp/voice.h"

#include <assert.h>

bool starttls_offered(const struct engine *e)
{
	return e->setup.tls != TLS_NONE && !e->tls;
}

bool starttls_missing(const struct turn *t)
{
	if (t->e->setup.tls != TLS_ENCRYPT || t->e->tls)
		return false;
	switch (t->command) {
	case COMMAND_HELO:
	case COMMAND_EHLO:
	case COMMAND_STARTTLS:
	case COMMAND_NOOP:
	case COMMAND_QUIT:
	/* what nobody serves is said to be unknown, with TLS or without */
	case COMMAND_UNKNOWN:
	case COMMAND_AUTH:
	case COMMAND_XCLIENT:
	case COMMAND_XFORWARD:
	case COMMANDS:
		return false;
	case COMMAND_MAIL:
	case COMMAND_RCPT:
	case COMMAND_DATA:
	case COMMAND_BDAT:
	case COMMAND_RSET:
	case COMMAND_VRFY:
	case COMMAND_ETRN:
		break;
	}
	return true;
}

enum engine_next starttls_serve(struct turn *t)
{
	const struct engine *e = t->e;

	if (turn_argument(t).len > 0)
		return turn_answer(t, "501 5.5.4 Syntax: STARTTLS");
	if (e->tls)
		return turn_answer(t, "554 5.5.1 Error: TLS already active");
	if (e->setup.tls == TLS_NONE || (e->discard & EHLO_BIT(EHLO_STARTTLS)))
		return turn_answer(t, VOICE_NOT_IMPLEMENTED);
	return ENGINE_STARTTLS;
}

void engine_tls(struct engine *e, bool ready, int64_t now, struct sbuf *reply)
{
	assert(!e->tls && !e->over);
	sbuf_clear(reply);
	if (!ready) {
		voice_reply(e,
			    SPAN("454 4.7.0 TLS not available due to local "
				 "problem"),
			    now, reply);
		return;
	}
	/* RFC 3207, 4.2: what was said in the clear is forgotten */
	e->tls = true;
	e->helo[0] = '\0';
	e->has_sender = false;
	e->sender[0] = '\0';
	voice_reply(e, SPAN("220 2.0.0 Ready to start TLS"), now, reply);
}
