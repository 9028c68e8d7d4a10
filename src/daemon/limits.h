/*
 * limits.h - when a client is told to come back because there are too many.
 *
 * Rules, order and words are postscreen's, except for the limit on
 * connections a minute, which it leaves to smtpd. Pure: no I/O, no clock.
 */
#ifndef SCREEN_LIMITS_H
#define SCREEN_LIMITS_H

#include "conf/conf.h"

/* How many there are, the client in question included. */
struct load {
	unsigned open;	       /* connections that we still hold */
	unsigned in_transit;   /* of these, on their way to the smtpd */
	unsigned from_network; /* of these, from the client's network */
	unsigned this_minute;  /* that came from there */
};

enum limit {
	LIMIT_NONE,
	LIMIT_RATE,
	LIMIT_CLIENT,
	LIMIT_SMTPD,
	LIMIT_SCREEN,
};

/* Which limit is reached when a client comes, whoever it is? */
enum limit limit_at_connect(const struct conf *conf, const struct load *load);

/* And when it is not known and must be tested? LIMIT_SCREEN or none. */
enum limit limit_at_tests(const struct conf *conf, const struct load *load);

/* What the client hears, without CRLF. */
const char *limit_reply(enum limit limit);

/* What the log says, a text before and one behind "[ADDR]:PORT". */
struct limit_words {
	const char *before, *behind;
};
struct limit_words limit_words(enum limit limit);

/* Are we under stress with OPEN connections, after being under STRESS or not?
 * It begins at nine tenths of pre_queue_limit and ends at seven. */
bool limit_stress(bool stress, const struct conf *conf, unsigned open);

#endif
