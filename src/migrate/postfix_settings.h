/*
 * postfix_settings.h - smtp-screen.conf out of the settings of a Postfix.
 */
#ifndef SCREEN_POSTFIX_SETTINGS_H
#define SCREEN_POSTFIX_SETTINGS_H

#include "migrate/draft.h"
#include "migrate/postfix_host.h"

/*
 * Write the settings that make smtp-screen do what H's service does: those
 * that are set and count, as they were written where that means the same, and
 * a comment before each that means something else.
 */
void postfix_settings_write(struct postfix_host *h, struct draft *d);

#endif
