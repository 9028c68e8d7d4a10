/*
 * deep.h - the tests behind the greeting: bare newline, non-SMTP command,
 * pipelining. Each fails at most once a session, and reports what it saw.
 *
 * Internal to smtp/.
 */
#ifndef SCREEN_DEEP_H
#define SCREEN_DEEP_H

#include "smtp/turn.h"

/* Judge LINE by the way it ends. ENGINE_CLOSE when the session ends here. */
enum engine_next deep_judge_line(struct turn *t,
				 const struct engine_line *line);

/* Judge the command of T. ENGINE_GO_ON when it may be executed. */
enum engine_next deep_judge_command(struct turn *t);

/* The client has come as far as a mail client comes. */
void deep_pass_all(struct engine *e);

#endif
