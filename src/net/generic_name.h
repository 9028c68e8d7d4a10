/*
 * generic_name.h - is this the name of some customer's line?
 *
 * Who runs a mail server gives it a name. Lines of homes and offices, and
 * machines that are rented by the hour, have one that their provider made of
 * the address, or of the kind of line.
 */
#ifndef SCREEN_GENERIC_NAME_H
#define SCREEN_GENERIC_NAME_H

#include "net/address.h"

/*
 * Is NAME, the confirmed name of WHO, such a one? It is when
 *   - there is none: empty, "unknown", or no host name;
 *   - three or more bytes of an IPv4 address stand in it one behind the other,
 *     in decimal, or all four as one number or in hexadecimal; forwards or
 *     backwards;
 *   - the last half of an IPv6 address stands in it, forwards or backwards, in
 *     full or as it is usually written;
 *   - a word for a line, such as "dsl" or "dynamic", stands before its last
 *     two labels.
 */
bool generic_name(struct span name, const struct address *who);

#endif
