#include "smtp/engine.h"

#include "base/escape.h"
#include "smtp/deep.h"
#include "smtp/reply.h"
#include "smtp/serve.h"
#include "smtp/tables.h"
#include "smtp/voice.h"

#include <assert.h>

/* What a command_filter may turn a line into. */
#define FILTERED_SIZE 4096

/* ---- one line ------------------------------------------------------------ */

static struct span until_nul(struct span s)
{
	ptrdiff_t nul = span_find(s, '\0');

	if (nul >= 0)
		s.len = (size_t)nul;
	return s;
}

/*
 * What counts of WHOLE, a line: up to a NUL, and as the command_filter wants
 * it; MEMORY is for its text.
 */
static struct span filter(struct engine *e, struct span whole,
			  struct sbuf *memory)
{
	char warning_memory[512];
	struct sbuf warning = SBUF(warning_memory);
	struct span line = until_nul(whole);
	struct span key = line;
	struct span value;
	int r;

	if (e->setup.tables->command_filter.count == 0)
		return line;
	while (key.len > 0 && (key.p[0] == ' ' || key.p[0] == '\t'))
		key = span_skip(key, 1);
	if (e->setup.conf->smtputf8_enable && !escape_is_utf8(whole))
		return line;
	r = maps_find(&e->setup.tables->command_filter, key, memory, &warning);
	voice_log_warning(e, &warning);
	if (r <= 0) /* a broken table must not end every session */
		return line;
	value = until_nul(sbuf_span(memory));
	voice_log(e, LOG_COMMAND_REPLACED,
		  "%s: replacing command \"%.*s\" with \"%.*s\"", e->client,
		  line.len > VOICE_EVIDENCE ? VOICE_EVIDENCE : (int)line.len,
		  line.p,
		  value.len > VOICE_EVIDENCE ? VOICE_EVIDENCE : (int)value.len,
		  value.p);
	return value;
}

static enum engine_next take_command(struct turn *t)
{
	struct engine *e = t->e;

	if (e->setup.final_reply && t->command != COMMAND_QUIT)
		return turn_close(t, e->setup.final_reply);
	e->commands++;
	if (deep_judge_command(t) == ENGINE_CLOSE)
		return ENGINE_CLOSE;
	if (e->commands > (unsigned)e->setup.conf->command_count_limit &&
	    t->command != COMMAND_QUIT) {
		voice_log_after(e, LOG_COMMAND_COUNT_LIMIT,
				"COMMAND COUNT LIMIT", span_of(t->before));
		voice_reply_unavailable(e, t->now, t->reply);
		return ENGINE_CLOSE;
	}
	return serve_command(t);
}

enum engine_next engine_take(struct engine *e, const struct engine_line *line,
			     int64_t now, struct sbuf *reply)
{
	struct turn t = {
		.e = e, .now = now, .reply = reply, .behind = line->behind
	};
	char memory[FILTERED_SIZE];
	struct sbuf filtered = SBUF(memory);

	sbuf_clear(reply);
	if (e->over)
		return ENGINE_CLOSE;
	if (deep_judge_line(&t, line) == ENGINE_CLOSE)
		return ENGINE_CLOSE;
	turn_parse(&t, filter(e, line->text, &filtered));
	e->where = command_name(t.command);
	return take_command(&t);
}

/* ---- starts and ends ----------------------------------------------------- */

void engine_start(struct engine *e, const struct engine_setup *setup,
		  struct sbuf *reply)
{
	static const struct engine_tables none;
	struct sbuf client;

	assert(setup->rcpt_reply && setup->say);
	*e = (struct engine){ .setup = *setup,
			      .rcpt_reply = setup->rcpt_reply,
			      .where = "CONNECT" };
	client = SBUF(e->client);
	endpoint_format(&setup->client, &client);
	if (!setup->tables)
		e->setup.tables = &none;
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++)
		if (setup->test[i] && !setup->final_reply)
			e->test[i] = ENGINE_TEST_PENDING;
	sbuf_clear(reply);
	if (!setup->greeted_early) {
		char memory[2048];
		struct sbuf text = SBUF(memory);

		sbuf_addf(&text, "220 %s", setup->conf->smtpd_banner);
		voice_reply(e, sbuf_span(&text), 0, reply);
	}
}

void engine_end(struct engine *e, enum engine_end end, int64_t now,
		struct sbuf *reply)
{
	struct span where = span_of(e->where);
	char memory[512];
	struct sbuf text = SBUF(memory);

	sbuf_addf(&text, "421 4.4.2 %s Error: timeout exceeded",
		  e->setup.conf->myhostname);
	sbuf_clear(reply);
	switch (end) {
	case ENGINE_END_LENGTH:
		voice_log_after(e, LOG_COMMAND_LENGTH_LIMIT,
				"COMMAND LENGTH LIMIT", where);
		voice_reply_unavailable(e, now, reply);
		break;
	case ENGINE_END_TIME:
		voice_log_after(e, LOG_COMMAND_TIME_LIMIT, "COMMAND TIME LIMIT",
				where);
		voice_reply(e, sbuf_span(&text), now, reply);
		break;
	case ENGINE_END_SESSION:
		voice_log_after(e, LOG_SESSION_TIME_LIMIT, "SESSION TIME LIMIT",
				where);
		voice_reply(e, sbuf_span(&text), now, reply);
		break;
	}
	e->over = true;
}

void engine_reply(const struct conf *conf, const struct engine_tables *tables,
		  const struct endpoint *client, const char *decision_id,
		  const char *text, int64_t now, struct sbuf *reply,
		  struct sbuf *warning)
{
	const struct reply_form form = {
		.conf = conf,
		.footer_maps = tables ? &tables->footer_maps : NULL,
		.client = client,
		.decision_id = decision_id,
	};

	sbuf_clear(reply);
	reply_add(&form, span_of(text), now, reply, warning);
}
