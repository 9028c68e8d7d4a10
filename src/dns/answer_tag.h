/*
 * answer_tag.h - what an error answer of a DNS list means: cause and cure.
 */
#ifndef SCREEN_ANSWER_TAG_H
#define SCREEN_ANSWER_TAG_H

#include "base/span.h"

enum answer_tag {
	TAG_TYPO,
	TAG_PUBLIC_RESOLVER,
	TAG_OVER_LIMIT,
	TAG_KEY_DISABLED,
	TAG_KEY_MISUSED,
	TAG_NOT_REGISTERED,
	TAG_WRONG_KIND,
	TAG_POISONED,
	TAG_BLOCKED,
	TAG_REFUSED,
	TAG_FOREIGN,
	TAG_LOOPBACK,
	ANSWER_TAGS
};

/* "public-resolver" and the like, as in dnslists.conf(5). */
bool answer_tag_parse(struct span text, enum answer_tag *ret);
const char *answer_tag_name(enum answer_tag tag);

/* What the list means by it, and what the administrator can do: each a clause
 * to be put into a sentence. */
const char *answer_tag_cause(enum answer_tag tag);
const char *answer_tag_cure(enum answer_tag tag);

#endif
