/*
 * list_figures.h - what each DNS list contributed, over many connections.
 *
 * An answer is a hit when it added to the score (or, of an allowlist, took
 * something off): what a list says outside its filters is none. Hits of denying
 * and of allowing lists are never compared with each other.
 */
#ifndef SCREEN_LIST_FIGURES_H
#define SCREEN_LIST_FIGURES_H

#include "history/histogram.h"
#include "history/recorded.h"

/* Further lists are counted as `others` only. */
#define LIST_FIGURES 128

struct list_figure {
	char name[256];
	uint64_t status[RECORDED_STATUSES];
	uint64_t hits;
	uint64_t alone;	  /* hits of clients that no other list had */
	uint64_t decided; /* without its hit the score had been on the other
			     side of the threshold */
	bool allows;	  /* its last hit had a weight below 0 */
	struct histogram latency;	 /* of answers */
	uint64_t together[LIST_FIGURES]; /* hits that this other list had too */
};

struct list_figures {
	size_t lists;
	struct list_figure list[LIST_FIGURES];
	uint64_t others; /* answers of lists without a place */
	uint64_t scored; /* connections whose lists were added up */
};

/* Of zeros: empty. */
void list_figures_add(struct list_figures *f, const struct recorded *r);

/* How often it was asked, and how often it gave no usable answer. */
uint64_t list_figure_asked(const struct list_figure *l);
uint64_t list_figure_errors(const struct list_figure *l);

#endif
