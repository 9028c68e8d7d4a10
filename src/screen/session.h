/*
 * session.h - the built-in engine on the wire: reads, writes, deadlines.
 */
#ifndef SCREEN_SESSION_H
#define SCREEN_SESSION_H

#include "conf/conf.h"
#include "net/peer.h"
#include "screen/secure.h"
#include "smtp/input.h"

struct session {
	const struct conf *conf;
	const struct peer *peer;
	const char *client;    /* "[ADDR]:PORT" */
	bool quiet;	       /* a hangup is not worth a line */
	int64_t end;	       /* no session outlives this (monotonic) */
	struct arena *arena;   /* for the engine's tables */
	struct report *report; /* for mistakes in them */
	const struct engine_tables *tables; /* NULL: not opened yet */
	const struct conf_input *input;	    /* where CONF came from */
	struct engine_setup engine_setup;
	struct stream stream; /* the client's, or plain text behind TLS */
	struct secure secure;
	int64_t start;	      /* of talking */
	struct engine engine; /* its findings, when session_run is back, and
			       * nothing before it or session_start */
};

/*
 * Fill in what every engine_setup needs from the session's own fields. The
 * caller sets the replies and the tests. Tables are opened when it is known
 * which of them are needed.
 */
void session_setup(struct session *s, struct arena *arena,
		   struct report *report, const char *decision_id);

/*
 * Lock this process in, and talk until the engine closes, the client leaves,
 * or time is up; then end the connection so that the last reply arrives. Logs
 * all but DISCONNECT. Where it cannot be locked in as the settings want it,
 * the client hears 421, and the engine finds nothing.
 */
void session_run(struct session *s);

/*
 * The same in two halves, for somebody who lets the real smtpd answer first:
 * start the engine without a word to the client, and, should it be needed,
 * let it go on with LINE, with what INPUT holds behind it, and what comes.
 * Start: false when the client has heard 421 instead.
 */
bool session_start(struct session *s);
void session_resume(struct session *s, struct input *input,
		    const struct engine_line *line);

/* It will not be needed: give back what waited for that. */
void session_spare(struct session *s);

/* Send REPLY, if there is one. One that is not taken in time ends the
 * connection: the next read finds that. */
void session_say(const struct session *s, struct span reply);

/*
 * End the connection so that the last reply arrives. HUNG_UP: the client did,
 * which is told to the log.
 */
void session_end(struct session *s, bool hung_up);

/* TEXT (no CRLF) as the only reply, in its outer form; REPLY has ENGINE_REPLY
 * bytes. What is wrong with the footer is told to the log. */
void session_refusal(const struct session *s, const char *text,
		     struct sbuf *reply);

/* Send that, and end the connection so that it arrives. */
void session_refuse(const struct session *s, struct span reply);

/* "HANGUP after T from CLIENT in PHASE". ELAPSED is in microseconds. */
void session_log_hangup(const struct conf *conf, const char *client,
			const char *phase, int64_t elapsed);

#endif
