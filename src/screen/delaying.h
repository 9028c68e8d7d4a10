/*
 * delaying.h - greylisting as one session uses it (greylist = yes): shall this
 * recipient be told to come later?
 *
 * The rules, the names and the store are those of the policy service
 * (triplet/), and both may share one store. Trouble of our own delays nobody;
 * one line says what is wrong.
 */
#ifndef SCREEN_DELAYING_H
#define SCREEN_DELAYING_H

#include "conf/conf.h"
#include "conf/expected.h"
#include "triplet/exempt.h"
#include "triplet/ledger.h"
#include "triplet/triplet.h"

/* Recipients of one session that are looked up; those beyond are delayed. */
#define DELAYING_MOST 100

struct delaying {
	const struct conf *conf;
	struct address who;
	struct triplet_rules names;
	struct judge_rules rules;
	struct exempt exempt;
	struct expected expected;
	char file[CACHE_PATH];
	struct cache store;
	unsigned delayed; /* recipients of this session */
	bool useless;	  /* the store failed, and was told of */
};

/* Read lists and open the store for a session with the client WHO. From then
 * on nothing more is opened: a sandbox may hold. */
void delaying_open(struct delaying *d, const struct conf *conf,
		   const struct address *who);
void delaying_close(struct delaying *d);

enum delaying_answer {
	DELAYING_PASS,	/* it may pass, and so may what else this client says */
	DELAYING_SPARE, /* it may pass; that says nothing of its client */
	DELAYING_WAIT,	/* not yet */
};

/* May a mail of SENDER to RECIPIENT pass? */
enum delaying_answer delaying_ask(struct delaying *d, struct span sender,
				  struct span recipient);

/* "450 4.2.0 ..." for who has to wait. */
void delaying_reply(const struct conf *conf, struct sbuf *to);

#endif
