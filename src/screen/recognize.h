/*
 * recognize.h - what is known of a client before it is tested: the access
 * list, the cache, and the list that several hosts share.
 */
#ifndef SCREEN_RECOGNIZE_H
#define SCREEN_RECOGNIZE_H

#include "screen/screen.h"

/* Access list, then cache. SCREEN_UNTESTED, SCREEN_HANDOFF or SCREEN_DONE. */
enum screen_end recognize(struct screen *s);

/* Has it passed all that is to be passed, as the cache has it? */
bool recognize_lately(struct screen *s);

/* The same, as the hosts know it that share a list with us. */
bool recognize_elsewhere(struct screen *s);

/*
 * They answered with KNOWN only while the client was tested. True when there
 * was nothing to test, and nothing was found against it.
 */
bool recognize_late(struct screen *s, const struct stamps *known);

#endif
