/*
 * access.h - the permanent access list (postscreen_access_list).
 *
 * permit_mynetworks, permit, reject, dunno and tables, left to right; what a
 * table returns is such a list again, without tables in it. Whatever goes
 * wrong while deciding means "no decision": the client is tested, never
 * permitted and never refused for it.
 */
#ifndef SCREEN_ACCESS_H
#define SCREEN_ACCESS_H

#include "conf/netlist.h"

enum access {
	ACCESS_DUNNO,
	ACCESS_PERMIT,
	ACCESS_REJECT,
};

struct access_list;

/*
 * Parse TEXT into ARENA. Unknown words and bad tables go to REPORT at WHERE,
 * as warnings: they end the list where they stand. NULL only when the arena
 * is full. MYNETWORKS is what permit_mynetworks asks; it must outlive the
 * list.
 */
struct access_list *access_open(const char *text,
				const struct netlist *mynetworks,
				struct arena *arena, struct report *report,
				const struct origin *where);

/* Decide on WHO. What the operator should know is added to WARNING. */
enum access access_decide(const struct access_list *list,
			  const struct address *who, struct sbuf *warning);

#endif
