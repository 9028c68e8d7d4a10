/*
 * table_text.h - keys and values as they stand: texthash and inline tables.
 *
 * Keys match in any case. When a key is there twice, the first stays, with a
 * warning: that is what postmap(1) makes of the same file.
 */
#ifndef SCREEN_TABLE_TEXT_H
#define SCREEN_TABLE_TEXT_H

#include "conf/table_source.h"

struct text_entry;

struct text_table {
	struct text_entry *first;  /* in the order written */
	struct text_entry **slots; /* by hash */
	size_t slot_count;	   /* a power of two, or 0 */
};

/*
 * Lines of "key value". 0, -EBADMSG when S is no text, or -ENOMEM when the
 * arena is full. Lines with mistakes are skipped with a warning.
 */
int table_text_read(struct text_table *t, struct table_source *s);

/* Items "key=value" or "{key = value}" in a pair of braces; as above. */
int table_text_read_pairs(struct text_table *t, struct span pairs,
			  struct table_source *s);

/* 1 or 0. */
int table_text_find(const struct text_table *t, struct span key,
		    struct sbuf *value);

#endif
