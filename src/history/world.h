/*
 * world.h - one way in which a stored connection may have been, where the log
 * does not know, and what it comes to.
 *
 * The order of the steps is that of screen/recognize.c, screen/early.c and
 * screen/examine.c; what is decided in each of them verdict.h decides. Pure.
 *
 * The order stands twice, for one function cannot serve both. There each step
 * waits for the client, a list or a file, is told to a log, and ends the
 * process or hands it on; here all waiting is over, and each step asks what may
 * have been where nobody looked. What they share are the questions to verdict.h
 * in between, and every dialogue in tests/dialogs/ is decided again, so that a
 * step that is added there alone does not stay unseen.
 */
#ifndef SCREEN_WORLD_H
#define SCREEN_WORLD_H

#include "history/retrial.h"

struct world {
	struct retrial *r;
	const struct conf *conf;
	const struct recorded *line;
	bool against[MISSINGS]; /* the client, if it is missing */
	bool missed[MISSINGS];	/* has made a difference so far */
	struct facts facts;
	bool scored;
	struct dnsbl_score score;
	struct sentence sentence;
};

/* Decide. Filled in are R, CONF, LINE, AGAINST, and the access list's word and
 * the veto in FACTS. */
void world_judge(struct world *w);

#endif
