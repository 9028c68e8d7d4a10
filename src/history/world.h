/*
 * world.h - one way in which a stored connection may have been, where the log
 * does not know, and what it comes to.
 *
 * The order is that of screen/recognize.c, screen/early.c and screen/examine.c;
 * what is decided in each step verdict.h decides. Pure.
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
