/*
 * handed_over.h - sockets that a service manager has opened for us.
 *
 * The protocol of sd_listen_fds(3): LISTEN_FDS descriptors from 3 on, for the
 * process LISTEN_PID, named by LISTEN_FDNAMES.
 */
#ifndef SCREEN_HANDED_OVER_H
#define SCREEN_HANDED_OVER_H

#include "base/span.h"

/* The first of them. */
#define HANDED_OVER_FIRST 3

/* How many are ours: 0 when there are none, -1 when LISTEN_FDS is nonsense. */
int handed_over_count(void);

/*
 * The name of the one at INDEX, counted from 0; empty when it has none. It
 * stands in the environment, until handed_over_forget.
 */
struct span handed_over_name(unsigned index);

/* Whom we start must not believe that they were for it. */
void handed_over_forget(void);

#endif
