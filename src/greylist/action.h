/*
 * action.h - the words of an answer, and of the line that is logged for it.
 *
 * Both are Postgrey's, which other programs have learnt to read.
 */
#ifndef SCREEN_ACTION_H
#define SCREEN_ACTION_H

#include "base/sbuf.h"
#include "greylist/grey_options.h"
#include "greylist/request.h"
#include "triplet/judge.h"

/* The longest answer, both its line feeds and a NUL. */
#define ACTION_TEXT 2048

/* Longer lines are cut in the log anyway. */
#define ACTION_LOG 2048

/*
 * "action=..." and an empty line. HEADER says that the message is to bear the
 * header; NOW is wall time.
 */
void action_answer(const struct grey_options *o, const struct request *r,
		   const struct judge_verdict *v, bool header, int64_t now,
		   struct sbuf *to);

/* What is answered when nothing can be said. */
void action_dunno(struct sbuf *to);

void action_log(const struct request *r, const struct judge_verdict *v,
		bool header, struct sbuf *to);

#endif
