/* hostname.h - is this text a host name? (Postfix's idea of one.) */
#ifndef SCREEN_HOSTNAME_H
#define SCREEN_HOSTNAME_H

#include "base/span.h"

/*
 * Labels of 1 to 63 letters, digits, "_" and inner "-" (RFC 1123 with the
 * underscore that lists of clients use), joined by dots, at most 255 in all.
 * Not all numeric, no dot at the end. Bytes over 127 are refused.
 */
bool hostname_valid(struct span text);

#endif
