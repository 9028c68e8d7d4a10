/*
 * changes.h - what other settings would have changed: the stored connections
 * that were decided again, added up.
 */
#ifndef SCREEN_CHANGES_H
#define SCREEN_CHANGES_H

#include "history/regulars.h"
#include "history/retrial.h"

/* A verdict with its reason; CHANGE_UNKNOWN is for those that are not known. */
#define CHANGE_KINDS   (DECISION_VERDICTS * (FAILURE_NONE + 1) + 1)
#define CHANGE_UNKNOWN (CHANGE_KINDS - 1)

/* How many connections of each change are named. */
#define CHANGE_EXAMPLES 3

/* Room for the client of a connection as it stands in the log. */
#define CHANGE_CLIENT 64

struct example {
	char id[REGULAR_ID], client[CHANGE_CLIENT];
};

struct change {
	size_t count;
	struct example example[CHANGE_EXAMPLES]; /* the first */
};

/* How one list of the settings fared, in connections that ask the lists. */
struct list_use {
	size_t asked;	/* the log has what it said, an answer or none */
	size_t silent;	/* it gave none */
	size_t erred;	/* its answer was an error of the list */
	size_t listed;	/* it listed the client */
	size_t counted; /* so that the score was another */
	size_t decided; /* without it the verdict would be another */
	size_t unasked; /* the log has nothing: it was not asked then */
	size_t muted;
};

struct changes {
	struct change change[CHANGE_KINDS][CHANGE_KINDS]; /* from, to */
	size_t total;					  /* connections */
	size_t not_again; /* of these, limits and trouble */
	size_t changed, unknown;
	size_t missing[MISSINGS]; /* of the latter; several may be missing */
	size_t followers; /* passed by the cache for what would be refused now
			   */
	int64_t first, last; /* when they came, microseconds */
	struct list_use list[DNS_QUESTIONS];
	struct regulars clients;
};

void changes_init(struct changes *c);
void changes_free(struct changes *c);

/* Add what R has just decided. False when there is no memory. */
bool changes_add(struct changes *c, struct retrial *r);

/* The words for kind KIND, "refuse (dnsbl)". */
void changes_kind(size_t kind, struct sbuf *to);

#endif
