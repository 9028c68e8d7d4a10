#include "smtp/ehlo.h"

#include <inttypes.h>

static const char *const names[EHLO_KEYWORDS] = {
	[EHLO_8BITMIME] = "8BITMIME",
	[EHLO_AUTH] = "AUTH",
	[EHLO_ETRN] = "ETRN",
	[EHLO_PIPELINING] = "PIPELINING",
	[EHLO_SIZE] = "SIZE",
	[EHLO_VERP] = "VERP",
	[EHLO_VRFY] = "VRFY",
	[EHLO_XCLIENT] = "XCLIENT",
	[EHLO_XFORWARD] = "XFORWARD",
	[EHLO_STARTTLS] = "STARTTLS",
	[EHLO_ENHANCEDSTATUSCODES] = "ENHANCEDSTATUSCODES",
	[EHLO_DSN] = "DSN",
	[EHLO_SMTPUTF8] = "SMTPUTF8",
	[EHLO_CHUNKING] = "CHUNKING",
	[EHLO_REQUIRETLS] = "REQUIRETLS",
	[EHLO_SILENT_DISCARD] = "SILENT-DISCARD",
};

static unsigned parse_one(struct span word)
{
	for (int i = 0; i < EHLO_KEYWORDS; i++)
		if (span_equal_nocase(word, span_of(names[i])))
			return EHLO_BIT(i);
	return 0;
}

unsigned ehlo_parse(struct span text, struct sbuf *unknown)
{
	unsigned keywords = 0;
	struct span word;

	while (span_next_item(&text, SPAN_LIST_SEPARATORS, &word)) {
		unsigned bit = parse_one(word);

		keywords |= bit;
		if (bit == 0 && unknown) {
			sbuf_add_char(unknown, ' ');
			sbuf_add(unknown, word);
		}
	}
	return keywords;
}

void ehlo_format(unsigned keywords, struct sbuf *to)
{
	const char *between = "";

	for (int i = 0; i < EHLO_KEYWORDS; i++) {
		if (!(keywords & EHLO_BIT(i)))
			continue;
		sbuf_add_text(to, between);
		sbuf_add_text(to, names[i]);
		between = " ";
	}
}

/* What this configuration has to offer. */
static unsigned offered(const struct conf *conf, bool starttls)
{
	unsigned keywords = EHLO_BIT(EHLO_SIZE) | EHLO_BIT(EHLO_ETRN) |
			    EHLO_BIT(EHLO_ENHANCEDSTATUSCODES) |
			    EHLO_BIT(EHLO_8BITMIME) | EHLO_BIT(EHLO_DSN) |
			    EHLO_BIT(EHLO_CHUNKING);

	if (!conf->disable_vrfy_command)
		keywords |= EHLO_BIT(EHLO_VRFY);
	if (conf->smtputf8_enable)
		keywords |= EHLO_BIT(EHLO_SMTPUTF8);
	if (starttls)
		keywords |= EHLO_BIT(EHLO_STARTTLS);
	return keywords;
}

void ehlo_reply(const struct conf *conf, unsigned discard, bool starttls,
		struct sbuf *reply)
{
	/* postscreen's order, which is not that of its log lines */
	static const enum ehlo_keyword order[] = {
		EHLO_SIZE,
		EHLO_VRFY,
		EHLO_ETRN,
		EHLO_STARTTLS,
		EHLO_ENHANCEDSTATUSCODES,
		EHLO_8BITMIME,
		EHLO_DSN,
		EHLO_SMTPUTF8,
		EHLO_CHUNKING,
	};
	unsigned left = offered(conf, starttls) & ~discard;

	sbuf_addf(reply, "250%c%s\r\n", left ? '-' : ' ', conf->myhostname);
	for (size_t i = 0; left != 0; i++) {
		enum ehlo_keyword k = order[i];

		if (!(left & EHLO_BIT(k)))
			continue;
		left &= ~EHLO_BIT(k);
		sbuf_addf(reply, "250%c%s", left ? '-' : ' ', names[k]);
		if (k == EHLO_SIZE && conf->message_size_limit > 0)
			sbuf_addf(reply, " %" PRId64, conf->message_size_limit);
		sbuf_add_text(reply, "\r\n");
	}
}
