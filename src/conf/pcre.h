/*
 * pcre.h - Perl-compatible patterns, as far as POSIX ones can do the same.
 *
 * No library for them is linked: what tables of clients use of them is
 * mostly \d, \w, \s, \b and (?:...), which can be written differently. What
 * cannot is refused by name instead of being matched approximately.
 */
#ifndef SCREEN_PCRE_H
#define SCREEN_PCRE_H

#include "base/sbuf.h"

/* Groups that a result or a back-reference can name, counted from 1. */
#define PCRE_GROUPS 32

struct pcre_groups {
	unsigned count; /* capturing groups of the pattern */

	/*
	 * Which POSIX group stands for each: (?:...) takes a number there. A
	 * group that would have a number above 255 has 0: it cannot be named.
	 */
	unsigned char posix[PCRE_GROUPS];
};

/*
 * Write PATTERN as a POSIX extended expression for regcomp(3) with glibc, in
 * the C locale. EXTENDED: white space and comments in it mean nothing, as
 * with Perl's /x. False with WHY naming the construct that cannot be done.
 */
bool pcre_to_posix(struct span pattern, bool extended, struct sbuf *to,
		   struct pcre_groups *ret_groups, struct sbuf *why);

#endif
