/*
 * value.h - from a parameter's text to its value, whole or not at all.
 */
#ifndef SCREEN_VALUE_H
#define SCREEN_VALUE_H

#include "conf/parameters.h"

enum value {
	VALUE_GOOD,
	VALUE_DOUBTFUL, /* taken, but perhaps not as meant: value_doubt() */
	VALUE_BAD,	/* nothing was written: value_expected() */
};

/*
 * Write what TEXT, which must outlive it, means for P at PLACE, an object of
 * the type that P's kind calls for.
 */
enum value value_parse(const struct parameter *p, const char *text,
		       void *place);

/* Write the value that is taken when nothing else can be: empty, no, 0. */
void value_clear(const struct parameter *p, void *place);

/* What P takes, as the end of "expected ...". */
void value_expected(const struct parameter *p, struct sbuf *to);

/* What is doubtful about a VALUE_DOUBTFUL of P; a string constant. */
const char *value_doubt(const struct parameter *p);

#endif
