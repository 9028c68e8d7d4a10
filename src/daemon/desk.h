/*
 * desk.h - what becomes of each client that has come: refused, handed off, or
 * given to a worker; and the count of them all.
 */
#ifndef SCREEN_DESK_H
#define SCREEN_DESK_H

#include "daemon/children.h"
#include "daemon/crowd.h"
#include "daemon/goodbyes.h"
#include "daemon/settings.h"
#include "daemon/worker.h"

/* What an event of epoll(7) is about. */
enum desk_event {
	DESK_LISTENER,
	DESK_SIGNAL,
	DESK_WORKER,  /* one of them has something to say */
	DESK_GOODBYE, /* a client that was refused has */
};

uint64_t desk_tag(enum desk_event kind, uint32_t number);
enum desk_event desk_untag(uint64_t tag, uint32_t *ret_number);

struct desk {
	struct settings *settings;
	int epoll;
	struct worker_line line;
	struct crowd crowd;
	struct children children;
	struct waiting transits;
	int smtpds;	       /* an epoll of those that were offered one */
	int64_t given, looked; /* when the last was, and when they were asked */
	struct goodbyes goodbyes;
	unsigned open, in_transit; /* clients; the first includes the second */
	bool stress;
	bool complained;    /* within this second */
	int64_t look_again; /* for workers that hang */
	struct rlimit files;
	struct connection *connection; /* of the client that is looked at */
	bool taken; /* its descriptor is somebody's, and stays open */
};

/* EPOLL is told of descriptors. 0 or negative errno. */
int desk_open(struct desk *d, int epoll);

/* From now on these settings hold, for new clients. */
void desk_use(struct desk *d, struct settings *settings);

/* A client, or a proxy, is on descriptor FD, which is the desk's now. */
void desk_receive(struct desk *d, int fd, const struct sockaddr_storage *from,
		  bool proxied);

/* Descriptors are scarce: close what can be closed. */
void desk_make_room(struct desk *d);

/* Number NUMBER of those that were refused is to be looked at. */
void desk_goodbye(struct desk *d, uint32_t number);

/* When desk_look or desk_expire has something to do. */
int64_t desk_deadline(struct desk *d);

/* Awake for whatever reason: let those go who have arrived elsewhere. */
void desk_look(struct desk *d, int64_t now);

/* Let those go whose time is over. */
void desk_expire(struct desk *d, int64_t now);

/* Once a second: workers that hang. */
void desk_tidy(struct desk *d, int64_t now);

/* May a line tell of trouble that every client may meet? Once a second. */
bool desk_may_complain(struct desk *d);

/* How many clients have a worker. */
unsigned desk_sessions(const struct desk *d);

/* ---- for staff.h and transit.h ------------------------------------------ */

/* What the code that looks at one client needs to know of PEER. */
struct screen_setup desk_setup(struct desk *d, const struct settings_case *with,
			       const struct peer *peer);

/* Be told of KIND and NUMBER when FD has something to say. False when that
 * cannot be. */
bool desk_watch(struct desk *d, int fd, enum desk_event kind, uint32_t number);

/* A client that was counted at NETWORK is no longer ours. */
void desk_leave(struct desk *d, uint32_t network, bool in_transit);

#endif
