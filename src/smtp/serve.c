#include "smtp/serve.h"

#include "smtp/deep.h"
#include "smtp/ehlo.h"
#include "smtp/path.h"
#include "smtp/reply.h"
#include "smtp/starttls.h"
#include "smtp/tables.h"
#include "smtp/voice.h"

static void remember(char *to, struct span text)
{
	struct sbuf b = sbuf_in(to, ENGINE_TEXT);

	sbuf_add(&b, text);
}

void serve_forget_sender(struct engine *e)
{
	e->has_sender = false;
	e->sender[0] = '\0';
}

void serve_keep_helo(struct engine *e, struct span name)
{
	remember(e->helo, name);
	serve_forget_sender(e);
}

void serve_keep_sender(struct engine *e, struct span sender)
{
	remember(e->sender, sender);
	e->has_sender = true;
}

static bool helo_missing(const struct engine *e)
{
	return e->setup.conf->helo_required && e->helo[0] == '\0';
}

static enum engine_next do_helo(struct turn *t)
{
	struct span name = turn_argument(t);
	char memory[512];
	struct sbuf text = SBUF(memory);

	if (name.len == 0)
		return turn_answer(t, "501 Syntax: HELO hostname");
	serve_keep_helo(t->e, name);
	sbuf_addf(&text, "250 %s", t->e->setup.conf->myhostname);
	return turn_answer(t, text.text);
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
	voice_log_warning(e, &warning);
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
	voice_log(e, LOG_EHLO_DISCARD, "[%s]%u: discarding EHLO keywords: %s",
		  address.text, (unsigned)e->setup.client.port, names.text);
}

static enum engine_next do_ehlo(struct turn *t)
{
	struct span name = turn_argument(t);
	struct engine *e = t->e;

	if (name.len == 0)
		return turn_answer(t, "501 Syntax: EHLO hostname");
	serve_keep_helo(e, name);
	e->esmtp = true;
	e->discard = find_discard(e);
	say_discard(e);
	ehlo_reply(e->setup.conf, e->discard, starttls_offered(e), t->reply);
	return ENGINE_GO_ON;
}

static enum engine_next do_mail(struct turn *t)
{
	struct engine *e = t->e;
	char memory[ENGINE_TEXT];
	struct sbuf sender = SBUF(memory);

	if (helo_missing(e))
		return turn_answer(t, "503 5.5.1 Error: send HELO/EHLO first");
	if (e->has_sender)
		return turn_answer(t, "503 5.5.1 Error: nested MAIL command");
	if (!path_extract(t->arguments, &sender))
		return turn_answer(t, "501 5.5.4 Syntax: MAIL FROM:<address>");
	serve_keep_sender(e, sbuf_span(&sender));
	return turn_answer(t, "250 2.1.0 Ok");
}

void serve_log_reject(const struct engine *e, const char *text,
		      struct span recipient)
{
	char from_memory[2 * ENGINE_TEXT + 3], to_memory[2 * ENGINE_TEXT + 3];
	char reply_memory[512];
	struct sbuf from = SBUF(from_memory), to = SBUF(to_memory);
	struct sbuf reply = SBUF(reply_memory);

	reply_soften(e->setup.conf, span_of(text), &reply);
	path_quote(span_of(e->sender), &from);
	path_quote(recipient, &to);
	voice_log(e, LOG_REJECT,
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
		return turn_answer(t, "503 5.5.1 Error: need MAIL command");
	if (!path_extract(t->arguments, &recipient))
		return turn_answer(t, "501 5.5.4 Syntax: RCPT TO:<address>");
	/* it has come as far as a mail client comes */
	deep_pass_all(t->e);
	if (t->e->recipients++ == 0) {
		remember(t->e->first_recipient, sbuf_span(&recipient));
		remember(t->e->first_sender, span_of(t->e->sender));
	}
	serve_log_reject(t->e, t->e->rcpt_reply, sbuf_span(&recipient));
	return turn_answer(t, t->e->rcpt_reply);
}

static void say_no_rcpt(const struct turn *t)
{
	voice_log(t->e, LOG_NO_VALID_RCPT, "%s without valid RCPT from %s",
		  command_name(t->command), t->e->client);
}

/* Data must not be taken for commands, so DATA and BDAT end the session. */
static enum engine_next do_data(struct turn *t)
{
	say_no_rcpt(t);
	if (turn_argument(t).len > 0)
		return turn_close(t, "501 5.5.4 Syntax: DATA");
	if (!t->e->has_sender)
		return turn_close(t, "503 5.5.1 Error: need RCPT command");
	return turn_close(t, "554 5.5.1 Error: no valid recipients");
}

static enum engine_next do_bdat(struct turn *t)
{
	say_no_rcpt(t);
	if (t->e->discard & EHLO_BIT(EHLO_CHUNKING))
		return turn_close(t, VOICE_NOT_IMPLEMENTED);
	if (turn_argument(t).len == 0)
		return turn_close(t, "501 5.5.4 Syntax: BDAT count [LAST]");
	if (!t->e->has_sender)
		return turn_close(t, "554 5.5.1 Error: need MAIL command");
	return turn_close(t, "554 5.5.1 Error: no valid recipients");
}

static enum engine_next do_vrfy(struct turn *t)
{
	if (turn_argument(t).len == 0)
		return turn_answer(t, "501 5.5.4 Syntax: VRFY address");
	if (t->e->setup.conf->postscreen_disable_vrfy_command)
		return turn_answer(t, "502 5.5.1 VRFY command is disabled");
	return turn_answer(t, t->e->rcpt_reply);
}

static enum engine_next do_etrn(struct turn *t)
{
	if (helo_missing(t->e))
		return turn_answer(t, "503 5.5.1 Error: send HELO/EHLO first");
	if (turn_argument(t).len == 0)
		return turn_answer(t, "500 Syntax: ETRN domain");
	return turn_answer(t, "458 Unable to queue messages");
}

enum engine_next serve_command(struct turn *t)
{
	if (starttls_missing(t))
		return turn_answer(
			t, "530 5.7.0 Must issue a STARTTLS command first");
	switch (t->command) {
	case COMMAND_HELO:
		return do_helo(t);
	case COMMAND_EHLO:
		return do_ehlo(t);
	case COMMAND_STARTTLS:
		return starttls_serve(t);
	case COMMAND_MAIL:
		return do_mail(t);
	case COMMAND_RCPT:
		return do_rcpt(t);
	case COMMAND_DATA:
		return do_data(t);
	case COMMAND_BDAT:
		return do_bdat(t);
	case COMMAND_RSET:
		serve_forget_sender(t->e);
		return turn_answer(t, "250 2.0.0 Ok");
	case COMMAND_NOOP:
		return turn_answer(t, "250 2.0.0 Ok");
	case COMMAND_VRFY:
		return do_vrfy(t);
	case COMMAND_ETRN:
		return do_etrn(t);
	case COMMAND_QUIT:
		return turn_close(t, "221 2.0.0 Bye");
	case COMMAND_UNKNOWN:
	case COMMAND_AUTH:
	case COMMAND_XCLIENT:
	case COMMAND_XFORWARD:
	case COMMANDS:
		break;
	}
	return turn_answer(t, "502 5.5.2 Error: command not recognized");
}
