/*
 * conf_options.h - the options with which a program chooses its settings:
 * -c FILE and -o NAME=VALUE.
 */
#ifndef SCREEN_CONF_OPTIONS_H
#define SCREEN_CONF_OPTIONS_H

#include "conf/conf.h"

#define CONF_OPTIONS_MAX 256

struct conf_options {
	struct conf_input input;		/* points into this */
	const char *override[CONF_OPTIONS_MAX]; /* most often untouched */
};

/* None so far. O stays where it is. */
void conf_options_init(struct conf_options *o);

/*
 * Take option LETTER, 'c' or 'o', with its ARGUMENT, which lives as long as O.
 * NULL, or what is wrong: there are too many.
 */
const char *conf_options_take(struct conf_options *o, int letter,
			      const char *argument);

#endif
