/*
 * recorded.h - one line of the decision log, read back.
 *
 * What the members of a line mean stands in smtp-screen-decisions(5), and what
 * writes them in screen/decision.h. A line is somebody's text like any other:
 * what is missing or of another kind than it should be is as if it were not
 * there. Only recorded.c knows jansson.
 */
#ifndef SCREEN_RECORDED_H
#define SCREEN_RECORDED_H

#include "screen/decision.h"

/* What a test came to. */
struct recorded_test {
	bool due;
	enum result result;
	enum action action; /* in force then */
};

/* How a list fared: screen/decision.h has the words. */
enum recorded_status {
	RECORDED_LISTED,
	RECORDED_ABSENT,
	RECORDED_ERROR,	  /* listed, but that says "error" */
	RECORDED_FAILED,  /* no answer */
	RECORDED_PENDING, /* none in time */
	RECORDED_MUTED,	  /* not asked */
	RECORDED_STATUSES,
};

struct recorded_list {
	const char *name; /* as lists_name says it */
	enum recorded_status status;
	/* as dnsbl_score takes it; of an error it is DNS_FOUND, of what was
	 * muted DNS_PENDING; without TOOK it is -1 */
	struct dns_answer answer;
	bool counted; /* it added WEIGHT to the score */
	int weight;
};

/* Text is never NULL; empty: not there. All of it belongs to the reader, and
 * is there until the next line is read. */
struct recorded {
	const char *id, *version;
	const char *privacy; /* empty: none */
	int64_t time;	     /* wall time in microseconds */

	const char *client;  /* an address, a network, or a pseudonym */
	const char *network; /* all clients with the same share a pass */
	const char *server, *source;
	int port, server_port;

	enum decision_path path;
	enum decision_verdict verdict;
	enum failure failure; /* "reason" */
	const char *pass, *reply;
	int64_t took;	/* until it was decided, in microseconds */
	int64_t waited; /* of that, in the tests before the greeting; -1: there
			   were none */

	enum access access;
	enum action denylist_action; /* in force then, with ACCESS_REJECT */
	bool veto;
	bool known;	      /* the cache had, as STAMPS, before */
	struct stamps stamps; /* zeros when not KNOWN */
	const char *cache_trouble;

	struct recorded_test test[TESTS];
	bool excused, released, spared, doubt;
	bool pregreet; /* it spoke too early, so many bytes, after so long */
	int pregreet_bytes;
	int64_t pregreet_after;

	bool asked; /* the lists: LIST counts */
	size_t lists;
	struct recorded_list list[DNS_QUESTIONS];
	bool scored;
	int score, threshold, allowlist_threshold, least;
	int64_t ttl; /* -1: none */
	const char *top;

	bool session; /* our own engine, or we while watching, heard it */
	const char *helo, *from, *to, *last;
	bool has_from; /* "" is <> */
	int commands, recipients;
	bool tls;
	int delayed; /* recipients that greylisting told to wait */
};

enum recorded_line {
	RECORDED_GOOD,
	RECORDED_TORN,	/* no JSON, or no object */
	RECORDED_OTHER, /* an object, but none of this schema */
};

struct recorded_reader; /* what the last line's texts are in */

/* NULL when there is no memory. A reader is of one thread at a time, but for
 * these two functions, which are of the first. */
struct recorded_reader *recorded_reader_new(void);
void recorded_reader_free(struct recorded_reader *r);

/* Read LINE, without its line feed. *RET is written with RECORDED_GOOD only;
 * texts of the line before are gone in any case. */
enum recorded_line recorded_read(struct recorded_reader *r, struct span line,
				 struct recorded *ret);

/* The same, but texts of the lines before stay: for as long as there is
 * room. */
enum recorded_line recorded_read_more(struct recorded_reader *r,
				      struct span line, struct recorded *ret);
bool recorded_has_room(const struct recorded_reader *r);

/* The client's address, unmapped; false when it is hidden. */
bool recorded_address(const struct recorded *line, struct address *ret);

/* "listed" and so on. */
const char *recorded_status_name(enum recorded_status status);

#endif
