/*
 * engine.h - the SMTP server that never takes mail.
 *
 * It refuses politely, long enough to learn helo, sender and recipient for
 * the log and to run the tests behind the greeting. A state machine without
 * I/O and without a clock: lines go in, replies come out. Commands and
 * replies: RFC 5321 as far as postscreen speaks it.
 */
#ifndef SCREEN_ENGINE_H
#define SCREEN_ENGINE_H

#include "conf/conf.h"
#include "log/log.h"
#include "net/address.h"

/* The longest reply, footer included; longer ones lose their footer. */
#define ENGINE_REPLY 8192

/* The longest text of helo, sender or recipient that is remembered. */
#define ENGINE_TEXT 2048

enum engine_next {
	ENGINE_GO_ON,
	ENGINE_CLOSE,	 /* send the reply, if any, and end the session */
	ENGINE_STARTTLS, /* no reply yet: try to get TLS, then engine_tls */
};

/* What the engine reads once at start and shares between sessions. */
struct engine_tables; /* engine_tables_open */

/*
 * Open what CONF names for the engine: footer maps, EHLO keyword maps,
 * command filter, forbidden commands. Mistakes go to REPORT. NULL only when
 * the arena is full.
 */
struct engine_tables *engine_tables_open(const struct conf *conf,
					 struct arena *arena,
					 struct report *report);

struct engine_setup {
	const struct conf *conf;
	const struct engine_tables *tables; /* NULL: none could be opened */
	struct endpoint client, server;
	const char *decision_id;
	/* what RCPT hears: "550 5.7.1 ...", or 450 4.3.2 when nothing failed */
	const char *rcpt_reply;
	/* X21 mode: this is what the first command but QUIT hears, or NULL */
	const char *final_reply;
	bool greeted_early; /* pregreet was enforced: no "220 " line */
	bool test[TESTS];   /* deep tests to run */
	bool polite;	    /* --polite: what is buffered is no pipelining */
	/* tls_security_level, or TLS_NONE where this client cannot have it */
	enum tls_level tls;
	/* one line for the log, told as it happens */
	void (*say)(void *context, enum log_event event, const char *text);
	void *context;
};

enum engine_test {
	ENGINE_TEST_OFF,
	ENGINE_TEST_PENDING,
	ENGINE_TEST_PASSED,
	ENGINE_TEST_IGNORED, /* failed, action ignore: a short pass */
	ENGINE_TEST_FAILED,
};

struct engine {
	struct engine_setup setup;
	enum engine_test test[TESTS];
	char client[ADDRESS_TEXT + 16]; /* "[ADDR]:PORT" */
	const char *rcpt_reply;		/* of the failure of highest standing */
	unsigned commands;		/* so far */
	bool esmtp;
	bool tls; /* the session is encrypted */
	bool has_sender;
	char helo[ENGINE_TEXT];
	char sender[ENGINE_TEXT];
	unsigned recipients; /* refused; the first, and who wrote to it: */
	char first_recipient[ENGINE_TEXT], first_sender[ENGINE_TEXT];
	const char *where; /* last command's name, CONNECT at first */
	unsigned discard;  /* EHLO keywords not in force: ehlo.h */
	bool warned;	   /* of trouble with a table or a footer */
	bool over;
};

/*
 * Start a session; the greeting, if any is due, goes into REPLY, which is
 * cleared first. SETUP is copied; what it points to must outlive the session.
 */
void engine_start(struct engine *e, const struct engine_setup *setup,
		  struct sbuf *reply);

/* How a line ended. */
struct engine_line {
	struct span text;   /* without its terminator; may hold anything */
	bool bare_newline;  /* LF without CR */
	struct span behind; /* what arrived in the same read behind it */
};

/*
 * Take one command line. REPLY is cleared first; NOW is wall time, for
 * $localtime in footers. Behind ENGINE_CLOSE nothing more is answered.
 */
enum engine_next engine_take(struct engine *e, const struct engine_line *line,
			     int64_t now, struct sbuf *reply);

/*
 * The answer to ENGINE_STARTTLS: is somebody READY to encrypt the session?
 * REPLY is cleared first and must still go out in the clear. When READY, what
 * the client sent behind STARTTLS must be thrown away unread by the caller,
 * for anybody on the way may have put it there (CVE-2011-0411).
 */
void engine_tls(struct engine *e, bool ready, int64_t now, struct sbuf *reply);

/*
 * Ends that are not commands. The reply goes into REPLY, which is cleared
 * first; the log line is told through say().
 */
enum engine_end {
	ENGINE_END_TIME,    /* no complete line within command_time_limit */
	ENGINE_END_LENGTH,  /* a line longer than line_length_limit */
	ENGINE_END_SESSION, /* session_time_limit */
};
void engine_end(struct engine *e, enum engine_end end, int64_t now,
		struct sbuf *reply);

/*
 * Any reply of ours outside the engine (521, 421) in its outer form:
 * soft_bounce and footer applied, CRLF at the end. TEXT has no CRLF. REPLY is
 * cleared first. TABLES may be NULL: then there is no footer map to ask. What
 * the operator should know is added to WARNING.
 */
void engine_reply(const struct conf *conf, const struct engine_tables *tables,
		  const struct endpoint *client, const char *decision_id,
		  const char *text, int64_t now, struct sbuf *reply,
		  struct sbuf *warning);

#endif
