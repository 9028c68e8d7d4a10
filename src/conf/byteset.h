/*
 * byteset.h - sets of bytes as patterns name them, and how a POSIX bracket
 * expression says the same.
 */
#ifndef SCREEN_BYTESET_H
#define SCREEN_BYTESET_H

#include "base/sbuf.h"

struct byteset {
	bool has[256];
};

/* Add what \LETTER stands for (d, w, s, h, or all but those as capitals);
 * false when that is no class. */
bool byteset_add_escape(struct byteset *set, char letter);

/* Add [:NAME:] or [:^NAME:]; false when there is no such class. */
bool byteset_add_posix(struct byteset *set, struct span name);

/* Write SET, or all that is not in it, for regcomp(3). False: it is empty. */
bool byteset_write(const struct byteset *set, bool negated, struct sbuf *to);

#endif
