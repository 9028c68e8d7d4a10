/*
 * confine.h - giving up what smtp-screen-tls no longer needs.
 */
#ifndef SCREEN_CONFINE_H
#define SCREEN_CONFINE_H

#include "base/sbuf.h"

#include <stdbool.h>

/* Who we become when we were root, and nobody where there is no such user. */
#define CONFINE_USER "smtp-screen-tls"

/* Before keys are read: nobody may look into us, no core is written. */
void confine_at_start(void);

/*
 * Behind the keys, before hostile bytes: not root any more, no new rights,
 * processes or crowds of files, no more processor time than a session can
 * need. False with the reason in WHY when root cannot be given up.
 */
bool confine_before_client(struct sbuf *why);

#endif
