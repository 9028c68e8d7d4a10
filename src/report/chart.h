/*
 * chart.h - columns of outcomes over time, as an inline SVG.
 *
 * Its width is that of the screen: positions across are percentages, and text
 * stays as large as it is. The axis begins at 0.
 */
#ifndef SCREEN_CHART_H
#define SCREEN_CHART_H

#include "history/figures.h"

#include <stdio.h>

struct chart_column {
	const char *name;      /* for the table, and when it is pointed at */
	const char *brief;     /* below the column */
	const uint64_t *count; /* OUTCOMES of them */
};

/* ID is of letters, and of this chart alone; TITLE and WHAT ("a day") tell what
 * it shows. The figures follow as a table. */
void chart_write(FILE *to, const char *id, const char *title, const char *what,
		 const struct chart_column *column, int columns);

#endif
