/*
 * examine.h - test a client that is not known: before the greeting, with our
 * engine, or while the smtpd answers. Remember what it passed.
 */
#ifndef SCREEN_EXAMINE_H
#define SCREEN_EXAMINE_H

#include "screen/screen.h"

/* Anything but SCREEN_UNTESTED. */
enum screen_end examine(struct screen *s);

#endif
