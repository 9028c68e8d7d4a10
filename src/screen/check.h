/*
 * check.h - find every mistake in the settings that this room's rooms own.
 */
#ifndef SCREEN_CHECK_H
#define SCREEN_CHECK_H

#include "conf/conf.h"

/*
 * What every connection checks at its start, because it costs nothing: the
 * texts of cache_map, state_file and log_target.
 */
void check_at_start(const struct conf *conf, struct report *report);

/* Report, unless all of them FIT, that lists and tables are too large. */
void check_room(bool fit, struct report *report);

/* Read all lists and tables that a connection would read when it needs them.
 * False when they do not fit into ARENA, which is for the caller to tell. */
bool check_tables(const struct conf *conf, struct arena *arena,
		  struct report *report);

/*
 * Both, and ask smtp-screen-tls whether it is ready, as --check-config does.
 * CONF came from INPUT.
 */
void check_everything(const struct conf *conf, const struct conf_input *input,
		      struct arena *arena, struct report *report);

#endif
