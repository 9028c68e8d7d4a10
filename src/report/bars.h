/*
 * bars.h - bars of characters, for a terminal or a mail.
 */
#ifndef SCREEN_BARS_H
#define SCREEN_BARS_H

#include "history/figures.h"

#include <stdio.h>

struct report_look {
	int width; /* columns of the whole, 80 or more */
	bool utf8; /* bars of blocks; else of ASCII */
	bool colour;
};

/* Begin to write with CODE, of ECMA-48; "0" ends it. Without colours: nothing.
 */
void bars_paint(const struct report_look *look, FILE *to, const char *code);

/* VALUE of MOST in WIDTH columns; whatever is not 0 is seen. */
void bars_one(const struct report_look *look, FILE *to, uint64_t value,
	      uint64_t most, int width);

/* All outcomes, MOST of them in WIDTH columns, and the end of the line. */
void bars_stack(const struct report_look *look, FILE *to,
		const uint64_t value[OUTCOMES], uint64_t most, int width);

/* Which character is which outcome, as a line. */
void bars_legend(const struct report_look *look, FILE *to);

#endif
