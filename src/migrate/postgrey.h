/*
 * postgrey.h - what Postgrey remembers, as entries of ours.
 *
 * Its names differ from ours in how IPv6 addresses are written. Its values
 * are the same. With its option --privacy it keeps SHA-1 of the names, which
 * nobody can turn back: those are of no use here.
 */
#ifndef SCREEN_POSTGREY_H
#define SCREEN_POSTGREY_H

#include "triplet/ledger.h"

enum postgrey_entry {
	POSTGREY_TRIPLET,
	POSTGREY_CLIENT,
	POSTGREY_HASHED,  /* its name cannot be known */
	POSTGREY_STRANGE, /* not of Postgrey's making, or from the future */
};

/*
 * Read a record of either of its databases. NAME gets our name in clear, which
 * *RET points to; NOW is wall time.
 */
enum postgrey_entry postgrey_entry(struct span key, struct span value,
				   int64_t now, struct sbuf *name,
				   struct ledger_entry *ret);

#endif
