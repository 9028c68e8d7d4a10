/*
 * settings.h - what smtp-screend reads once for all its clients: the settings,
 * for good days and for bad ones, and the tables that it needs itself.
 */
#ifndef SCREEN_SETTINGS_H
#define SCREEN_SETTINGS_H

#include "handoff/handoff.h"
#include "screen/lists.h"
#include "screen/screen.h"
#include "screen/standing.h"

/* What to read. */
struct settings_input {
	struct conf_input conf; /* its stress is not looked at */
	char *const *command;	/* the smtpd in argv, or NULL in its place */
	bool direct, proxied;	/* are there such listeners? */
};

/* For one kind of day and one kind of listener. */
struct settings_case {
	struct conf_input input;
	struct conf conf;
	struct screen_prepared prepared;
	struct lists lists; /* what PREPARED points to, if there are any */
	struct interfaces interfaces; /* the same */
	struct handoff handoff;
	struct report later; /* of PREPARED's tables, while they are in use */
};

struct settings {
	struct arena arena;
	struct cache cache; /* kept open for the parent */
	char cache_file[CACHE_PATH];
	struct report report; /* of mistakes, until somebody has told them */
	struct settings_case one[2][2]; /* [stress][proxied] */
};

/*
 * Read everything. 0, or negative errno when there is no memory at all. What
 * is wrong is in REPORT: with errors in it the settings cannot be used, but
 * serve to log. AGAIN: there are others, so a list or table that cannot be read
 * is an error. What INPUT points to must live as long as the settings, which
 * must stay where they are.
 */
int settings_read(const struct settings_input *input, bool again,
		  struct settings *ret);
void settings_close(struct settings *s);

/* Make the state file if it is not there, so that also those clients are
 * counted whom no worker has tested. Without it nothing is. */
void settings_make_state(const struct settings *s);

/* Log as they say, and what is doubtful in them. */
void settings_open_log(const struct settings *s);
void settings_log_doubts(const struct settings *s);

/* Once a second: what the system may have changed meanwhile, and is no
 * setting; and log what was found wrong with tables. */
void settings_look_again(struct settings *s);

/* A case of those that were read, for what does not depend on it: limits. */
const struct conf *settings_main(const struct settings *s);

/* The settings for a client. */
const struct settings_case *settings_for(const struct settings *s, bool stress,
					 bool proxied);

#endif
