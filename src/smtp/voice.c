#include "smtp/voice.h"

#include "smtp/reply.h"
#include "smtp/tables.h"

#include <stdarg.h>
#include <stdio.h>

/* log.c cuts lines there anyway. */
#define LOG_SIZE 2048

void voice_log(const struct engine *e, enum log_event event, const char *format,
	       ...)
{
	char text[LOG_SIZE];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) >= 0)
		e->setup.say(e->setup.context, event, text);
	va_end(args);
}

void voice_log_after(const struct engine *e, enum log_event event,
		     const char *what, struct span text)
{
	voice_log(e, event, "%s from %s after %.*s", what, e->client,
		  (int)text.len, text.p);
}

void voice_log_warning(struct engine *e, const struct sbuf *warning)
{
	if (warning->len == 0 || e->warned)
		return;
	e->warned = true;
	voice_log(e, LOG_TABLE_TROUBLE, "%s", warning->text);
}

void voice_reply(struct engine *e, struct span text, int64_t now,
		 struct sbuf *reply)
{
	const struct reply_form form = {
		.conf = e->setup.conf,
		.footer_maps = &e->setup.tables->footer_maps,
		.client = &e->setup.client,
		.decision_id = e->setup.decision_id,
	};
	char memory[512];
	struct sbuf warning = SBUF(memory);

	reply_add(&form, text, now, reply, &warning);
	voice_log_warning(e, &warning);
}

void voice_reply_unavailable(struct engine *e, int64_t now, struct sbuf *reply)
{
	char memory[512];
	struct sbuf text = SBUF(memory);

	sbuf_addf(&text, "421 %s Service unavailable - try again later",
		  e->setup.conf->myhostname);
	voice_reply(e, sbuf_span(&text), now, reply);
	e->over = true;
}
