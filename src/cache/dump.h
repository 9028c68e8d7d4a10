/*
 * dump.h - the cache as a text file, to keep or to carry elsewhere.
 *
 * The first line is "smtp-screen-cache 1": the name and the version of the
 * format. Then one entry a line: the key, white space, the value as it stands
 * in the cache (stamps.h), with five numbers (postscreen's) or eight:
 *
 *	192.0.2.1 1795304587;1795219421;1797810187;1;1;1795219421;1795219421;1
 *	2001:db8::/64 1795304587;1795219421;1797810187;1;1
 *
 * Empty lines and lines that begin with "#" count for nothing, nor does
 * postscreen's own key for its last cleanup: what `postmap -s` shows of
 * postscreen's cache is the same without the first line.
 */
#ifndef SCREEN_DUMP_H
#define SCREEN_DUMP_H

#include "cache/cache_batch.h"

#define DUMP_FIRST_LINE "smtp-screen-cache 1"

/* The longest line, without its newline. */
#define DUMP_LINE 255

/* Add an entry's line, with its newline. */
void dump_format(const struct cache_entry *e, struct sbuf *to);

enum dump_line {
	DUMP_ENTRY,
	DUMP_NOTHING,
	DUMP_WRONG, /* WHY says what */
};

/* How keys are made here. */
struct dump_networks {
	unsigned ipv4_prefix, ipv6_prefix;
};

/* Is LINE the first of a file that we can read? WHY says what is wrong. */
bool dump_parse_first(struct span line, struct sbuf *why);

/*
 * Read LINE, without its newline. The key is made what NETWORKS would make of
 * it: a network that is smaller counts for the whole, a larger one is wrong.
 * Times that cannot be at NOW are wrong too.
 */
enum dump_line dump_parse(struct span line,
			  const struct dump_networks *networks, int64_t now,
			  struct cache_entry *ret, struct sbuf *why);

#endif
