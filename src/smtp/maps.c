#include "smtp/maps.h"

#include <string.h>

static size_t count_items(struct span text)
{
	struct span item;
	size_t n = 0;

	while (span_next_item(&text, SPAN_LIST_SEPARATORS, &item))
		n++;
	return n;
}

bool maps_open(const char *text, struct arena *arena, struct report *report,
	       const struct origin *where, struct maps *ret)
{
	struct span rest = span_of(text), item;
	struct maps maps = { 0 };

	/* one more, so that no list at all needs no exception */
	maps.table =
		arena_array(arena, count_items(rest) + 1, sizeof(*maps.table));
	if (!maps.table)
		return false;
	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item)) {
		if (!table_is_spec(item)) {
			report_add(report, REPORT_ERROR, where,
				   "\"%.*s\": wanted a table, type:name",
				   (int)item.len, item.p);
			continue;
		}
		maps.table[maps.count] = table_open(item, arena, report, where);
		if (!maps.table[maps.count])
			return false;
		maps.count++;
	}
	*ret = maps;
	return true;
}

int maps_find(const struct maps *maps, struct span key, struct sbuf *value,
	      struct sbuf *warning)
{
	for (size_t i = 0; i < maps->count; i++) {
		int r = table_find(maps->table[i], key, value);

		if (r < 0)
			sbuf_addf(warning, "%s: table lookup error: %s",
				  table_name(maps->table[i]), strerror(-r));
		if (r != 0)
			return r;
	}
	return 0;
}
