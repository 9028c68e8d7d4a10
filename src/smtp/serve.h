/*
 * serve.h - what each command does.
 *
 * Internal to smtp/.
 */
#ifndef SCREEN_SERVE_H
#define SCREEN_SERVE_H

#include "smtp/turn.h"

/* Execute the command of T. */
enum engine_next serve_command(struct turn *t);

#endif
