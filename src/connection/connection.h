/*
 * connection.h - one connection, from who is calling to its end.
 *
 * Ties screening (screen/) to hand-off (handoff/): what smtp-screen does for
 * its one client, and smtp-screend in a process of its own for each client
 * that it cannot serve itself. Results are what main returns (sysexits.h).
 */
#ifndef SCREEN_CONNECTION_H
#define SCREEN_CONNECTION_H

#include "handoff/handoff.h"
#include "screen/screen.h"

struct connection {
	struct screen_setup setup;
	struct peer *peer;	       /* SETUP's, for a proxy renames it */
	const struct handoff *handoff; /* what SETUP's conf asks for */

	/*
	 * Called when the tests are over and the client is about to go to the
	 * smtpd. NULL: nobody wants to know.
	 */
	void (*leaving)(void *context);
	void *context;

	struct screen screen; /* ends with pages that are seldom touched */
};

/* Screen the client, behind the header of a proxy if one is expected, and
 * see it through to its end. */
int connection_run(struct connection *c);

/* See the client through to its end when screen_meet() or screen_test() with
 * SCREEN has said END. */
int connection_go_on(struct connection *c, enum screen_end end);

/*
 * The smtpd that the client was given to did not take it: TROUBLE says what
 * the log and the client are told.
 */
struct give_trouble;
int connection_not_taken(struct connection *c,
			 const struct give_trouble *trouble);

/*
 * The settings cannot be used, as REPORT says: log it, and let the client try
 * later.
 */
int connection_refuse_misconfigured(const struct conf *conf,
				    const struct peer *peer,
				    struct arena *arena, struct report *report);

#endif
