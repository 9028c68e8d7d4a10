/*
 * turn.h - one command line on its way through the engine.
 *
 * Internal to smtp/: the steps of engine_take share it.
 */
#ifndef SCREEN_TURN_H
#define SCREEN_TURN_H

#include "smtp/command.h"
#include "smtp/engine.h"

struct turn {
	struct engine *e;
	int64_t now;
	struct sbuf *reply;
	struct span word;      /* the command as written */
	struct span arguments; /* behind it */
	struct span behind;    /* what came in the same read */
	enum command command;
	const char *before; /* "where" until this line */
};

/* Find the command of T in TEXT, a line. */
void turn_parse(struct turn *t, struct span text);

/* Answer with TEXT, which has no CRLF, and go on. */
enum engine_next turn_answer(struct turn *t, const char *text);

/* Answer with TEXT, and that is the end of the session. */
enum engine_next turn_close(struct turn *t, const char *text);

/* The first word of the arguments; empty when there is none. */
struct span turn_argument(const struct turn *t);

#endif
