/*
 * check_settings.h - --check-config: everything that is wrong, at once.
 */
#ifndef SCREEN_CHECK_SETTINGS_H
#define SCREEN_CHECK_SETTINGS_H

#include "conf/conf.h"

/* What to check, and for whom. */
struct check_request {
	const char *program; /* the last line begins with its name */
	const struct conf_input *input;
	char *const *command; /* argv behind the options */
	bool proxied;	/* whatever INPUT says, there are clients behind a proxy
			 */
	bool must_read; /* a list or table that cannot be read is an error */
};

/*
 * Read the settings that REQUEST asks for, with all lists and tables, and print
 * what is to be said of them to standard output. What main returns.
 */
int check_settings(const struct check_request *request, struct arena *arena);

#endif
