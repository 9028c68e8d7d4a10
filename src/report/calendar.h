/*
 * calendar.h - the days of a report as rows of a chart: few enough to be read.
 *
 * Up to 35 days are rows of their own; else weeks (from Monday), months or
 * years are, whichever is the first to have no more rows than that. Days
 * without a connection are there, so that the axis is true: from the day of the
 * first one to that of the last.
 */
#ifndef SCREEN_CALENDAR_H
#define SCREEN_CALENDAR_H

#include "history/figures.h"

#define CALENDAR_ROWS 35

struct calendar_row {
	char name[16]; /* "Sat 21 Nov", "16 Nov", "Nov 2026", "2026" */
	char brief[8]; /* "21", "16/11", "Nov", "2026": below a column */
	uint64_t count[OUTCOMES];
};

struct calendar {
	const char *unit; /* "day", "week", "month" or "year" */
	int rows;
	struct calendar_row row[CALENDAR_ROWS];
	uint64_t most; /* of all outcomes, in one row */
};

void calendar_of(const struct figures *f, struct calendar *ret);

/* DAY as "2026-11-21". */
void calendar_date(int day, struct sbuf *to);

#endif
