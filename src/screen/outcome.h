/*
 * outcome.h - what a connection comes to: its record, and the words with
 * which a client is sent away.
 */
#ifndef SCREEN_OUTCOME_H
#define SCREEN_OUTCOME_H

#include "screen/screen.h"
#include "screen/session.h"

/*
 * Write the decision, and count it. Once for each connection; what is told
 * behind that only counts the warnings that came since.
 */
void outcome_record(struct screen *s, enum decision_verdict verdict);

/* A session of S with our own engine, not started. It borrows from S. */
void outcome_begin_session(struct screen *s, struct session *ret);

/* Say TEXT, a reply, and goodbye. */
void outcome_refuse(struct screen *s, const char *text);

void outcome_log_disconnect(const struct screen *s);

/* All of it for a client that is refused for FAILURE before a session. */
enum screen_end outcome_drop(struct screen *s, enum failure failure);

#endif
