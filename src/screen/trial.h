/*
 * trial.h - what would happen to a client, without talking to it.
 *
 * Asks what a connection would ask: access list, cache, every DNS list (also
 * when its test is not due, for that is what an operator wants to see), and
 * has verdict.h decide. Writes nothing, logs nothing. The client is taken to
 * wait for its turn, and to behave behind the greeting.
 */
#ifndef SCREEN_TRIAL_H
#define SCREEN_TRIAL_H

#include "cache/shared.h"
#include "screen/lists.h"
#include "screen/standing.h"
#include "screen/verdict.h"

struct trial_setup {
	const struct conf *conf;
	struct arena *arena;
	struct report *report;
};

struct trial {
	struct trial_setup setup;
	struct interfaces interfaces;
	struct access_list *access;
	struct lists lists;
	struct cache cache;
	char cache_file[CACHE_PATH];
	bool has_shared;
	struct shared shared;

	/* of the last client */
	struct address client, server;
	char warning[512]; /* of tables that could not be asked */
	char key[ADDRESS_TEXT + 8];
	int cached; /* 1 STAMPS are its entry; 0 none; or negative errno */
	struct stamps stamps;
	int elsewhere; /* the same of the shared list, and its stamps */
	int64_t now;   /* wall time */
	struct dnsbl_score score;
	struct facts facts;
};

/*
 * Open everything in SETUP, whose parts must outlive *T. False when a setting
 * is wrong, which REPORT tells, or when the arena is full.
 */
bool trial_open(struct trial *t, const struct trial_setup *setup);

/*
 * What is known of CLIENT, who called SERVER (of no family: unknown)? Waits
 * for the lists until they have answered, greet_wait at most.
 */
void trial_run(struct trial *t, const struct address *client,
	       const struct address *server);

/* Room for what trial_describe tells. */
#define TRIAL_TEXT (256 << 10)

/* Tell it as lines of text; with COLOUR as ECMA-48 wants it. */
void trial_describe(const struct trial *t, bool colour, struct sbuf *to);

void trial_close(struct trial *t);

#endif
