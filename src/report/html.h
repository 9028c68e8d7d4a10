/*
 * html.h - pieces of a page. What is written is well-formed XML too, so that a
 * page can be checked by any parser of that.
 */
#ifndef SCREEN_HTML_H
#define SCREEN_HTML_H

#include "history/figures.h"

#include <stdio.h>

/* TEXT of others, between tags or in an attribute between quotes: escaped, and
 * what is not printable ASCII becomes "?". */
void html_text(FILE *to, const char *text);

/* Figures in words; see wording.h. */
void html_count(FILE *to, uint64_t count);
void html_share(FILE *to, uint64_t part, uint64_t whole);
void html_period(FILE *to, int64_t microseconds);

/* PART of WHOLE as a bar of that share of its width; what is not 0 is seen. */
void html_bar(FILE *to, uint64_t part, uint64_t whole);

/* All outcomes as one bar, the whole of it. */
void html_stack(FILE *to, const uint64_t count[OUTCOMES]);

/* Which colour is which outcome. */
void html_legend(FILE *to);

/*
 * Begin a table of that CLASS, read to the blind as CAPTION, with a row of
 * HEADINGS between "|"; end it. Each row begins with a name, and its cells need
 * to know the heading above them: a narrow screen shows it beside each.
 */
void html_table(FILE *to, const char *class, const char *caption,
		const char *headings);
void html_table_end(FILE *to);
void html_row(FILE *to, const char *name);
void html_row_end(FILE *to);
void html_cell(FILE *to, const char *heading);
void html_cell_end(FILE *to);

/* A cell with just that. */
void html_cell_count(FILE *to, const char *heading, uint64_t count);

#endif
