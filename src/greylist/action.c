#include "greylist/action.h"

#include "base/escape.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* The longest text that an option is expanded to. */
#define TEXT 1800

/* The longest domain there is. */
#define DOMAIN 255

/* ---- texts ------------------------------------------------------- */

/* Put VALUE in the place of the first WORD in TEXT. */
static void replace(struct sbuf *text, const char *word, const char *value)
{
	char memory[TEXT];
	struct sbuf done = SBUF(memory);
	const char *at = strstr(text->text, word);

	if (!at)
		return;
	sbuf_add(&done, (struct span){ text->text, (size_t)(at - text->text) });
	sbuf_add_text(&done, value);
	sbuf_add_text(&done, at + strlen(word));
	sbuf_clear(text);
	sbuf_add(text, sbuf_span(&done));
}

static void replace_number(struct sbuf *text, const char *word, int64_t value)
{
	char memory[24];
	struct sbuf number = SBUF(memory);

	sbuf_addf(&number, "%" PRId64, value);
	replace(text, word, memory);
}

/* Behind the last "@", whatever a client has put there. */
static void add_domain(struct span recipient, struct sbuf *to)
{
	struct span user;

	while (span_cut(recipient, '@', &user, &recipient))
		;
	if (recipient.len > DOMAIN)
		recipient.len = DOMAIN;
	escape_printable(to, recipient, true);
}

static bool begins_with_digit(const char *text)
{
	return text[0] >= '0' && text[0] <= '9';
}

static void add_delay(const struct grey_options *o, const struct request *r,
		      const struct judge_verdict *v, struct sbuf *to)
{
	char memory[TEXT], name[DOMAIN + 1];
	struct sbuf text = SBUF(memory), domain = SBUF(name);

	/* Postfix's own 4.7.1 is misread by old Exchange servers. */
	if (request_has(r, REQUEST_ETRN_DOMAIN) && !begins_with_digit(o->text))
		sbuf_add_text(&text, "4.2.0 ");
	sbuf_add_text(&text, o->text);
	replace_number(&text, "%s", v->missing);
	add_domain(request_get(r, REQUEST_RECIPIENT), &domain);
	replace(&text, "%r", name);
	sbuf_addf(to, "%s %s", o->action, memory);
}

/* "Fri, 20 Nov 2026 23:26:09 UTC", local. */
static void add_date(int64_t now, struct sbuf *to)
{
	time_t when = (time_t)now;
	struct tm tm;
	char text[64];

	if (!localtime_r(&when, &tm))
		return;
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %Z", &tm);
	sbuf_add_text(to, text);
}

static void add_header(const struct grey_options *o,
		       const struct judge_verdict *v, int64_t now,
		       struct sbuf *to)
{
	char memory[TEXT], moment[64];
	struct sbuf text = SBUF(memory), date = SBUF(moment);

	add_date(now, &date);
	sbuf_add_text(&text, o->header);
	replace_number(&text, "%t", v->waited);
	replace(&text, "%v", SCREEN_VERSION);
	replace(&text, "%d", moment);
	replace(&text, "%h", o->hostname);
	sbuf_addf(to, "PREPEND %s", memory);
}

void action_dunno(struct sbuf *to)
{
	sbuf_clear(to);
	sbuf_add_text(to, "action=DUNNO\n\n");
}

void action_answer(const struct grey_options *o, const struct request *r,
		   const struct judge_verdict *v, bool header, int64_t now,
		   struct sbuf *to)
{
	if (v->pass && !header) {
		action_dunno(to);
		return;
	}
	sbuf_clear(to);
	sbuf_add_text(to, "action=");
	if (v->pass)
		add_header(o, v, now, to);
	else
		add_delay(o, r, v, to);
	sbuf_add_text(to, "\n\n");
	if (!sbuf_fitted(to))
		action_dunno(to);
}

/* ---- the log ----------------------------------------------------- */

static void add_reason(const struct judge_verdict *v, struct sbuf *to)
{
	switch (v->reason) {
	case JUDGE_CLIENT_EXEMPT:
		sbuf_add_text(to, "client whitelist");
		break;
	case JUDGE_RECIPIENT_EXEMPT:
		sbuf_add_text(to, "recipient whitelist");
		break;
	case JUDGE_EXPECTED:
		sbuf_add_text(to, "sender expected");
		break;
	case JUDGE_CLIENT_TRUSTED:
		sbuf_add_text(to, "client trusted");
		break;
	case JUDGE_CLIENT_VOUCHED:
		sbuf_add_text(to, "client vouched for");
		break;
	case JUDGE_CLIENT_ORDINARY:
		sbuf_add_text(to, "client not suspicious");
		break;
	case JUDGE_CLIENT_KNOWN:
		sbuf_add_text(to, "client AWL");
		break;
	case JUDGE_NEW:
		sbuf_add_text(to, "new");
		break;
	case JUDGE_EARLY:
		sbuf_addf(to, "early-retry (%" PRId64 "s missing)", v->missing);
		break;
	case JUDGE_POOL_FOUND:
		sbuf_add_text(to, "triplet found in pool");
		break;
	case JUDGE_FOUND:
		sbuf_add_text(to, "triplet found");
		break;
	}
}

static void add_field(const struct request *r, enum request_field field,
		      struct sbuf *to)
{
	struct span value = request_get(r, field);

	if (value.len == 0)
		return;
	sbuf_addf(to, ", %s=", request_name(field));
	sbuf_add(to, value);
}

void action_log(const struct request *r, const struct judge_verdict *v,
		bool header, struct sbuf *to)
{
	struct span queue_id = request_get(r, REQUEST_QUEUE_ID);

	sbuf_clear(to);
	if (queue_id.len > 0) {
		sbuf_add(to, queue_id);
		sbuf_add_text(to, ": ");
	}
	sbuf_addf(to, "action=%s, reason=", v->pass ? "pass" : "greylist");
	add_reason(v, to);
	if (header)
		sbuf_addf(to, ", delay=%" PRId64, v->waited);
	add_field(r, REQUEST_CLIENT_NAME, to);
	add_field(r, REQUEST_CLIENT_ADDRESS, to);
	add_field(r, REQUEST_SENDER, to);
	add_field(r, REQUEST_RECIPIENT, to);
}
