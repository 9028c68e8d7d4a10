/*
 * systemctl.h - what systemd knows of units, as systemctl(1) shows it.
 */
#ifndef SCREEN_SYSTEMCTL_H
#define SCREEN_SYSTEMCTL_H

#include "base/sbuf.h"

/*
 * Add to TO what ARGV prints, "systemctl", "show", options and units, NULL at
 * the end; PATH is searched. False when there is no systemd to ask, or it takes
 * more than ten seconds.
 */
bool systemctl_ask(const char *const *argv, struct sbuf *to);

/*
 * The value of NAME in TEXT, lines NAME=VALUE of one unit after the other; of
 * the first one, which an empty line ends. Empty when there is none.
 */
struct span systemctl_property(struct span text, struct span name);

/* What TEXT says of the units after the first. */
struct span systemctl_next(struct span text);

/* Does the first unit of TEXT run, or listen? It must show ActiveState. */
bool systemctl_is_active(struct span text);

#endif
