/*
 * findings.h - leave what the tests found of a client where greylisting, which
 * meets it a moment later, can read it (state/recent.h).
 */
#ifndef SCREEN_FINDINGS_H
#define SCREEN_FINDINGS_H

#include "screen/verdict.h"
#include "state/state.h"

/*
 * Leave in STATE what FACTS have of WHO at NOW (wall time). Of an ordinary one
 * no file is made; trouble is state_trouble's.
 */
void findings_leave(struct state *state, const struct facts *facts,
		    const struct address *who, int64_t now);

#endif
