/*
 * lookahead.h - lines of the decision log, parsed by several processors and
 * given out in their order.
 *
 * Lines are copied into batches; threads parse batches ahead of who reads them,
 * who helps where he would have to wait. On one processor, and while there is
 * no second batch, no thread is started.
 *
 *	while (lookahead_has_room(l) && there is another line)
 *		lookahead_add(l, line, whole);
 *	... lookahead_next(l)
 */
#ifndef SCREEN_LOOKAHEAD_H
#define SCREEN_LOOKAHEAD_H

#include "history/recorded.h"

struct lookahead;

struct lookahead_line {
	enum recorded_line kind;
	const struct recorded *line; /* with RECORDED_GOOD */
	struct span text;	     /* as it was added */
	bool whole;
};

/* NULL when there is no memory. */
struct lookahead *lookahead_new(void);
void lookahead_free(struct lookahead *l);

/* Is there room for another line? */
bool lookahead_has_room(const struct lookahead *l);

/* Add LINE, of UNPACKED_LINE bytes at most, when there is room. WHOLE as in
 * unpacked.h. */
void lookahead_add(struct lookahead *l, struct span line, bool whole);

/* Have all that were added been given out? */
bool lookahead_is_empty(const struct lookahead *l);

/* The next line, until the next call. False when it is empty. */
bool lookahead_next(struct lookahead *l, struct lookahead_line *ret);

#endif
