/* json.h - text as JSON (RFC 8259) has it. */
#ifndef SCREEN_JSON_H
#define SCREEN_JSON_H

#include "base/span.h"

#include <stdio.h>

/*
 * Write TEXT as a string, quotes and all. Controls are escaped; bytes that
 * are no UTF-8 are replaced by U+FFFD, for a string has no place for them.
 */
void json_print(FILE *to, struct span text);

#endif
