/* maps.h - tables that are asked one after the other. */
#ifndef SCREEN_MAPS_H
#define SCREEN_MAPS_H

#include "conf/table.h"

struct maps {
	const struct table **table;
	size_t count;
};

/*
 * Open each "type:name" in the list TEXT; what is none is an error at WHERE.
 * False only when the arena is full.
 */
bool maps_open(const char *text, struct arena *arena, struct report *report,
	       const struct origin *where, struct maps *ret);

/*
 * The first table that knows KEY says VALUE. 1 found, 0 not found, or a
 * negative errno of table_find, with the table's name added to WARNING: a
 * table that cannot be asked ends the search, for it might have known.
 */
int maps_find(const struct maps *maps, struct span key, struct sbuf *value,
	      struct sbuf *warning);

#endif
