/*
 * reports.h - the three forms of a report.
 */
#ifndef SCREEN_REPORTS_H
#define SCREEN_REPORTS_H

#include "report/bars.h"
#include "report/wording.h"

#include <stdio.h>

/* Tables with bars, for a terminal or a mail. */
void report_text(const struct summary *s, const struct report_look *look,
		 FILE *to);

/* One object; its members are described in smtp-screenctl(8). */
void report_json(const struct summary *s, FILE *to);

/* One page that needs nothing but itself. */
void report_html(const struct summary *s, FILE *to);

/* How many networks are shown. */
#define REPORT_NETWORKS 20

#endif
