/*
 * dnslists_key.h - key=value, as it stands in a record of dnslists.conf(5)
 * about a list.
 *
 * Between dnslists_file.c and its values; nobody else reads single words.
 */
#ifndef SCREEN_DNSLISTS_KEY_H
#define SCREEN_DNSLISTS_KEY_H

#include "dns/dnslists_file.h"

struct dnslists_reader {
	struct dnslists *to;
	const struct span *wanted; /* domains that are asked; NULL: all */
	size_t wanted_count;
	struct arena arena; /* a piece of the one we were given */
	struct report *report;
	struct origin where;
	bool full;
};

/* Report what is wrong with TEXT, which costs the record; always false. */
bool dnslists_complain(struct dnslists_reader *f, const char *what,
		       struct span text);

/* Report that there is no more memory, which ends the reading; always false. */
bool dnslists_no_room(struct dnslists_reader *f);

/* Keep TEXT, or a domain; false when that was reported not to be possible. */
bool dnslists_copy(struct dnslists_reader *f, struct span text,
		   const char **ret);
bool dnslists_domain(struct dnslists_reader *f, struct span text,
		     const char **ret);

/* Take one WORD into R; false when a mistake was reported. */
bool dnslists_key(struct dnslists_reader *f, struct span word,
		  struct list_record *r);

#endif
