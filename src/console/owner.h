/*
 * owner.h - become the user whom the cache belongs to.
 *
 * Files that root made in the cache's directory could not be used by
 * smtp-screen any more, and root would follow what its owner planted there.
 */
#ifndef SCREEN_OWNER_H
#define SCREEN_OWNER_H

#include "base/sbuf.h"

enum owner {
	OWNER_OK,
	OWNER_ABSENT, /* there is no such directory */
	OWNER_DENIED, /* we may not, and are somebody else */
};

/*
 * As root, take on user and group of the directory of FILE, for good, with no
 * other groups. Otherwise we must be that user already. Unless OWNER_OK, WHY
 * says what is wrong and what to do.
 */
enum owner owner_become(const char *file, struct sbuf *why);

#endif
