/*
 * names.h - what $name stands for in the settings: a parameter, a name that
 * the file defines, or one of Postfix's.
 */
#ifndef SCREEN_NAMES_H
#define SCREEN_NAMES_H

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/conf_file.h"
#include "conf/expand.h"
#include "conf/parameters.h"

/* Set the first three; the rest is zero, and found out when it is needed. */
struct names {
	const struct conf_input *input;
	struct arena *arena;
	const struct conf_file *file;

	const char *hostname, *domain, *directory;
	bool finding_domain;
};

/* P's default, not expanded; a NUL follows. */
struct span names_standard(struct names *n, const struct parameter *p);

/* What P is set to, or else its default, not expanded; a NUL follows. */
struct span names_text(struct names *n, const struct parameter *p);

/* As expand(), with these names. */
bool names_expand(struct names *n, struct span text, struct sbuf *to,
		  size_t *ret_len, struct expand_problem *ret_problem);

/*
 * While *TEXT is nothing but one $name, put what stands behind it instead.
 * For raw parameters that is all: their other variables are filled in when
 * the value is used. For the rest it saves a copy, and expand() most of its
 * work. False, with *RET_PROBLEM set: the names go round in a circle.
 */
bool names_follow(struct names *n, struct span *text,
		  struct expand_problem *ret_problem);

#endif
