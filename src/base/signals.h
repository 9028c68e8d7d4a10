/*
 * signals.h - the signals that a service answers in its own time.
 */
#ifndef SCREEN_SIGNALS_H
#define SCREEN_SIGNALS_H

#include <signal.h>

/* SIGCHLD, SIGHUP, SIGINT and SIGTERM. */
void signals_of_service(sigset_t *ret);

/*
 * Hold them back until somebody waits for them. Call it before the door is
 * open: who finds it open may send one at once, and SIGHUP would kill.
 */
void signals_hold(void);

#endif
