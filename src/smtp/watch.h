/*
 * watch.h - the tests behind the greeting while the real smtpd answers
 * (deep_protocol_tests = inline).
 *
 * The same tests as the engine's, with its words and actions; but a client
 * that does nothing wrong talks to the smtpd and gets its first mail through.
 * The engine follows along, and takes over when a test with action enforce
 * fails. A state machine without I/O and without a clock, like the engine.
 */
#ifndef SCREEN_WATCH_H
#define SCREEN_WATCH_H

#include "smtp/answer.h"
#include "smtp/command.h"
#include "smtp/engine.h"

struct watch {
	struct engine *engine;	/* its tests are those of the session */
	enum command command;	/* the last that the smtpd was given */
	bool in_exchange;	/* it asked for more: no command comes next */
	char said[ENGINE_TEXT]; /* its address or argument */

	/* Set by who greylists, for whom watching goes on behind recipients
	 * that the smtpd takes, and before each of them. */
	bool greylists; /* for the whole session */
	bool unproven;	/* it is taken though nobody knows its client */
};

/* ENGINE has been started, and has not been given a line. */
void watch_start(struct watch *w, struct engine *engine);

/* Who has to deal with a line. */
enum watch_next {
	WATCH_FORWARD, /* the smtpd, which is to hear it just as it is */
	WATCH_REPLY,   /* nobody: REPLY answers it */
	WATCH_ENGINE,  /* our engine, with this line and all to come */
	WATCH_CLOSE,   /* nobody: REPLY is the end of the session */
	WATCH_STOP,    /* the smtpd, and no line needs to be judged again */
};

/*
 * Judge LINE. REPLY is cleared first; NOW is wall time. It may be asked again,
 * before watch_answer, with more behind the line: what has arrived before the
 * smtpd's answer was known.
 */
enum watch_next watch_line(struct watch *w, const struct engine_line *line,
			   int64_t now, struct sbuf *reply);

/*
 * The command that watch_line would forward is a recipient of a mail, whose
 * sender the engine knows: *RET, valid until the next line.
 */
bool watch_has_recipient(const struct watch *w, struct span *ret);

/* It is not forwarded: TEXT (no CRLF) answers it, and is logged. */
void watch_refuse_recipient(struct watch *w, const char *text, int64_t now,
			    struct sbuf *reply);

enum watch_then {
	WATCH_ON,
	WATCH_PASSED, /* the smtpd took a recipient, or knows the user */
	WATCH_BLIND,  /* TLS, mail, the end: there is nothing more to watch */
	WATCH_TLS,    /* the same; only what comes behind the answer is TLS */
};

/*
 * The smtpd has answered the line that was forwarded: what the client is to
 * hear is added to TO.
 */
enum watch_then watch_answer(struct watch *w, const struct answer *answer,
			     struct sbuf *to);

#endif
