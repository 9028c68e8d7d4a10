#include "smtp/deep.h"

#include "base/escape.h"
#include "smtp/tables.h"
#include "smtp/voice.h"

#define PROTOCOL_ERROR "5.5.1 Protocol error"

/* A test judges until it has failed once. */
static bool is_watching(const struct engine *e, enum test test)
{
	return e->test[test] == ENGINE_TEST_PENDING ||
	       e->test[test] == ENGINE_TEST_PASSED;
}

static const char refused[] = "550 " PROTOCOL_ERROR;

/* A failure from before the greeting stands higher. */
static void refuse_by(struct engine *e, const char *reply)
{
	if (e->rcpt_reply[0] != '5' || e->rcpt_reply == refused)
		e->rcpt_reply = reply;
}

static enum engine_next fail(struct turn *t, enum test test,
			     const char *drop_reply)
{
	struct engine *e = t->e;

	switch (e->setup.conf->test[test].action) {
	case ACTION_IGNORE:
		e->test[test] = ENGINE_TEST_IGNORED;
		return ENGINE_GO_ON;
	case ACTION_ENFORCE:
		e->test[test] = ENGINE_TEST_FAILED;
		refuse_by(e, refused);
		return ENGINE_GO_ON;
	case ACTION_DROP:
		e->test[test] = ENGINE_TEST_FAILED;
		refuse_by(e, drop_reply);
		return turn_close(t, drop_reply);
	}
	return ENGINE_GO_ON;
}

static void add_evidence(struct sbuf *to, struct span bytes)
{
	if (bytes.len > VOICE_EVIDENCE)
		bytes.len = VOICE_EVIDENCE;
	escape_evidence(to, bytes);
}

static void add_word(struct sbuf *to, const struct turn *t)
{
	struct span word = t->word;

	if (word.len > VOICE_EVIDENCE)
		word.len = VOICE_EVIDENCE;
	escape_printable(to, word, t->e->setup.conf->smtputf8_enable);
}

static enum engine_next fail_bare_newline(struct turn *t, struct span line)
{
	char memory[4 * VOICE_EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	add_evidence(&text, line);
	voice_log_after(t->e, LOG_BARE_NEWLINE, "BARE NEWLINE",
			sbuf_span(&text));
	return fail(t, TEST_BARE_NEWLINE, "521 " PROTOCOL_ERROR);
}

static bool is_junk(const struct turn *t)
{
	if (t->command != COMMAND_UNKNOWN)
		return false;
	return command_is_header(t->word) ||
	       (t->e->setup.conf->smtputf8_enable &&
		!escape_is_utf8(t->word)) ||
	       forbidden_match(t->e->setup.tables->forbidden, t->word);
}

static enum engine_next fail_non_smtp(struct turn *t)
{
	char memory[64 + VOICE_EVIDENCE + 4 * VOICE_EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	sbuf_addf(&text, "%s: ", t->before);
	add_word(&text, t);
	sbuf_add_char(&text, ' ');
	add_evidence(&text, t->arguments);
	voice_log_after(t->e, LOG_NON_SMTP_COMMAND, "NON-SMTP COMMAND",
			sbuf_span(&text));
	return fail(t, TEST_NON_SMTP,
		    "521 5.7.0 Error: I can break rules, too. Goodbye.");
}

static enum engine_next fail_pipelining(struct turn *t)
{
	char memory[VOICE_EVIDENCE + 2 + 4 * VOICE_EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	add_word(&text, t);
	sbuf_add_text(&text, ": ");
	add_evidence(&text, t->behind);
	voice_log_after(t->e, LOG_COMMAND_PIPELINING, "COMMAND PIPELINING",
			sbuf_span(&text));
	return fail(t, TEST_PIPELINING, "521 " PROTOCOL_ERROR);
}

/* BDAT's data may follow it at once, and nothing else may. */
static bool is_pipelined(const struct turn *t)
{
	return t->behind.len > 0 && t->command != COMMAND_BDAT &&
	       !t->e->setup.polite;
}

enum engine_next deep_judge_line(struct turn *t, const struct engine_line *line)
{
	if (line->bare_newline && is_watching(t->e, TEST_BARE_NEWLINE))
		return fail_bare_newline(t, line->text);
	return ENGINE_GO_ON;
}

enum engine_next deep_judge_command(struct turn *t)
{
	enum engine_next next = ENGINE_GO_ON;

	if (is_watching(t->e, TEST_NON_SMTP) && is_junk(t))
		next = fail_non_smtp(t);
	if (next == ENGINE_GO_ON && is_watching(t->e, TEST_PIPELINING) &&
	    is_pipelined(t))
		next = fail_pipelining(t);
	return next;
}

void deep_pass_all(struct engine *e)
{
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++)
		if (e->test[i] == ENGINE_TEST_PENDING)
			e->test[i] = ENGINE_TEST_PASSED;
}
