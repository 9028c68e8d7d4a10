/*
 * story.h - one connection of the decision log, told in plain words.
 *
 * All that others have said is made fit for a terminal.
 */
#ifndef SCREEN_STORY_H
#define SCREEN_STORY_H

#include "history/retrial.h"

#include <stdio.h>

/* A verdict as half a sentence: "refused at each recipient, for DNS lists". */
void story_sentence(const struct sentence *s, bool veto, struct sbuf *to);

/* A line for a table of several: when, who, what became of it. */
void story_summary(const struct recorded *line, FILE *to);

/* All that happened; COLOUR for headings. */
void story_tell(const struct recorded *line, bool colour, FILE *to);

/* Parts of it. */

/* A name, and where the text behind it begins. */
#define STORY_INDENT "  %-13s "

void story_heading(FILE *to, bool colour, const char *text);

/* The tests, and what the lists answered. */
void story_tests(const struct recorded *line, FILE *to);

/* TEXT of others; "0.2 s". */
void story_foreign(const char *text, FILE *to);
void story_period(int64_t microseconds, FILE *to);

#endif
