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

/* What the log and later commands need of those that were accepted. */
void serve_keep_helo(struct engine *e, struct span name);
void serve_keep_sender(struct engine *e, struct span sender);
void serve_forget_sender(struct engine *e);

/* "NOQUEUE: reject: RCPT ...": RECIPIENT was answered with TEXT. */
void serve_log_reject(const struct engine *e, const char *text,
		      struct span recipient);

#endif
