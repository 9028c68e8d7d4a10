/*
 * path.h - mail addresses in MAIL and RCPT, as loosely as postscreen reads
 * them: nothing is refused for its form, because it is only logged.
 */
#ifndef SCREEN_PATH_H
#define SCREEN_PATH_H

#include "base/sbuf.h"

/*
 * Add the address in ARGUMENTS ("FROM:<user@example.com> SIZE=1") to TO. It
 * stands behind the first colon, in angle brackets or up to a space; quotes
 * and a source route are taken off, "\" takes the next byte as it is. False,
 * with nothing added, when there is no colon.
 */
bool path_extract(struct span arguments, struct sbuf *to);

/*
 * Add ADDRESS to TO, with the quotes that its local part needs (RFC 5322,
 * section 3.4.1). The empty address stays empty, and a route as it is.
 */
void path_quote(struct span address, struct sbuf *to);

#endif
