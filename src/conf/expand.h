/*
 * expand.h - "$name" in a setting becomes what that name stands for.
 *
 * As postconf(5) has it: $name ${name} $(name) $$, ${name?text}, ${name:text},
 * ${name?{text}:{text}}, and comparisons ${{text} == {text} ? {text} : {text}}
 * with == != < <= > >= and their forms for compatibility levels ("<level").
 * Two whole numbers compare as numbers, all else as bytes. A name counts as
 * set when its text before expansion is not empty.
 *
 * One form more: ${name?a:b} is ${name?{a}:{b}}. Postfix takes "a:b" for one
 * text there; so do we when it reads as "type:name" of a table, when "/"
 * follows the colon, or when the names are STRICT.
 */
#ifndef SCREEN_EXPAND_H
#define SCREEN_EXPAND_H

#include "base/sbuf.h"

/* How deep names may lead to names before it must be an endless loop. */
#define EXPAND_DEPTH 100

struct expand_names {
	/*
	 * What NAME stands for, unexpanded. False: nothing, taken as empty.
	 */
	bool (*find)(void *context, struct span name, struct span *ret_text);
	void *context;
	/*
	 * How many bytes may still be read, EXPAND_COST more for each text;
	 * each expansion takes off what it needed. Names that stand for two
	 * names that stand for two names would keep us busy for ever
	 * otherwise.
	 */
	size_t budget;
	bool strict; /* as Postfix has it, and no more */
};

#define EXPAND_COST 64

/* What is wrong, and the text at which it is. */
struct expand_problem {
	const char *what; /* a string constant */
	struct span at;
};

/*
 * Add TEXT, expanded, to TO. *RET_LEN is the length of the whole result, even
 * when TO was too small for it. On false *RET_PROBLEM is written instead.
 */
bool expand(struct span text, struct expand_names *names, struct sbuf *to,
	    size_t *ret_len, struct expand_problem *ret_problem);

/*
 * Is TEXT nothing but $NAME, ${NAME} or $(NAME)? That is how one parameter
 * stands for another.
 */
bool expand_is_name(struct span text, struct span *ret_name);

/*
 * Take the next name that is referred to off *REST, without expanding: every
 * name behind a "$", in conditions and their texts too. False at the end.
 */
bool expand_next_name(struct span *rest, struct span *ret_name);

#endif
