/*
 * words.h - a command line in a setting, as the words that exec(2) takes.
 *
 * White space separates words; double quotes keep it, and "" is an empty
 * word. Nothing else is special: there is no shell.
 */
#ifndef SCREEN_WORDS_H
#define SCREEN_WORDS_H

#include "base/arena.h"

enum words_error {
	WORDS_OK,
	WORDS_UNCLOSED, /* a double quote has no partner */
	WORDS_NUL,	/* a NUL, which no argument can hold */
	WORDS_NO_ROOM,	/* the arena is full */
};

/*
 * Split TEXT. *RET_WORDS, in ARENA, ends with NULL; its first element is
 * NULL when TEXT holds no word.
 */
enum words_error words_split(struct span text, struct arena *arena,
			     char *const **ret_words);

#endif
