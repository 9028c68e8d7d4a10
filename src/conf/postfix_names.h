/*
 * postfix_names.h - which names Postfix has for its parameters.
 *
 * A main.cf may be read as it stands: what Postfix knows is never taken for
 * a misspelling of one of ours.
 */
#ifndef SCREEN_POSTFIX_NAMES_H
#define SCREEN_POSTFIX_NAMES_H

#include "base/span.h"

bool postfix_names_has(struct span name);

/*
 * What Postfix as Debian builds it takes for NAME when nobody set it, for the
 * few that stand in the names of tables ("cidr:$config_directory/...").
 */
bool postfix_names_standard(struct span name, struct span *ret_text);

#endif
