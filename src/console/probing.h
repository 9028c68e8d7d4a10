/*
 * probing.h - ask DNS lists about their own test points.
 */
#ifndef SCREEN_PROBING_H
#define SCREEN_PROBING_H

#include "console/console.h"
#include "dns/test_points.h"
#include "screen/lists.h"

/* What one list answered. */
struct probed {
	bool asked;
	struct dns_answer answer[RECORD_POINTS];
	enum point_seen seen[RECORD_POINTS];
	bool has_tag; /* one of the answers is an error: */
	enum answer_tag tag;
	unsigned latency_ms; /* the slower of both */
};

struct probing {
	struct lists lists;
	struct probed *list; /* one for each of lists.sites.list */
	char name[256];	     /* of the last probing_name */
};

/* Read the settings of the lists. EX_OK, or the exit code after saying what is
 * wrong. */
int probing_open(struct probing *p, struct console *c);

/*
 * The same, and be ready to use the state file: as root, become the owner of
 * its folder, for good. Also EX_OK when no such file is wanted.
 */
int probing_begin(struct probing *p, struct console *c);

/* Ask all lists that have `asked` set, and wait for them. */
void probing_run(struct probing *p);

/* The name that may be shown. */
const char *probing_name(struct probing *p, size_t list);

/* An answer, as "127.0.0.2 127.0.0.4", "not listed" or what went wrong. */
void probing_answer(const struct dns_answer *answer, struct sbuf *to);

/* What all lists that were asked have in common, two at least: then it is not
 * the lists. */
enum shared_trouble {
	SHARED_NONE,
	SHARED_SILENCE, /* nobody could be asked */
	SHARED_ABSENCE, /* none lists what it must */
	SHARED_ANSWER,	/* all list what is none of theirs */
	SHARED_REFUSAL, /* all refuse */
};

enum shared_trouble probing_shared(const struct probing *p);

/* What that means, and what to do: sentences without a full stop. Not for
 * SHARED_NONE. */
const char *probing_shared_text(enum shared_trouble trouble);

void probing_close(struct probing *p);

#endif
