/*
 * service.h - smtp-screen-tls: one errand, from the first byte to the last.
 *
 * Where keys are read, hostile bytes come later: rights, files and sockets
 * are given up between the two.
 */
#ifndef SCREEN_SERVICE_H
#define SCREEN_SERVICE_H

#include "conf/conf.h"

/*
 * Serve the errand that comes over socket ENGINE, with settings INPUT.
 * Answers 0, or what exit(3) should be told when there was no errand.
 */
int service_run(const struct conf_input *input, struct arena *arena,
		int engine);

/*
 * Would it work? Read all that a session would, and say on standard output
 * what is wrong or doubtful. 0, or what exit(3) should be told.
 */
int service_check(const struct conf_input *input, struct arena *arena);

#endif
