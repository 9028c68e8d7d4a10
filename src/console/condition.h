/*
 * condition.h - how a DNS list is, in words.
 */
#ifndef SCREEN_CONDITION_H
#define SCREEN_CONDITION_H

#include "dns/dnslists.h"
#include "state/record.h"

#include <stdio.h>

/* One word, such as "good", "muted" or "silent". */
const char *condition_name(const struct record *r, int64_t now);

/* "\033[32m" and the like for that word; empty without COLOUR. */
const char *condition_colour(const struct record *r, int64_t now, bool colour);

/*
 * What there is to know besides, and what to do: lines that begin with two
 * spaces, or none. TAG is what an error answer of the list means, NULL when
 * there was none now.
 */
void condition_explain(const struct record *r, const struct dnslist *known,
		       const enum answer_tag *tag, int64_t now, FILE *to);

/* The same as members of a JSON object, without braces. */
void condition_json(const struct record *r, int64_t now, FILE *to);

#endif
