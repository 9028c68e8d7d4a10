/*
 * ehlo.h - the service extensions: what EHLO offers and what an operator
 * keeps back (discard_ehlo_keywords).
 */
#ifndef SCREEN_EHLO_H
#define SCREEN_EHLO_H

#include "base/sbuf.h"
#include "conf/conf.h"

/* In the order in which a log line names them. */
enum ehlo_keyword {
	EHLO_8BITMIME,
	EHLO_AUTH,
	EHLO_ETRN,
	EHLO_PIPELINING,
	EHLO_SIZE,
	EHLO_VERP,
	EHLO_VRFY,
	EHLO_XCLIENT,
	EHLO_XFORWARD,
	EHLO_STARTTLS,
	EHLO_ENHANCEDSTATUSCODES,
	EHLO_DSN,
	EHLO_SMTPUTF8,
	EHLO_CHUNKING,
	EHLO_REQUIRETLS,
	EHLO_SILENT_DISCARD, /* none of them: "do not log it" */
	EHLO_KEYWORDS,
};

/* A set of them. */
#define EHLO_BIT(keyword) (1u << (keyword))

/*
 * The keywords in the list TEXT, in letters of either case. What is none is
 * left out and added to UNKNOWN, a space before each, unless that is NULL.
 */
unsigned ehlo_parse(struct span text, struct sbuf *unknown);

/* Add the names of KEYWORDS to TO, with spaces between. */
void ehlo_format(unsigned keywords, struct sbuf *to);

/*
 * Add the whole reply to EHLO to REPLY, without the keywords in DISCARD, and
 * without STARTTLS unless that can be served now.
 */
void ehlo_reply(const struct conf *conf, unsigned discard, bool starttls,
		struct sbuf *reply);

#endif
