/*
 * answer.h - what the real smtpd says, reply by reply (RFC 5321, 4.2).
 */
#ifndef SCREEN_ANSWER_H
#define SCREEN_ANSWER_H

#include "base/sbuf.h"

/* The longest reply, all of its lines together. */
#define ANSWER_SIZE 16384

struct answer {
	struct span text; /* all its lines, with their ends */
	unsigned code;	  /* 200 to 599 */
};

enum answer_state {
	ANSWER_WHOLE,
	ANSWER_PART, /* right so far, and more must come */
	ANSWER_ODD,  /* this is no reply, or none of a length that can be */
};

/* The reply at the start of BYTES. *RET is written for ANSWER_WHOLE. */
enum answer_state answer_parse(struct span bytes, struct answer *ret);

/*
 * Add ANSWER, to EHLO, to TO as a client must see it that has to wait for each
 * reply: without what invites it to say more at once, or to speak for others.
 */
void answer_add_ehlo(const struct answer *answer, struct sbuf *to);

#endif
