/*
 * voice.h - what the engine says: replies to the client, lines to the log.
 *
 * Internal to smtp/.
 */
#ifndef SCREEN_VOICE_H
#define SCREEN_VOICE_H

#include "smtp/engine.h"

/* How much of a client's text a log line shows as evidence. */
#define VOICE_EVIDENCE 100

/* Some commands can be switched off; they are answered like this. */
#define VOICE_NOT_IMPLEMENTED "502 5.5.1 Error: command not implemented"

/* A line for the log. */
void voice_log(const struct engine *e, enum log_event event, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));

/* "WHAT from [ADDR]:PORT after TEXT", the form of most lines. */
void voice_log_after(const struct engine *e, enum log_event event,
		     const char *what, struct span text);

/*
 * WARNING, if it is not empty, once a session: a broken table is broken for
 * every line.
 */
void voice_log_warning(struct engine *e, const struct sbuf *warning);

/* Add TEXT, one line without CRLF, to REPLY in its outer form (reply.h). */
void voice_reply(struct engine *e, struct span text, int64_t now,
		 struct sbuf *reply);

/* The refusal that names no reason but ourselves; it ends the session. */
void voice_reply_unavailable(struct engine *e, int64_t now, struct sbuf *reply);

#endif
