/*
 * lockup.h - the sandbox of a session, as the setting "sandbox" wants it.
 *
 * Called when nothing new has to be opened or started any more: the smtpd
 * runs or there will be none, the cache, the tables and the way to TLS are
 * open. The log is connected here. Once in a process; what is called again
 * finds it done.
 */
#ifndef SCREEN_LOCKUP_H
#define SCREEN_LOCKUP_H

#include "conf/conf.h"

#include <stdbool.h>

/*
 * Lock this process in before it listens to a client. False when CONF says
 * yes and the kernel does not: then there is to be no talk. What is missing
 * is logged; with "try" once in an hour for all connections.
 */
bool lockup_talk(const struct conf *conf);

/*
 * The same before bytes are only carried, of which nothing is understood. A
 * client that has passed goes on in any case.
 */
void lockup_carry(const struct conf *conf);

#endif
