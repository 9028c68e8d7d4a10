/*
 * server.h - the parent: it accepts, refuses or hands off at once whom it
 * can, and starts a worker for everybody else.
 *
 * It reads no byte of a client, and no answer of a name server. Whatever it
 * waits for, it waits for in one place, with a deadline.
 */
#ifndef SCREEN_SERVER_H
#define SCREEN_SERVER_H

#include "daemon/listeners.h"
#include "daemon/settings.h"
#include "net/notify.h"

struct server_setup {
	const struct settings_input *input; /* to be read again */
	struct settings *settings; /* as read first; the server's now */
	const struct listeners *listeners;
	const struct notify *notify;
};

/*
 * Serve until SIGTERM or SIGINT; SIGHUP reads the settings again. What main
 * returns. Workers go on when it has returned.
 */
int server_run(const struct server_setup *setup);

#endif
