/*
 * decision.h - one connection as one line of the decision log.
 *
 * What is found is noted as it is found; the line is written once, when it is
 * decided what becomes of the client and before an smtpd gets it. What stands
 * in it: smtp-screen-decisions(5). It holds all that verdict.h judged by, so
 * that it can judge again under other settings.
 *
 * One process, one connection at a time: the line's memory is this file's own.
 * Nothing is done, and no file is looked at, when no decision log is wanted;
 * and no trouble with one is the client's.
 */
#ifndef SCREEN_DECISION_H
#define SCREEN_DECISION_H

#include "net/peer.h"
#include "screen/lists.h"
#include "screen/verdict.h"

struct engine;

/* "v" of every line. Members may be added under the same number; if one is
 * ever to mean something else, it is another. */
#define DECISION_SCHEMA 1

/* Room for a line; the lists of one are left out from DECISION_LISTS on. */
#define DECISION_LINE  (48 << 10)
#define DECISION_LISTS (32 << 10)

/* What of an address is not hidden with decision_log_privacy = network. */
#define DECISION_SHOWN_IPV4 24
#define DECISION_SHOWN_IPV6 48

/* The longest helo, sender or recipient, in bytes; longer ones are cut. */
#define DECISION_TEXT 256

/* What became of the client. */
enum decision_verdict {
	DECISION_PASS,	  /* it was given to the smtpd */
	DECISION_RETRY,	  /* nothing against it; it was told to come back */
	DECISION_REFUSE,  /* each recipient was refused */
	DECISION_DROP,	  /* refused at once */
	DECISION_HANGUP,  /* it left before all was known */
	DECISION_LIMIT,	  /* too many clients */
	DECISION_TROUBLE, /* ours, and it was told to come back */
	DECISION_VERDICTS,
};

/* By what. */
enum decision_path {
	DECISION_BY_TESTS,
	DECISION_BY_ACCESS, /* the access list alone */
	DECISION_BY_CACHE,
	DECISION_BY_SHARED, /* what another host had found out */
	DECISION_BY_LIMIT,
	DECISION_BY_SETTINGS, /* they cannot be used */
	DECISION_PATHS,
};

struct decision {
	/* noted by who knows */
	enum decision_verdict verdict;
	enum decision_path path;
	const char *pass; /* "new", "old" or "part"; NULL: nothing earned */
	bool known;	  /* the cache had an entry */
	int cache_error;  /* 0 or negative errno */
	unsigned delayed; /* recipients that greylisting told to wait */
	bool begun;	  /* and not over yet */
	int64_t began;	  /* monotonic */

	/* the rest is this file's */
	const struct conf *conf; /* NULL: no line is wanted */
	struct sbuf line;
	int fd;	      /* -1: not open */
	int counters; /* tally.h; negative: not open */
};

/*
 * A connection begins: *D is empty, and its line has who is calling. CONF must
 * stay until decision_end.
 */
void decision_begin(struct decision *d, const struct conf *conf, const char *id,
		    const struct peer *peer);

/* Open the file now, so that a sandbox may forbid that later. */
void decision_open(struct decision *d);

/* It spoke too early: COUNT bytes (of those looked at) after ELAPSED. */
void decision_pregreet(struct decision *d, size_t count, int64_t elapsed);

/* The tests before the greeting took so long. */
void decision_waited(struct decision *d, int64_t microseconds);

/* What the lists have answered so far; SCORE is NULL when it was not counted.
 * Once. */
void decision_lists(struct decision *d, const struct lists *lists,
		    const struct dnsbl_score *score);

/* What was heard behind the greeting. */
void decision_session(struct decision *d, const struct engine *engine);

/* What the client was told, or is told when it names a recipient. */
void decision_reply(struct decision *d, const char *reply);

/* What is known of the client by now, and what was before. */
struct decision_facts {
	const struct facts *facts;
	const struct stamps *before; /* of the cache, or other hosts */
	enum failure failure;
};

/* Write the line, once. */
void decision_end(struct decision *d, const struct decision_facts *with);

/* "pass", "cache" and so on, as they stand in a line. */
const char *decision_verdict_name(enum decision_verdict verdict);
const char *decision_path_name(enum decision_path path);
const char *decision_source_name(enum peer_source source);
const char *decision_access_name(enum access access);
const char *decision_action_name(enum action action);
const char *decision_result_name(enum result result);

#endif
