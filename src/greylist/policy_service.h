/*
 * policy_service.h - one process, many connections: what comes to the doors is
 * read, decided in batches and answered.
 */
#ifndef SCREEN_POLICY_SERVICE_H
#define SCREEN_POLICY_SERVICE_H

#include "greylist/grey_options.h"
#include "greylist/policy_door.h"

/*
 * Serve DOORS until a signal ends it, or, when there are none, the connection
 * on standard input and output until that is closed. What main returns.
 */
int policy_service_run(const struct grey_options *o,
		       const struct policy_doors *doors);

#endif
