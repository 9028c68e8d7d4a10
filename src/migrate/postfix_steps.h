/*
 * postfix_steps.h - from postscreen to smtp-screen, and back: the commands.
 */
#ifndef SCREEN_POSTFIX_STEPS_H
#define SCREEN_POSTFIX_STEPS_H

#include "migrate/draft.h"
#include "migrate/postfix_host.h"

/*
 * Write, as comments, what to do so that smtp-screen with the settings in
 * CONF_FILE takes the place of H's service, and how to go back. TLS: clients
 * that are refused are offered it.
 */
void postfix_steps_write(struct postfix_host *h, const char *conf_file,
			 bool tls, struct draft *d);

#endif
