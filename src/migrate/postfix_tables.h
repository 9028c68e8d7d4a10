/*
 * postfix_tables.h - the tables in a setting of Postfix: which of them
 * smtp-screen can read, and what to do about the others.
 */
#ifndef SCREEN_POSTFIX_TABLES_H
#define SCREEN_POSTFIX_TABLES_H

#include "migrate/draft.h"
#include "migrate/postfix_host.h"

/* Is the value of the parameter NAME a list that may hold tables? */
bool postfix_tables_in(const char *name);

/*
 * Look at all tables in VALUE, which is expanded, and add to D what is to be
 * said of them. True when another value must be taken: the one in TO.
 */
bool postfix_tables_rewrite(struct postfix_host *h, struct span value,
			    struct draft *d, struct sbuf *to);

#endif
