/*
 * check_settings.h - --check-config: everything that is wrong, at once.
 */
#ifndef SCREEN_CHECK_SETTINGS_H
#define SCREEN_CHECK_SETTINGS_H

#include "conf/conf.h"

/*
 * Read the settings that INPUT and COMMAND (argv behind the options) ask for,
 * with all lists and tables, and print what is to be said of them to standard
 * output. PROXIED: whatever the settings say, there are clients behind a
 * proxy. What main returns.
 */
int check_settings(const struct conf_input *input, bool proxied,
		   char *const *command, struct arena *arena);

#endif
