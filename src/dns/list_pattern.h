/*
 * list_pattern.h - which DNS lists a record of dnslists.conf(5) is about.
 */
#ifndef SCREEN_LIST_PATTERN_H
#define SCREEN_LIST_PATTERN_H

#include "base/span.h"

/* How a pattern names lists; the later, the more closely. */
enum pattern_form {
	PATTERN_BELOW, /* ".ZONE": it and all below */
	PATTERN_KEYED, /* "KEY.ZONE": with one label in front */
	PATTERN_EXACT,
};

struct list_pattern {
	struct span zone; /* without the dot or "KEY." */
	enum pattern_form form;
};

/* False when there is no domain in TEXT, which must outlive *RET. */
bool list_pattern_parse(struct span text, struct list_pattern *ret);

/* Is the list at DOMAIN meant? One that wants a key also without it. */
bool list_pattern_fits(const struct list_pattern *p, struct span domain);

/* Does A name lists more closely than B? */
bool list_pattern_is_closer(const struct list_pattern *a,
			    const struct list_pattern *b);

/* What stands in front of the zone in DOMAIN, without the dot; false when that
 * is nothing. */
bool list_pattern_front(const struct list_pattern *p, struct span domain,
			struct span *ret);

#endif
