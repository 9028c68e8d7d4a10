#include "smtp/watch.h"

#include "smtp/deep.h"
#include "smtp/ehlo.h"
#include "smtp/path.h"
#include "smtp/serve.h"

#define REPLY_UNKNOWN "502 5.5.2 Error: command not recognized"

void watch_start(struct watch *w, struct engine *engine)
{
	*w = (struct watch){ .engine = engine };
	/* what the smtpd may offer of it is kept back */
	engine->discard |= EHLO_BIT(EHLO_CHUNKING);
}

/* ---- the client --------------------------------------------------------- */

static bool has_failed(const struct engine *e)
{
	for (int i = TEST_FIRST_DEEP; i < TESTS; i++)
		if (e->test[i] == ENGINE_TEST_FAILED)
			return true;
	return false;
}

static void follow(struct engine *e, enum command command)
{
	e->commands++;
	e->where = command_name(command);
}

/* A line ends at its NUL here as it does in the engine. */
static struct span text_of(const struct engine_line *line)
{
	struct span text = line->text, rest;

	span_cut(text, '\0', &text, &rest);
	return text;
}

/* Run the tests. WATCH_FORWARD when the client may go on. */
static enum watch_next judge(struct turn *t, const struct engine_line *line)
{
	if (deep_judge_line(t, line) == ENGINE_CLOSE)
		return WATCH_CLOSE;
	turn_parse(t, text_of(line));
	if (!has_failed(t->e) && deep_judge_command(t) == ENGINE_CLOSE) {
		follow(t->e, t->command);
		return WATCH_CLOSE;
	}
	return has_failed(t->e) ? WATCH_ENGINE : WATCH_FORWARD;
}

/*
 * The command as some smtpds read it: for Postfix and sendmail any white space
 * ends a word, for postscreen, and so for our tests, a space alone.
 */
static void parse_as_smtpd(struct turn *t, struct span text)
{
	struct span rest = span_trim_start(text);
	size_t n = 0;

	while (n < rest.len && !span_is_space(rest.p[n]))
		n++;
	t->word = (struct span){ rest.p, n };
	t->arguments = span_trim_start(span_skip(rest, n));
	t->command = command_find(t->word);
}

/*
 * Commands by which a client speaks for others: our hop may be one of those
 * that the smtpd believes.
 */
static bool speaks_for_others(const struct turn *t)
{
	return t->command == COMMAND_XCLIENT ||
	       t->command == COMMAND_XFORWARD ||
	       span_equal_nocase(t->word, SPAN("PROXY"));
}

/* What the engine will want to know, should the smtpd take the command. */
static void keep_said(struct watch *w, const struct turn *t)
{
	struct sbuf said = SBUF(w->said);

	w->command = t->command;
	if (t->command == COMMAND_MAIL || t->command == COMMAND_RCPT)
		path_extract(t->arguments, &said);
	else
		sbuf_add(&said, turn_argument(t));
}

enum watch_next watch_line(struct watch *w, const struct engine_line *line,
			   int64_t now, struct sbuf *reply)
{
	struct engine *e = w->engine;
	struct turn t = {
		.e = e, .now = now, .reply = reply, .behind = line->behind
	};
	enum watch_next next;

	sbuf_clear(reply);
	if (w->in_exchange) /* passwords, most of all: none of our business */
		return WATCH_FORWARD;
	next = judge(&t, line);
	if (next != WATCH_FORWARD)
		return next;
	parse_as_smtpd(&t, text_of(line));
	/* its data could not be told from commands: the engine closes */
	if (t.command == COMMAND_BDAT)
		return WATCH_ENGINE;
	if (speaks_for_others(&t)) {
		follow(e, t.command);
		turn_answer(&t, REPLY_UNKNOWN);
		return WATCH_REPLY;
	}
	/* too many for a verdict, but no reason to send anybody away */
	if (e->commands >= (unsigned)e->setup.conf->command_count_limit &&
	    t.command != COMMAND_QUIT && !w->greylists)
		return WATCH_STOP;
	keep_said(w, &t);
	return WATCH_FORWARD;
}

/* ---- greylisting -------------------------------------------------------- */

bool watch_has_recipient(const struct watch *w, struct span *ret)
{
	if (w->in_exchange || w->command != COMMAND_RCPT ||
	    !w->engine->has_sender)
		return false;
	*ret = span_of(w->said);
	return true;
}

void watch_refuse_recipient(struct watch *w, const char *text, int64_t now,
			    struct sbuf *reply)
{
	struct turn t = { .e = w->engine, .now = now, .reply = reply };

	sbuf_clear(reply);
	follow(w->engine, COMMAND_RCPT);
	serve_log_reject(w->engine, text, span_of(w->said));
	turn_answer(&t, text);
}

/* ---- the smtpd ---------------------------------------------------------- */

/* The smtpd took the command: the engine must know as much as it does. */
static void accept(struct watch *w)
{
	struct engine *e = w->engine;

	switch (w->command) {
	case COMMAND_EHLO:
		e->esmtp = true;
		serve_keep_helo(e, span_of(w->said));
		break;
	case COMMAND_HELO:
		serve_keep_helo(e, span_of(w->said));
		break;
	case COMMAND_RSET:
		serve_forget_sender(e);
		break;
	case COMMAND_MAIL:
		serve_keep_sender(e, span_of(w->said));
		break;
	case COMMAND_UNKNOWN:
	case COMMAND_STARTTLS:
	case COMMAND_RCPT:
	case COMMAND_DATA:
	case COMMAND_BDAT:
	case COMMAND_NOOP:
	case COMMAND_VRFY:
	case COMMAND_ETRN:
	case COMMAND_QUIT:
	case COMMAND_AUTH:
	case COMMAND_XCLIENT:
	case COMMAND_XFORWARD:
	case COMMANDS:
		break;
	}
}

/* Has the client got as far as a mail client gets? */
static bool is_through(const struct watch *w, unsigned code)
{
	return (w->command == COMMAND_RCPT && code / 100 == 2) ||
	       (w->command == COMMAND_AUTH && code == 235);
}

enum watch_then watch_answer(struct watch *w, const struct answer *answer,
			     struct sbuf *to)
{
	unsigned code = answer->code;

	if (w->command == COMMAND_EHLO && code == 250)
		answer_add_ehlo(answer, to);
	else
		sbuf_add(to, answer->text);
	if (!w->in_exchange)
		follow(w->engine, w->command);
	w->in_exchange = code / 100 == 3;
	if (code / 100 == 2)
		accept(w);
	if (is_through(w, code)) {
		bool is_mail = w->command == COMMAND_RCPT;

		if (!is_mail || !w->unproven)
			deep_pass_all(w->engine);
		if (!is_mail || !w->greylists)
			return WATCH_PASSED;
	}
	if (w->command == COMMAND_STARTTLS && code == 220)
		return WATCH_TLS;
	/* 354 and its like, without a recipient; and farewells */
	if ((w->in_exchange && w->command != COMMAND_AUTH) || code == 221 ||
	    code == 421)
		return WATCH_BLIND;
	return WATCH_ON;
}
