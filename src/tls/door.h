/*
 * door.h - smtp-screen-tls as a service: one process for each session.
 *
 * What systemd shuts around a service costs more time than a session takes,
 * so it is done once: this process waits at the socket and forks. It never
 * reads a key or a byte of a client's. systemd hands certificates over when
 * the service starts, so it ends by itself now and then, to be started with
 * new ones by the next connection, which waits in the socket meanwhile.
 */
#ifndef SCREEN_DOOR_H
#define SCREEN_DOOR_H

#include "conf/conf.h"

/* Sessions at the same time; who comes beyond is closed at once. */
#define DOOR_SESSIONS 100

/*
 * The listening socket that systemd gave us, close-on-exec and without its
 * traces in the environment; -1 when there is none.
 */
int door_listener(void);

/* How long it stays, in microseconds (clock.h). */
struct door_times {
	int64_t idle;  /* with nothing to do */
	int64_t usual; /* then it leaves as soon as no session runs */
	int64_t most;  /* then it leaves, and systemd ends what still runs */
};

extern const struct door_times door_times;

/*
 * Serve the errands that come over LISTENER, with settings INPUT, each in a
 * process of its own. Comes back when it is time to start anew: EX_OK.
 */
int door_run(int listener, const struct conf_input *input, struct arena *arena,
	     const struct door_times *times);

#endif
