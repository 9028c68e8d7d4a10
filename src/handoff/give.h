/*
 * give.h - give a client to the smtpd, in the way that was chosen.
 */
#ifndef SCREEN_GIVE_H
#define SCREEN_GIVE_H

#include "handoff/handoff.h"
#include "handoff/relay.h"

#include <sys/resource.h>

/* What to say, and to whom, when it did not go well. */
struct give_trouble {
	char what[512];		 /* for the log: what went wrong */
	const char *remedy;	 /* and what can be done */
	const char *reply;	 /* to a client that has heard nothing yet */
	const char *later_reply; /* to one that has heard the teaser */
};

enum give_end {
	GIVE_DONE,   /* the smtpd has the client, or the client has left */
	GIVE_DOUBT,  /* the same, but not as it should be: WHAT and REMEDY */
	GIVE_RELAY,  /* the smtpd is ready: go on with give_relay() */
	GIVE_FAILED, /* nothing was said to the client yet: TROUBLE says what */
};

/*
 * Give PEER to the smtpd. An exec in our place returns only when it failed,
 * and then descriptors 0 and 1 are blocking and 2 is no longer the client.
 * *RET_OPENED is written with GIVE_RELAY, *TROUBLE with GIVE_DOUBT and
 * GIVE_FAILED.
 */
enum give_end give_client(const struct handoff *handoff,
			  const struct peer *peer, struct connected *ret_opened,
			  struct give_trouble *trouble);

/*
 * Give PEER to the smtpd without waiting, where that can be done. A
 * descriptor for give_finish(), at the latest after HANDOFF's patience; or
 * negative errno: use give_client(), which may wait, and says what is wrong.
 */
int give_start(const struct handoff *handoff, const struct peer *peer);

/*
 * What became of it, if FD is readable or the time is over: GIVE_DONE,
 * GIVE_DOUBT or GIVE_FAILED. Closes FD.
 */
enum give_end give_finish(const struct handoff *handoff, int fd,
			  struct give_trouble *trouble);

/*
 * Can an smtpd be started beside us that has the client's own descriptor, and
 * needs us no more?
 */
bool give_starts_beside(const struct handoff *handoff);

/*
 * Start it for PEER, with FILES as its limit on open files, as launch_beside
 * does: its number; 0 when it did not start, as *TROUBLE says; negative errno
 * when there can be no process.
 */
pid_t give_beside(const struct handoff *handoff, const struct peer *peer,
		  const struct rlimit *files, struct give_trouble *trouble);

/*
 * Open a session with the smtpd that goes through us, whatever the kind:
 * GIVE_RELAY, GIVE_DONE (the client has left) or GIVE_FAILED. An exec'd smtpd
 * and one behind a "pass" service have the other end of a socket pair; they
 * learn the client's address in the way that HANDOFF has been checked for.
 */
enum give_end give_open(const struct handoff *handoff, const struct peer *peer,
			struct connected *ret_opened,
			struct give_trouble *trouble);

/* An smtpd that was opened ended without a word: GIVE_FAILED. */
enum give_end give_silent(struct give_trouble *trouble);

/*
 * Carry bytes until the session's end. GIVE_DONE, or GIVE_DOUBT with WHAT
 * and REMEDY when it ended in a way that somebody should know of. Needs no
 * settings any more, only what it is given here.
 */
enum give_end give_relay(const struct peer *peer,
			 const struct connected *opened, int64_t idle_limit,
			 struct give_trouble *trouble);

#endif
