/*
 * table_regexp.h - patterns and what they mean (regexp_table(5),
 * pcre_table(5)).
 *
 * "/PATTERN/FLAGS RESULT" with any delimiter. Matching ignores case unless
 * flag "i" turns that off; $1, ${1} and $(1) in a result are what a group
 * matched, "$$" is a dollar.
 */
#ifndef SCREEN_TABLE_REGEXP_H
#define SCREEN_TABLE_REGEXP_H

#include "conf/table_rules.h"

/* Longer patterns are refused: regcomp(3) recurses, and the stack is finite. */
#define REGEXP_PATTERN_MAX 2048

/* Longer keys match no pattern: they come from clients, patterns may be slow.
 */
#define REGEXP_KEY_MAX 2048

/* 0, -EBADMSG or -ENOMEM, as rules_read. */
int table_regexp_read(struct rules *r, struct table_source *s);
int table_pcre_read(struct rules *r, struct table_source *s);

/* 1, 0, or -ENOMEM. */
int table_regexp_find(const struct rules *r, struct span key,
		      struct sbuf *value);

#endif
