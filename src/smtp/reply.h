/*
 * reply.h - the outer form of a reply: soft_bounce, the footer and CR LF.
 *
 * A footer template (reject_footer, or what reject_footer_maps says of this
 * reply) comes behind every refusal. In it "\n" starts a line of the reply,
 * "\c" at its start goes on with the last one; footer.h has the variables. A
 * template with a mistake costs the footer, never the reply.
 */
#ifndef SCREEN_REPLY_H
#define SCREEN_REPLY_H

#include "conf/conf.h"
#include "net/address.h"
#include "smtp/maps.h"

/* What replies are made from. */
struct reply_form {
	const struct conf *conf;
	const struct maps *footer_maps; /* NULL: none */
	const struct endpoint *client;
	const char *decision_id; /* NULL: none */
};

/*
 * Add TEXT, one line "550 5.7.1 words", to TO as soft_bounce wants it: 5
 * becomes 4 in the code and in the enhanced code. As logs show it.
 */
void reply_soften(const struct conf *conf, struct span text, struct sbuf *to);

/*
 * Add TEXT, one line, to REPLY in its outer form at wall time NOW. Whatever
 * TEXT and footer hold, each line of the result is free of control bytes. A
 * footer that does not fit is left out; a text that does not fit is cut. What
 * the operator should know is added to WARNING.
 */
void reply_add(const struct reply_form *form, struct span text, int64_t now,
	       struct sbuf *reply, struct sbuf *warning);

#endif
