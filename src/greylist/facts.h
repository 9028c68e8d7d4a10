/*
 * facts.h - what a request says of a client, a sender and a recipient, and
 * under which names they are remembered.
 */
#ifndef SCREEN_FACTS_H
#define SCREEN_FACTS_H

#include "greylist/request.h"
#include "triplet/ledger.h"
#include "triplet/triplet.h"

struct greylist;

/* The domain of a pool. */
#define FACTS_POOL 262

/* Room for the names of a case. */
struct facts_names {
	char triplet[TRIPLET_TEXT], pool[TRIPLET_TEXT + FACTS_POOL];
	char client[ADDRESS_TEXT + 1];
};

/* Is it a request for us at all? If not, that is logged. */
bool facts_is_for_us(const struct request *r);

/* Facts of R that need no store, and its client. False, logged, when nothing
 * can be judged. */
bool facts_learn(struct greylist *g, const struct request *r,
		 struct address *ret_who, struct judge_facts *ret);

/*
 * The names of R, whose client is WHO, in ROOM for C. The pool, if there are
 * any: of the domain that WHO's name is below, or, INSIDE, that of the sender
 * domain's mail servers.
 */
void facts_name(const struct greylist *g, const struct request *r,
		const struct address *who, bool inside,
		struct facts_names *room, struct ledger_case *c);

/* The domain of R's sender, a piece of R; empty when it has none. */
struct span facts_sender_domain(const struct request *r);

#endif
