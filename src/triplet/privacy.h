/*
 * privacy.h - the secret key under which names are hashed (triplet.h).
 */
#ifndef SCREEN_PRIVACY_H
#define SCREEN_PRIVACY_H

#include "triplet/triplet.h"

/*
 * Read the key in FILE; made and filled by whoever asks first, mode 0600. The
 * same rules hold as for other private files (base/private_file.h). 0 or
 * negative errno: -EBADMSG when it is not of the right length.
 */
int privacy_key_load(const char *file, unsigned char ret[TRIPLET_SECRET]);

#endif
