/*
 * conf_check.h - what settings that were read give reason to say, beyond the
 * values of single parameters: names that are not ours, old names beside new
 * ones, and what this version cannot do.
 */
#ifndef SCREEN_CONF_CHECK_H
#define SCREEN_CONF_CHECK_H

#include "conf/conf.h"
#include "conf/conf_file.h"

/*
 * Report it all. CONF holds the values of FILE, which was read from PATH (NULL:
 * from the default place). Names that are referred to are marked in FILE when
 * that decides whether they are a mistake.
 */
void conf_check(const struct conf *conf, struct conf_file *file,
		const char *path, struct report *report);

#endif
