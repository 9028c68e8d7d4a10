/*
 * advice.h - what an operator can do about a connection of the decision log.
 */
#ifndef SCREEN_ADVICE_H
#define SCREEN_ADVICE_H

#include "history/retrial.h"

#define ADVICE_MOST 8
#define ADVICE_TEXT 640

struct advice {
	char line[ADVICE_MOST][ADVICE_TEXT]; /* each a way of its own */
	size_t count;
	bool needed; /* false: the only line says why there is nothing to do */
};

/* What would let the client in that R has just decided on again. FILE has the
 * settings. */
void advice_give(const struct retrial *r, const char *file, struct advice *ret);

#endif
