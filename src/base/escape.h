/*
 * escape.h - hostile bytes made fit for a log line.
 *
 * Two ways, for two kinds of text: evidence (what a client sent too early)
 * keeps every byte in readable form; everything else only loses what could
 * forge a line or trouble a terminal.
 */
#ifndef SCREEN_ESCAPE_H
#define SCREEN_ESCAPE_H

#include "base/sbuf.h"

/*
 * Evidence: printable ASCII as it is, backslash doubled, \a \b \f \n \r \t
 * \v, every other byte as backslash and three octal digits. The same text
 * that postscreen logs behind PREGREET and its other tests.
 */
void escape_evidence(struct sbuf *to, struct span bytes);

/*
 * The rest: each byte that is not printable ASCII becomes "?". With UTF8,
 * well-formed UTF-8 stays (no controls, surrogates or overlong forms: RFC
 * 3629), and only what is not becomes "?".
 */
void escape_printable(struct sbuf *to, struct span bytes, bool utf8);

/* Is it well-formed UTF-8 from end to end? Empty text is. */
bool escape_is_utf8(struct span bytes);

#endif
