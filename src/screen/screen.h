/*
 * screen.h - screen one connection, from CONNECT to its end.
 *
 * Ties the rooms together: access list, cache, tests, verdict, engine. Writes
 * postscreen's log lines and all replies but the smtpd's. Hand-off itself is
 * the caller's, so that this room needs nothing of it.
 */
#ifndef SCREEN_SCREEN_H
#define SCREEN_SCREEN_H

#include "conf/conf.h"
#include "net/peer.h"
#include "screen/decision.h"
#include "screen/memory.h"
#include "screen/verdict.h"

/* Room for a decision ID, NUL included. */
#define SCREEN_ID 16

/*
 * What somebody who meets many clients reads once for all of them; what is
 * NULL is read from the settings by who needs it.
 */
struct screen_prepared {
	const struct access_list *access;
	const struct interfaces *interfaces; /* standing.h */
	const struct engine_tables *tables;
	const struct lists *lists; /* not started */
	struct cache *cache;	   /* for looking up, of this process alone */
};

/* What the caller fills in. */
struct screen_setup {
	const struct conf *conf;
	const struct peer *peer;
	struct arena *arena;
	struct report *report; /* gets what is found in lists and tables */
	bool polite;	       /* hold lines back; never a pregreet */
	const struct conf_input *input; /* where CONF came from */
	struct screen_prepared prepared;

	/*
	 * For a caller that must not wait for one client: how a client is told
	 * REPLY and goodbye. NULL: by waiting until it has it.
	 */
	void (*farewell)(void *context, const struct peer *peer,
			 struct span reply);
	void *context;
	int64_t cache_patience; /* microseconds; 0: cache_lock_timeout */
};

struct screen {
	struct screen_setup setup;
	char id[SCREEN_ID];
	char client[ADDRESS_TEXT + 16]; /* "[ADDR]:PORT" */
	char dnsbl_name[256];		/* the list credited with a failure */
	struct stamps stamps;		/* what the cache knew at the start */
	struct facts facts;
	struct decision decision;
	int64_t session_end; /* monotonic */
	int64_t paused;	     /* for the shared list, in microseconds */
	bool asked;	     /* the cache, and it was not too busy to answer */
	bool watched;	     /* denied, and tested whatever it has passed */
	bool greeted;	     /* a teaser is out */
	bool passed;	     /* every test that was due */
	struct memory memory;
};

enum screen_end {
	SCREEN_UNTESTED,      /* go on with screen_test() */
	SCREEN_HANDOFF,	      /* the client is to talk to the smtpd now */
	SCREEN_WATCH,	      /* it is to do so under screen_watch() */
	SCREEN_DONE,	      /* it has been refused, or has left */
	SCREEN_MISCONFIGURED, /* REPORT says why; nothing was said to it */
};

/*
 * What needs no word of the client: CONNECT, the access list, the cache.
 * SCREEN_UNTESTED, SCREEN_HANDOFF or SCREEN_DONE. Reads no byte of it, and
 * waits for none with a farewell and a patience of SETUP's.
 */
enum screen_end screen_meet(struct screen *s, const struct screen_setup *setup);

/* After SCREEN_UNTESTED: the tests. Anything but SCREEN_UNTESTED. */
enum screen_end screen_test(struct screen *s);

/*
 * For a caller with limits, who must look at them before screen_meet() goes
 * on to the access list: give the connection its name and log CONNECT.
 */
void screen_begin(struct screen *s, const struct screen_setup *setup);

/* For a caller that has to come back to a client: its name, and no line. */
void screen_name(struct screen *s, const struct screen_setup *setup);

/* The rest of screen_meet(). */
enum screen_end screen_recognize(struct screen *s);

/*
 * For who refuses a client after SCREEN_UNTESTED, because of a limit on tests:
 * log first when it could not have passed where it called. screen_test() does
 * so itself.
 */
void screen_look_at_server(struct screen *s);

/* Refuse the client with REPLY at once, and log DISCONNECT. */
void screen_refuse(struct screen *s, const char *reply);

/* An smtpd that is to talk to the client through us. */
struct screen_smtpd {
	int fd;		      /* a socket of our own, non-blocking */
	struct span greeting; /* what it has said so far */
	int64_t patience;     /* its longest silence, microseconds */
};

enum screen_watched {
	SCREEN_WATCHED,	      /* go on by carrying bytes, *UNSAID first */
	SCREEN_WATCHED_ENDED, /* the session is over */
	SCREEN_NO_SMTPD, /* it has not said a word, and nor has the client */
};

/*
 * After SCREEN_WATCH: let SMTPD answer the client, run the tests behind the
 * greeting meanwhile, and remember what was passed. The greeting may stand in
 * the memory of UNSAID.
 */
enum screen_watched screen_watch(struct screen *s,
				 const struct screen_smtpd *smtpd,
				 struct sbuf *unsaid);

/*
 * The smtpd could not be had after SCREEN_HANDOFF or SCREEN_WATCH: tell the
 * client to come back, with REPLY at once or, when it has heard the teaser,
 * with LATER_REPLY to its first command.
 */
void screen_handoff_failed(struct screen *s, const char *reply,
			   const char *later_reply);

/* The client left after SCREEN_WATCH, before there was a smtpd for it. */
void screen_left(struct screen *s);

/*
 * PEER is a proxy that speaks for nobody: a health check. It is greeted and
 * may leave again, without a test or a line in the log; if it tries to mail it
 * is refused like a client that failed. It never reaches the smtpd.
 */
void screen_answer_check(const struct conf *conf, const struct peer *peer,
			 struct arena *arena, struct report *report);

/*
 * Refuse a client before anything else was said to it, with one 421 line:
 * our own trouble, and it will try again.
 */
void screen_refuse_unscreened(const struct conf *conf, const struct peer *peer,
			      struct arena *arena, struct report *report);

#endif
