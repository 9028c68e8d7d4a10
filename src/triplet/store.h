/*
 * store.h - where greylisting keeps what it remembers.
 */
#ifndef SCREEN_STORE_H
#define SCREEN_STORE_H

#include "base/sbuf.h"

/* The folder of the service, unless its options name another. */
#define STORE_FOLDER "/var/lib/smtp-screen-greylist"

/* Add the path of the database in FOLDER. */
void store_path(const char *folder, struct sbuf *to);

/* Add that of the key under which names are hashed: FILE, or when that is NULL
 * the usual one in FOLDER. */
void store_key_path(const char *folder, const char *file, struct sbuf *to);

#endif
