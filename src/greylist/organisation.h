/*
 * organisation.h - whose a host name is, by the public suffix list.
 *
 * The only file that knows libpsl. "a.mx.example.co.uk" is a name of
 * "example.co.uk", and "x.blogspot.com" one of its own.
 */
#ifndef SCREEN_ORGANISATION_H
#define SCREEN_ORGANISATION_H

#include "base/sbuf.h"

/*
 * Write the domain, one label below a public suffix, that NAME belongs to, in
 * lower case. False when there is none: NAME is a public suffix, an address,
 * or no host name. The list is the newer one of the system's and libpsl's own,
 * read at the first call.
 */
bool organisation_of(struct span name, struct sbuf *to);

#endif
