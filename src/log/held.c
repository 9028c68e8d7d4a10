#include "log/held.h"

#include <string.h>

void held_forget(struct held *h)
{
	/* the child of a fork has none, and should not copy a page for that */
	if (h->count == 0)
		return;
	h->count = 0;
	h->used = 0;
}

bool held_add(struct held *h, const struct entry *entry)
{
	char *text = h->memory + h->used;

	if (h->count == HELD_LINES ||
	    entry->text.len > sizeof(h->memory) - h->used)
		return false;
	memcpy(text, entry->text.p, entry->text.len);
	h->used += entry->text.len;
	h->connection[h->count] = *entry->connection;
	h->entry[h->count] = (struct entry){
		.level = entry->level,
		.event = entry->event,
		.text = { text, entry->text.len },
		.connection = &h->connection[h->count],
	};
	h->count++;
	return true;
}

unsigned held_format(const struct entry *entries, unsigned count,
		     void (*format)(const struct entry *entry,
				    const struct entry_source *from,
				    struct sbuf *to),
		     const struct entry_source *from, struct sbuf *to,
		     struct span *ret_pieces)
{
	unsigned n = 0;

	for (; n < count && to->size - to->len > ENTRY_MEMORY; n++) {
		const char *piece = to->text + to->len;

		format(&entries[n], from, to);
		ret_pieces[n] =
			(struct span){ piece,
				       (size_t)(to->text + to->len - piece) };
	}
	return n;
}
