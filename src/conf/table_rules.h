/*
 * table_rules.h - what cidr, regexp and pcre tables have in common.
 *
 * Rules in the order written, of which the first that matches decides;
 * "!PATTERN", "if PATTERN" and "endif" around them, nested as deep as one
 * likes. What a pattern is, only the table type knows.
 */
#ifndef SCREEN_TABLE_RULES_H
#define SCREEN_TABLE_RULES_H

#include "conf/table_source.h"

enum rule_kind {
	RULE_RESULT,
	RULE_IF,
	RULE_ENDIF,
	RULE_NEVER, /* an "if" with a mistake: we cannot know when it holds */
};

/* A table type's own rule begins with this. */
struct rule {
	struct rule *next;
	struct rule *outer; /* of an if: the one around it */
	struct rule *endif; /* of an if: where it ends; NULL when nowhere */
	struct span result;
	unsigned line;
	enum rule_kind kind;
	bool negated;
};

struct rule_grammar {
	size_t size;	   /* of the table type's rule */
	bool empty_result; /* may the result be empty (with a warning)? */

	/*
	 * Take the pattern off *TEXT into RULE. False with WHY for a mistake;
	 * with WHY empty when the arena is full.
	 */
	bool (*parse)(struct table_source *s, struct span *text,
		      struct rule *rule, struct sbuf *why);

	/* Can this result be given? May be NULL. False with WHY. */
	bool (*check)(const struct rule *rule, struct sbuf *why);

	/* 1 or 0, negation included, or a negative errno. */
	int (*matches)(const struct rule *rule, void *key);
};

struct rules {
	const struct rule_grammar *grammar;
	struct rule *first;
};

/*
 * Read all rules of S. 0, -EBADMSG when it is no text, or -ENOMEM when the
 * arena is full. Rules with mistakes are skipped with a warning.
 */
int rules_read(struct rules *r, const struct rule_grammar *grammar,
	       struct table_source *s);

/* The rule that decides on KEY: 1, 0 when there is none, or negative errno. */
int rules_find(const struct rules *r, void *key, const struct rule **ret);

#endif
