/*
 * unforked.h - memory that is not there in the children of a fork.
 *
 * For tables of a parent that its children have no use for: a fork copies
 * none of it, however large it is.
 */
#ifndef SCREEN_UNFORKED_H
#define SCREEN_UNFORKED_H

#include <stddef.h>

/* Zeroed memory for COUNT records of SIZE bytes, with unforked_close. 0 or
 * negative errno. */
int unforked_open(size_t count, size_t size, void **ret);
void unforked_close(void *memory, size_t count, size_t size);

#endif
