/* progress.h - how far a long command is, when somebody watches. */
#ifndef SCREEN_PROGRESS_H
#define SCREEN_PROGRESS_H

#include <stddef.h>

/*
 * Show on a terminal at standard error that DONE of TOTAL is done, a few
 * times a second at most. WHAT is a verb, "importing".
 */
void progress_show(const char *what, size_t done, size_t total);

/* Wipe it away. */
void progress_end(void);

#endif
