/*
 * ways.h - where lines go: the journal, syslog and standard error, in the order
 * in which they are tried.
 */
#ifndef SCREEN_WAYS_H
#define SCREEN_WAYS_H

#include "log/entry.h"
#include "log/outlet.h"
#include "log/target.h"

#include <limits.h>

/* Starts zeroed. */
struct ways {
	bool opened;
	enum target_kind order[TARGETS];
	unsigned at; /* in order: what is used now */
	struct outlet journal, syslog;
	int64_t patience; /* microseconds: what all lines may still wait */

	bool by_hand;
	int client;
	bool torn; /* standard error stands within a line */
	bool stderr_known, stderr_good; /* may lines go there? */
	mode_t stderr_type;
};

/* As the settings of that name in log.h have it; again when they change. */
void ways_open(struct ways *w, const char *target, int client, bool by_hand);

/* The client's descriptor is another. */
void ways_client(struct ways *w, int client);

/* Open the socket of the first that is there. */
void ways_connect(struct ways *w);
void ways_close(struct ways *w);

/* What one entry becomes where it goes to, at most. */
#define WAYS_MEMORY (PIPE_BUF > ENTRY_MEMORY ? PIPE_BUF : ENTRY_MEMORY)

/* Send one entry, put together in MEMORY, WAYS_MEMORY bytes. False when it is
 * lost. */
bool ways_send(struct ways *w, const struct entry *entry,
	       const struct entry_source *from, char *memory);

/* Send COUNT, HELD_LINES at most, in as few calls as it takes. How many were
 * lost. */
unsigned ways_send_all(struct ways *w, const struct entry *entries,
		       unsigned count, const struct entry_source *from);

#endif
