/*
 * lines.h - a text file that is read line by line for an import, and the
 * mistakes in it.
 */
#ifndef SCREEN_LINES_H
#define SCREEN_LINES_H

#include "base/sbuf.h"

#include <stdio.h>

/* Enough mistakes to see what kind of file it is. */
#define LINES_MISTAKES 10

struct lines {
	FILE *file;
	const char *name; /* of it, for messages */
	size_t number;	  /* of the line at hand, from 1 */
	size_t mistakes;
};

/* Read the file that an argument names, NULL and "-" are standard input.
 * EX_OK, or the exit code after saying why not. */
int lines_open(struct lines *l, const char *argument);
void lines_close(struct lines *l);

enum lines_got {
	LINES_ONE,
	LINES_END,
	LINES_NONE, /* a mistake, told already: do not go on */
};

/* The next line, without its newline. One that does not fit into TO is where
 * reading stops. */
enum lines_got lines_next(struct lines *l, struct sbuf *to);

/* Say what is wrong with the line at hand. False: there are too many mistakes
 * to go on. */
bool lines_blame(struct lines *l, const char *why);

#endif
