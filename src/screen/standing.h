/*
 * standing.h - what the administrator said beforehand: of the client, in the
 * access list, and of the server address that it called.
 *
 * Read from the settings and asked, without a word to a log: a connection and
 * a trial of one tell it in different ways.
 */
#ifndef SCREEN_STANDING_H
#define SCREEN_STANDING_H

#include "conf/access.h"
#include "conf/conf.h"

/*
 * Is a client's address more than a claim? Not when it stands in a PROXY header
 * and anybody may send one: then mynetworks must not permit it.
 */
bool standing_trusts_addresses(const struct conf *conf);

/* postscreen_access_list and mynetworks; mistakes go to REPORT. NULL when the
 * arena is full. */
struct access_list *standing_access_list(const struct conf *conf,
					 struct arena *arena,
					 struct report *report);

/* postscreen_allowlist_interfaces: where a client may pass. */
struct interfaces {
	struct netlist *list; /* NULL: the arena was full */
	bool doubtful;	      /* something in it is wrong */
};

/* Read the setting; mistakes go to REPORT. */
struct interfaces standing_interfaces(const struct conf *conf,
				      struct arena *arena,
				      struct report *report);

/*
 * Must clients that came to SERVER not pass? A list that cannot be asked, or
 * in which something is wrong, is never taken for a yes: it would tell
 * everybody to come back until they give up and mail is lost. Why it was not
 * is added to DOUBT.
 */
bool standing_veto(const struct interfaces *i, const struct address *server,
		   struct sbuf *doubt);

#endif
