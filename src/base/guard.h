/*
 * guard.h - touch a mapped file, and live when it is cut under us.
 *
 * A page of a mapping that the file no longer has, or that a full disk cannot
 * give, ends a program with SIGBUS. Here it ends the work only. For programs
 * of one thread.
 */
#ifndef SCREEN_GUARD_H
#define SCREEN_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Do WORK with CONTEXT. False when a page of the SIZE bytes at MEMORY was not
 * there: the work then ended anywhere in its middle, and must be such that
 * this does no harm. The handler of SIGBUS is as before on return; a fault
 * elsewhere ends the program as ever.
 */
bool guard_run(const void *memory, size_t size, void (*work)(void *context),
	       void *context);

#endif
