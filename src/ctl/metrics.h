/*
 * metrics.h - the counters (screen/tally.h) as text for Prometheus.
 */
#ifndef SCREEN_METRICS_H
#define SCREEN_METRICS_H

#include "console/probing.h"

#include <stdio.h>

enum metrics_form {
	METRICS_OPEN,	    /* OpenMetrics 1.0 */
	METRICS_PROMETHEUS, /* the older text format, 0.0.4 */
};

/*
 * Write all of them to TO. Where nothing was counted yet all are 0. 0; or
 * negative errno with the name of a file that cannot be read in *RET_FILE, and
 * nothing written.
 */
int metrics_write(struct probing *p, enum metrics_form form, FILE *to,
		  struct sbuf *ret_file);

/*
 * Answer one HTTP request on descriptor 0 and 1, a TCP connection. What main
 * returns. A client that is slow or wrong hears so within seconds, or nothing.
 */
int metrics_answer(struct probing *p);

#endif
