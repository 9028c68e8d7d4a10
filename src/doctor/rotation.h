/*
 * rotation.h - does logrotate(8) look after a file?
 *
 * Its settings are only looked through for names: what else they say is
 * logrotate's own business. Facts about its grammar: logrotate(8).
 */
#ifndef SCREEN_ROTATION_H
#define SCREEN_ROTATION_H

#include "base/arena.h"

enum rotation {
	ROTATION_NONE, /* no settings name it, or none can be read */
	ROTATION_FOUND,
	ROTATION_COPIES, /* by copytruncate, which loses what is written then */
};

/*
 * Look for LOG, an absolute path, in the file SETTINGS and all files in FOLDER,
 * where each of them may be missing. ARENA holds them while they are read.
 */
enum rotation rotation_find(const char *settings, const char *folder,
			    const char *log, struct arena *arena);

#endif
