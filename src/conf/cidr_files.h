/* cidr_files.h - which files of the settings smtp-screenctl compile is for. */
#ifndef SCREEN_CIDR_FILES_H
#define SCREEN_CIDR_FILES_H

#include "conf/conf.h"

#define CIDR_FILES_MOST 64

/* Files of cidr tables. */
struct cidr_files {
	const char *file[CIDR_FILES_MOST];
	size_t count;
};

/*
 * The files that settings name as cidr tables in which clients are looked up,
 * each once, copied into ARENA. False when there are more than CIDR_FILES_MOST,
 * or the arena is full.
 */
bool cidr_files_named(const struct conf *conf, struct arena *arena,
		      struct cidr_files *ret);

/*
 * The file that SPEC, "cidr:FILE", means. False for another kind of table and
 * for rules that stand in the setting itself.
 */
bool cidr_files_parse(struct span spec, struct span *ret);

#endif
