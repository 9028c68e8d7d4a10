/*
 * early.h - the tests before the greeting, in one poll.
 *
 * A teaser tempts the client to talk before its turn while the DNS lists are
 * asked, and the list that hosts share if it has not answered yet. A client
 * that keeps silent waits the whole of greet_wait, unless the lists vouch for
 * it; one that talks waits only for the lists.
 */
#ifndef SCREEN_EARLY_H
#define SCREEN_EARLY_H

#include "net/peer.h"
#include "screen/decision.h"
#include "screen/lists.h"
#include "screen/memory.h"
#include "screen/verdict.h"

struct early {
	const struct conf *conf;
	const struct peer *peer;
	struct lists *lists; /* NULL unless TEST_DNSBL is due */
	struct memory *memory;
	struct decision *decision; /* is told what is found */
	bool polite;		   /* never a pregreet */
	char dnsbl_name[256];	   /* the list credited with a failure */
	bool learned;		   /* other hosts know the client: ... */
	struct stamps known;	   /* ... FACTS have it, the cache too */
};

enum early_end {
	EARLY_DONE,   /* FACTS are complete, or enough for a drop */
	EARLY_HANGUP, /* the client left; what was found does not count */
};

/*
 * Run the early tests that FACTS says are due and add the results. START is
 * when the phase began (monotonic). Writes postscreen's log lines but HANGUP.
 */
enum early_end early_run(struct early *e, struct facts *facts, int64_t start);

#endif
