/*
 * held.h - lines that wait to go out together, and what their readers take.
 *
 * For a service that writes many: a log that is asked once for all of them
 * costs a fraction. Each keeps what was known of its connection then.
 */
#ifndef SCREEN_HELD_H
#define SCREEN_HELD_H

#include "log/entry.h"

/* How many lines, and how much text. */
#define HELD_LINES  64
#define HELD_MEMORY 16384

struct held {
	unsigned count;
	struct entry entry[HELD_LINES];
	struct entry_connection connection[HELD_LINES];
	size_t used;
	char memory[HELD_MEMORY];
};

/* Have none. */
void held_forget(struct held *h);

/* Copy ENTRY behind the others. False when there is no room. */
bool held_add(struct held *h, const struct entry *entry);

/*
 * Put COUNT ENTRIES into TO by FORMAT, of entry.h, one behind the other, while
 * one of the longest kind has room: how many, each with its PIECE.
 */
unsigned held_format(const struct entry *entries, unsigned count,
		     void (*format)(const struct entry *entry,
				    const struct entry_source *from,
				    struct sbuf *to),
		     const struct entry_source *from, struct sbuf *to,
		     struct span *ret_pieces);

#endif
