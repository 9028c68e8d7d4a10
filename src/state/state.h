/*
 * state.h - what all connections know together, beside the cache: what was
 * said lately, which DNS lists are muted, and what known clients went through.
 *
 * One small file that is mapped by many short processes. It is opened when it
 * is first needed, which is never for a known client; it survives restarts,
 * and what is damaged in it is made anew in place. Everything here can do
 * without: no file, no room, no rights, a file cut under us, all is as if
 * nothing had ever been known. state_trouble() then has the reason, once.
 */
#ifndef SCREEN_STATE_H
#define SCREEN_STATE_H

#include "state/recent.h"
#include "state/record.h"
#include "state/sightings.h"

struct state {
	const char *file; /* empty: there is none */
	struct image *image;
	bool may_make; /* the last attempt to open it would have made it */
	bool tried;
	int error;
};

/* Use FILE (kept, not copied). Nothing is opened yet. */
void state_init(struct state *s, const char *file);

void state_close(struct state *s);

/*
 * Open it now, and make it if it is not there, so that a sandbox may forbid
 * that later. 0; or negative errno, which state_trouble will not tell again.
 * -ENOENT: no file is wanted, or its folder is not there.
 */
int state_open(struct state *s);

/* What went wrong since the last call: 0 or negative errno. That there is no
 * file, or no folder for it, is not wrong. */
int state_trouble(struct state *s);

/*
 * May TOPIC be spoken of about NAME? Once in PERIOD seconds, whoever asks;
 * always when there is no state.
 */
bool state_once(struct state *s, struct span topic, struct span name,
		int64_t period, int64_t now);

/*
 * TOPIC is over for NAME: true for one who says so, when state_once has let
 * somebody speak LEAST seconds ago or longer. The next one may speak again at
 * once. Makes no file.
 */
bool state_over(struct state *s, struct span topic, struct span name,
		int64_t least, int64_t now);

/*
 * SERVER was silent while others were not, or was heard. state_avoids: is it
 * better to ask it last? For PERIOD seconds; then one who asks hears no, and so
 * finds out what has become of it.
 */
void state_silent(struct state *s, const char *server, int64_t now);
void state_heard(struct state *s, const char *server);
bool state_avoids(struct state *s, const char *server, int64_t period,
		  int64_t now);

/* What is known of the list DOMAIN at NOW. False, with *RET empty, when that is
 * nothing. Makes no file. */
bool state_list(struct state *s, const char *domain, int64_t now,
		struct record *ret);

/* Note what a probe found; all but the alarm and the pause. */
bool state_list_note(struct state *s, const char *domain,
		     const struct record *r, int64_t now);

/*
 * Note an alarm about the list, and a pause until UNTIL unless that is 0. An
 * empty file beside this one, with ".alarm" behind its name, is opened and
 * closed, so that smtp-screen-probe.path starts a probe.
 */
bool state_list_alarm(struct state *s, const char *domain,
		      const struct sightings *seen, int64_t until, int64_t now);

/* Count an answer of the list, of a kind below RECORD_COUNTS. */
bool state_list_count(struct state *s, const char *domain, unsigned kind,
		      int64_t now);

/* How often it was counted; zeros when nothing is known. Makes no file. */
void state_list_counted(struct state *s, const char *domain,
			uint64_t ret[RECORD_COUNTS]);

/*
 * Note what was found of CLIENT, its key in the cache with the prefixes of
 * recent.h. When that is nothing but ordinary no file is made.
 */
void state_found(struct state *s, const char *client,
		 const struct recent_found *f, int64_t now);

/* What was found of it: 1, 0, or negative errno when there is no state file, or
 * none that can be read, and so nobody knows. Makes no file. */
int state_client(struct state *s, const char *client, int64_t now,
		 struct recent *ret);

/* A known client: its key in the cache, and that of the network that it is
 * part of. */
struct witness {
	const char *client, *network;
};

/* It is tested. */
bool state_tested(struct state *s, const struct witness *w, int64_t now);

/* The list lists it. How many were, of how many tested, goes to *RET. */
bool state_listed(struct state *s, const char *domain, const struct witness *w,
		  int64_t now, struct sightings *ret);

#endif
