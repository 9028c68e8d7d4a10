/* tables.h - which files of the settings smtp-screenctl compile is for. */
#ifndef SCREEN_TABLES_H
#define SCREEN_TABLES_H

#include "conf/conf.h"

#define TABLES_MOST 64

/* Files of cidr tables. */
struct tables {
	const char *file[TABLES_MOST];
	size_t count;
};

/*
 * The files that settings name as cidr tables in which clients are looked up,
 * each once, copied into ARENA. False when there are more than TABLES_MOST, or
 * the arena is full.
 */
bool tables_of(const struct conf *conf, struct arena *arena,
	       struct tables *ret);

/*
 * The file that SPEC, "cidr:FILE", means. False for another kind of table and
 * for rules that stand in the setting itself.
 */
bool tables_file(struct span spec, struct span *ret);

#endif
