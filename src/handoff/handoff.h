/*
 * handoff.h - the way to the real smtpd that the settings name.
 *
 * All rules that keep an MTA from taking a stranger for a local client are
 * checked here, before anything is said to the client: for an MTA relays for
 * those whom it cannot see.
 */
#ifndef SCREEN_HANDOFF_H
#define SCREEN_HANDOFF_H

#include "handoff/launch.h"
#include "handoff/pass.h"

enum handoff_kind {
	HANDOFF_EXEC,
	HANDOFF_PASS,
};

struct handoff {
	enum handoff_kind kind;
	struct launch launch; /* HANDOFF_EXEC */
	struct pass pass;     /* HANDOFF_PASS */
	const char *where;    /* as the setting names it, for the log */
	int64_t patience;     /* microseconds until the smtpd must have it */
};

/*
 * What CONF's handoff asks for. COMMAND (argv behind the options; may be
 * empty) goes before the one that handoff may name. Mistakes and warnings go
 * to REPORT. PEER is NULL for --check-config, which knows no client: then no
 * command at all is a note (super-servers give it in argv), and a command
 * that cannot be executed an error. True when nothing was wrong and *RET can
 * be used.
 */
bool handoff_choose(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct handoff *ret);

/* What to say when there was no smtpd to be had. */
struct handoff_failure {
	char what[256];		 /* for the log: what went wrong */
	const char *remedy;	 /* and what can be done */
	const char *reply;	 /* to a client that has heard nothing yet */
	const char *later_reply; /* to one that has heard the teaser */
};

enum handoff_end {
	HANDOFF_DONE,	/* the smtpd has the client, or had it */
	HANDOFF_QUEUED, /* it will, as far as we know: RET->what has a doubt */
	HANDOFF_FAILED, /* nothing was said to the client: *RET says what to */
};

/*
 * Give PEER to the smtpd. An exec returns only when it failed, and then
 * descriptors 0 and 1 are blocking and 2 is no longer the client.
 */
enum handoff_end handoff_give(const struct handoff *handoff,
			      const struct peer *peer,
			      struct handoff_failure *ret);

#endif
