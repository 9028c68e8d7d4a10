#include "smtp/engine.h"

#include "base/escape.h"
#include "smtp/command.h"
#include "smtp/ehlo.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "smtp/tables.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How much of a client's text a log line shows as evidence. */
#define EVIDENCE 100

/* log.c cuts lines there anyway. */
#define SAY_SIZE 2048

/* What a command_filter may turn a line into. */
#define FILTERED_SIZE 4096

#define PROTOCOL_ERROR	"5.5.1 Protocol error"
#define NOT_RECOGNIZED	"502 5.5.2 Error: command not recognized"
#define NOT_IMPLEMENTED "502 5.5.1 Error: command not implemented"

/* One command line on its way. */
struct turn {
	struct engine *e;
	int64_t now;
	struct sbuf *reply;
	struct span word;      /* the command as written */
	struct span arguments; /* behind it */
	struct span behind;    /* what came in the same read */
	enum command command;
	const char *before; /* "where" until this line */
};

/* ---- words going out ----------------------------------------------------- */

static void say(const struct engine *e, enum log_event event,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const struct engine *e, enum log_event event,
		const char *format, ...)
{
	char text[SAY_SIZE];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) >= 0)
		e->setup.say(e->setup.context, event, text);
	va_end(args);
}

/* "WHAT from [ADDR]:PORT after TEXT", the form of most lines. */
static void say_after(const struct engine *e, enum log_event event,
		      const char *what, struct span text)
{
	say(e, event, "%s from %s after %.*s", what, e->client, (int)text.len,
	    text.p);
}

/* Once a session: a broken table is broken for every line. */
static void say_warning(struct engine *e, const struct sbuf *warning)
{
	if (warning->len == 0 || e->warned)
		return;
	e->warned = true;
	say(e, LOG_TABLE_TROUBLE, "%s", warning->text);
}

static void answer_span(struct engine *e, struct span text, int64_t now,
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
	say_warning(e, &warning);
}

static enum engine_next answer(struct turn *t, const char *text)
{
	answer_span(t->e, span_of(text), t->now, t->reply);
	return ENGINE_GO_ON;
}

static enum engine_next answer_and_close(struct turn *t, const char *text)
{
	answer(t, text);
	t->e->over = true;
	return ENGINE_CLOSE;
}

/* The refusal that names no reason but ourselves. */
static void answer_unavailable(struct engine *e, int64_t now,
			       struct sbuf *reply)
{
	char memory[512];
	struct sbuf text = SBUF(memory);

	sbuf_addf(&text, "421 %s Service unavailable - try again later",
		  e->setup.conf->myhostname);
	answer_span(e, sbuf_span(&text), now, reply);
	e->over = true;
}

/* ---- tests behind the greeting ------------------------------------------- */

/* A test judges until it has failed once. */
static bool is_watching(const struct engine *e, enum test test)
{
	return e->test[test] == ENGINE_TEST_PENDING ||
	       e->test[test] == ENGINE_TEST_PASSED;
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
		/* a failure from before the greeting stands higher */
		if (e->rcpt_reply[0] != '5')
			e->rcpt_reply = "550 " PROTOCOL_ERROR;
		return ENGINE_GO_ON;
	case ACTION_DROP:
		e->test[test] = ENGINE_TEST_FAILED;
		return answer_and_close(t, drop_reply);
	}
	return ENGINE_GO_ON;
}

static void add_evidence(struct sbuf *to, struct span bytes)
{
	if (bytes.len > EVIDENCE)
		bytes.len = EVIDENCE;
	escape_evidence(to, bytes);
}

static void add_word(struct sbuf *to, const struct turn *t)
{
	struct span word = t->word;

	if (word.len > EVIDENCE)
		word.len = EVIDENCE;
	escape_printable(to, word, t->e->setup.conf->smtputf8_enable);
}

static enum engine_next test_bare_newline(struct turn *t, struct span line)
{
	char memory[4 * EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	add_evidence(&text, line);
	say_after(t->e, LOG_BARE_NEWLINE, "BARE NEWLINE", sbuf_span(&text));
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

static enum engine_next test_non_smtp(struct turn *t)
{
	char memory[64 + EVIDENCE + 4 * EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	sbuf_addf(&text, "%s: ", t->before);
	add_word(&text, t);
	sbuf_add_char(&text, ' ');
	add_evidence(&text, t->arguments);
	say_after(t->e, LOG_NON_SMTP_COMMAND, "NON-SMTP COMMAND",
		  sbuf_span(&text));
	return fail(t, TEST_NON_SMTP,
		    "521 5.7.0 Error: I can break rules, too. Goodbye.");
}

static enum engine_next test_pipelining(struct turn *t)
{
	char memory[EVIDENCE + 2 + 4 * EVIDENCE + 1];
	struct sbuf text = SBUF(memory);

	add_word(&text, t);
	sbuf_add_text(&text, ": ");
	add_evidence(&text, t->behind);
	say_after(t->e, LOG_COMMAND_PIPELINING, "COMMAND PIPELINING",
		  sbuf_span(&text));
	return fail(t, TEST_PIPELINING, "521 " PROTOCOL_ERROR);
}

/* BDAT's data may follow it at once, and nothing else may. */
static bool is_pipelined(const struct turn *t)
{
	return t->behind.len > 0 && t->command != COMMAND_BDAT &&
	       !t->e->setup.polite;
}

static void pass_all(struct engine *e)
{
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++)
		if (e->test[i] == ENGINE_TEST_PENDING)
			e->test[i] = ENGINE_TEST_PASSED;
}

/* ---- commands ------------------------------------------------------------ */

static void remember(char *to, struct span text)
{
	struct sbuf b = sbuf_in(to, ENGINE_TEXT);

	sbuf_add(&b, text);
}

static void forget_sender(struct engine *e)
{
	e->has_sender = false;
	e->sender[0] = '\0';
}

/* The first word of the arguments; empty when there is none. */
static struct span first_argument(const struct turn *t)
{
	struct span rest = t->arguments;

	return command_word(&rest);
}

static bool helo_missing(const struct engine *e)
{
	return e->setup.conf->helo_required && e->helo[0] == '\0';
}

static enum engine_next do_helo(struct turn *t)
{
	struct span name = first_argument(t);
	char memory[512];
	struct sbuf text = SBUF(memory);

	if (name.len == 0)
		return answer(t, "501 Syntax: HELO hostname");
	remember(t->e->helo, name);
	forget_sender(t->e);
	sbuf_addf(&text, "250 %s", t->e->setup.conf->myhostname);
	return answer(t, text.text);
}

/* The keywords kept back from this client. */
static unsigned find_discard(struct engine *e)
{
	const struct engine_tables *tables = e->setup.tables;
	char value_memory[1024], key_memory[ADDRESS_TEXT + 1], memory[512];
	struct sbuf value = SBUF(value_memory), key = SBUF(key_memory);
	struct sbuf warning = SBUF(memory);
	int r;

	if (tables->discard_maps.count == 0)
		return tables->discard;
	address_format(&e->setup.client.address, &key);
	r = maps_find(&tables->discard_maps, sbuf_span(&key), &value, &warning);
	say_warning(e, &warning);
	return r > 0 ? ehlo_parse(sbuf_span(&value), NULL) : tables->discard;
}

static void say_discard(const struct engine *e)
{
	unsigned silent = EHLO_BIT(EHLO_SILENT_DISCARD);
	char memory[256], address_memory[ADDRESS_TEXT + 1];
	struct sbuf names = SBUF(memory), address = SBUF(address_memory);

	if (e->discard == e->setup.tables->discard || e->discard == 0 ||
	    (e->discard & silent))
		return;
	ehlo_format(e->discard, &names);
	address_format(&e->setup.client.address, &address);
	/* postscreen has no colon there, and log readers know it so */
	say(e, LOG_EHLO_DISCARD, "[%s]%u: discarding EHLO keywords: %s",
	    address.text, (unsigned)e->setup.client.port, names.text);
}

static enum engine_next do_ehlo(struct turn *t)
{
	struct span name = first_argument(t);
	struct engine *e = t->e;

	if (name.len == 0)
		return answer(t, "501 Syntax: EHLO hostname");
	remember(e->helo, name);
	forget_sender(e);
	e->esmtp = true;
	e->discard = find_discard(e);
	say_discard(e);
	ehlo_reply(e->setup.conf, e->discard, t->reply);
	return ENGINE_GO_ON;
}

static enum engine_next do_starttls(struct turn *t)
{
	if (first_argument(t).len > 0)
		return answer(t, "501 5.5.4 Syntax: STARTTLS");
	return answer(t, NOT_IMPLEMENTED);
}

static enum engine_next do_mail(struct turn *t)
{
	struct engine *e = t->e;
	char memory[ENGINE_TEXT];
	struct sbuf sender = SBUF(memory);

	if (helo_missing(e))
		return answer(t, "503 5.5.1 Error: send HELO/EHLO first");
	if (e->has_sender)
		return answer(t, "503 5.5.1 Error: nested MAIL command");
	if (!path_extract(t->arguments, &sender))
		return answer(t, "501 5.5.4 Syntax: MAIL FROM:<address>");
	remember(e->sender, sbuf_span(&sender));
	e->has_sender = true;
	return answer(t, "250 2.1.0 Ok");
}

static void say_reject(const struct engine *e, struct span recipient)
{
	char from_memory[2 * ENGINE_TEXT + 3], to_memory[2 * ENGINE_TEXT + 3];
	char reply_memory[512];
	struct sbuf from = SBUF(from_memory), to = SBUF(to_memory);
	struct sbuf reply = SBUF(reply_memory);

	reply_soften(e->setup.conf, span_of(e->rcpt_reply), &reply);
	path_quote(span_of(e->sender), &from);
	path_quote(recipient, &to);
	say(e, LOG_REJECT,
	    "NOQUEUE: reject: RCPT from %s: %s; from=<%s>, to=<%s>, "
	    "proto=%s, helo=<%s>",
	    e->client, reply.text, from.text, to.text,
	    e->esmtp ? "ESMTP" : "SMTP", e->helo);
}

static enum engine_next do_rcpt(struct turn *t)
{
	char memory[ENGINE_TEXT];
	struct sbuf recipient = SBUF(memory);

	if (!t->e->has_sender)
		return answer(t, "503 5.5.1 Error: need MAIL command");
	if (!path_extract(t->arguments, &recipient))
		return answer(t, "501 5.5.4 Syntax: RCPT TO:<address>");
	/* it has come as far as a mail client comes */
	pass_all(t->e);
	say_reject(t->e, sbuf_span(&recipient));
	return answer(t, t->e->rcpt_reply);
}

static void say_no_rcpt(const struct turn *t)
{
	say(t->e, LOG_NO_VALID_RCPT, "%s without valid RCPT from %s",
	    command_name(t->command), t->e->client);
}

/* Data must not be taken for commands, so DATA and BDAT end the session. */
static enum engine_next do_data(struct turn *t)
{
	say_no_rcpt(t);
	if (first_argument(t).len > 0)
		return answer_and_close(t, "501 5.5.4 Syntax: DATA");
	if (!t->e->has_sender)
		return answer_and_close(t,
					"503 5.5.1 Error: need RCPT command");
	return answer_and_close(t, "554 5.5.1 Error: no valid recipients");
}

static enum engine_next do_bdat(struct turn *t)
{
	say_no_rcpt(t);
	if (t->e->discard & EHLO_BIT(EHLO_CHUNKING))
		return answer_and_close(t, NOT_IMPLEMENTED);
	if (first_argument(t).len == 0)
		return answer_and_close(t,
					"501 5.5.4 Syntax: BDAT count [LAST]");
	if (!t->e->has_sender)
		return answer_and_close(t,
					"554 5.5.1 Error: need MAIL command");
	return answer_and_close(t, "554 5.5.1 Error: no valid recipients");
}

static enum engine_next do_vrfy(struct turn *t)
{
	if (first_argument(t).len == 0)
		return answer(t, "501 5.5.4 Syntax: VRFY address");
	if (t->e->setup.conf->postscreen_disable_vrfy_command)
		return answer(t, "502 5.5.1 VRFY command is disabled");
	return answer(t, t->e->rcpt_reply);
}

static enum engine_next do_etrn(struct turn *t)
{
	if (helo_missing(t->e))
		return answer(t, "503 5.5.1 Error: send HELO/EHLO first");
	if (first_argument(t).len == 0)
		return answer(t, "500 Syntax: ETRN domain");
	return answer(t, "458 Unable to queue messages");
}

static enum engine_next execute(struct turn *t)
{
	switch (t->command) {
	case COMMAND_HELO:
		return do_helo(t);
	case COMMAND_EHLO:
		return do_ehlo(t);
	case COMMAND_STARTTLS:
		return do_starttls(t);
	case COMMAND_MAIL:
		return do_mail(t);
	case COMMAND_RCPT:
		return do_rcpt(t);
	case COMMAND_DATA:
		return do_data(t);
	case COMMAND_BDAT:
		return do_bdat(t);
	case COMMAND_RSET:
		forget_sender(t->e);
		return answer(t, "250 2.0.0 Ok");
	case COMMAND_NOOP:
		return answer(t, "250 2.0.0 Ok");
	case COMMAND_VRFY:
		return do_vrfy(t);
	case COMMAND_ETRN:
		return do_etrn(t);
	case COMMAND_QUIT:
		return answer_and_close(t, "221 2.0.0 Bye");
	case COMMAND_UNKNOWN:
	case COMMAND_AUTH:
	case COMMAND_XCLIENT:
	case COMMAND_XFORWARD:
	case COMMANDS:
		break;
	}
	return answer(t, NOT_RECOGNIZED);
}

/* ---- one line ------------------------------------------------------------ */

static struct span until_nul(struct span s)
{
	ptrdiff_t nul = span_find(s, '\0');

	if (nul >= 0)
		s.len = (size_t)nul;
	return s;
}

/* LINE as the command_filter wants it; MEMORY is for its text. */
static struct span filter(struct engine *e, struct span line,
			  struct sbuf *memory)
{
	char warning_memory[512];
	struct sbuf warning = SBUF(warning_memory);
	struct span key = line;
	struct span value;
	int r;

	if (e->setup.tables->command_filter.count == 0)
		return line;
	while (key.len > 0 && (key.p[0] == ' ' || key.p[0] == '\t'))
		key = span_skip(key, 1);
	if (e->setup.conf->smtputf8_enable && !escape_is_utf8(key))
		return line;
	r = maps_find(&e->setup.tables->command_filter, key, memory, &warning);
	say_warning(e, &warning);
	if (r <= 0) /* a broken table must not end every session */
		return line;
	value = until_nul(sbuf_span(memory));
	say(e, LOG_COMMAND_REPLACED,
	    "%s: replacing command \"%.*s\" with \"%.*s\"", e->client,
	    key.len > EVIDENCE ? EVIDENCE : (int)key.len, key.p,
	    value.len > EVIDENCE ? EVIDENCE : (int)value.len, value.p);
	return value;
}

/* ENGINE_GO_ON when the command may be executed. */
static enum engine_next run_tests(struct turn *t)
{
	enum engine_next next = ENGINE_GO_ON;

	if (is_watching(t->e, TEST_NON_SMTP) && is_junk(t))
		next = test_non_smtp(t);
	if (next == ENGINE_GO_ON && is_watching(t->e, TEST_PIPELINING) &&
	    is_pipelined(t))
		next = test_pipelining(t);
	return next;
}

static enum engine_next take_command(struct turn *t)
{
	struct engine *e = t->e;

	if (e->setup.final_reply && t->command != COMMAND_QUIT)
		return answer_and_close(t, e->setup.final_reply);
	if (run_tests(t) == ENGINE_CLOSE)
		return ENGINE_CLOSE;
	e->commands++;
	if (e->commands > (unsigned)e->setup.conf->command_count_limit &&
	    t->command != COMMAND_QUIT) {
		say_after(e, LOG_COMMAND_COUNT_LIMIT, "COMMAND COUNT LIMIT",
			  span_of(t->before));
		answer_unavailable(e, t->now, t->reply);
		return ENGINE_CLOSE;
	}
	return execute(t);
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
	if (line->bare_newline && is_watching(e, TEST_BARE_NEWLINE) &&
	    test_bare_newline(&t, line->text) == ENGINE_CLOSE)
		return ENGINE_CLOSE;
	t.arguments = filter(e, until_nul(line->text), &filtered);
	t.word = command_word(&t.arguments);
	t.command = command_find(t.word);
	t.before = e->where;
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
		answer_span(e, sbuf_span(&text), 0, reply);
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
		say_after(e, LOG_COMMAND_LENGTH_LIMIT, "COMMAND LENGTH LIMIT",
			  where);
		answer_unavailable(e, now, reply);
		break;
	case ENGINE_END_TIME:
		say_after(e, LOG_COMMAND_TIME_LIMIT, "COMMAND TIME LIMIT",
			  where);
		answer_span(e, sbuf_span(&text), now, reply);
		break;
	case ENGINE_END_SESSION:
		say_after(e, LOG_SESSION_TIME_LIMIT, "SESSION TIME LIMIT",
			  where);
		answer_span(e, sbuf_span(&text), now, reply);
		break;
	}
	e->over = true;
}

void engine_reply(const struct conf *conf, const struct engine_tables *tables,
		  const struct endpoint *client, const char *decision_id,
		  const char *text, int64_t now, struct sbuf *reply)
{
	const struct reply_form form = {
		.conf = conf,
		.footer_maps = tables ? &tables->footer_maps : NULL,
		.client = client,
		.decision_id = decision_id,
	};
	char memory[512];
	struct sbuf warning = SBUF(memory);

	sbuf_clear(reply);
	reply_add(&form, span_of(text), now, reply, &warning);
}
