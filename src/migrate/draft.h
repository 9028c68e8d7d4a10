/*
 * draft.h - a file of settings that is written for an administrator: its
 * comments, and the commands in them.
 */
#ifndef SCREEN_DRAFT_H
#define SCREEN_DRAFT_H

#include "base/sbuf.h"

#include <stdio.h>

struct draft {
	FILE *to;
	unsigned todo;	     /* notes that want somebody's hands */
	unsigned step;	     /* the last of draft_step */
	bool behind_setting; /* a setting was written last */
};

enum draft_mark {
	DRAFT_PLAIN,
	DRAFT_CHANGED, /* it means something else now */
	DRAFT_TODO,    /* somebody must do something */
};

/* "NAME = VALUE". */
void draft_setting(struct draft *d, const char *name, struct span value);

/* A comment, in lines of a page's width; bytes that steer terminals become
 * "?". Behind a setting there is an empty line first. */
void draft_note(struct draft *d, enum draft_mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An empty line between what was and what comes. */
void draft_gap(struct draft *d);

/* An empty line of the comment, and a note that begins with its number. */
void draft_step(struct draft *d, const char *text);

/* One command in a comment, whole, to be copied. */
void draft_command(struct draft *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* TEXT as one word of a shell, whatever is in it. */
void draft_quote(struct sbuf *to, struct span text);

#endif
