/*
 * stub.h - a function that libldns.a refers to and that is never called.
 *
 * STUB(NAME) defines it; should it be reached all the same, it says so and
 * aborts. Hidden, so that a shared library in the same process still finds
 * the true one.
 */
#ifndef SCREEN_STUB_H
#define SCREEN_STUB_H

#include <stdio.h>
#include <stdlib.h>

static void __attribute__((noreturn)) stub_reached(const char *name)
{
	dprintf(2, "%s: ldns called what is not linked\n", name);
	abort();
}

#define STUB(name)                                                       \
	__attribute__((visibility("hidden"), noreturn)) void name(void); \
	void name(void)                                                  \
	{                                                                \
		stub_reached(#name);                                     \
	}

#endif
