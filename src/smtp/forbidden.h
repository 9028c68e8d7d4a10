/*
 * forbidden.h - words that no SMTP client says (forbidden_commands).
 *
 * A list of words, "type:table" and "/file" (whose contents take its place);
 * "!" in front decides "not forbidden". The first that matches decides.
 */
#ifndef SCREEN_FORBIDDEN_H
#define SCREEN_FORBIDDEN_H

#include "conf/report.h"

struct forbidden;

/*
 * Parse TEXT, which must outlive the list, into ARENA; mistakes go to REPORT at
 * WHERE, and what they concern matches nothing. NULL only when the arena is
 * full.
 */
struct forbidden *forbidden_open(const char *text, struct arena *arena,
				 struct report *report,
				 const struct origin *where);

/*
 * Is WORD forbidden? Letters of either case are equal; tables are asked in
 * lower case. A table that cannot be asked ends the list: not forbidden. A
 * LIST that is NULL forbids nothing.
 */
bool forbidden_match(const struct forbidden *list, struct span word);

#endif
