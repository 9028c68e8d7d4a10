/*
 * handoff.h - the way to the real smtpd that the settings name.
 *
 * All rules that keep an MTA from taking a stranger for a local client are
 * checked here, before anything is said to the client: for an MTA relays for
 * those whom it cannot see.
 */
#ifndef SCREEN_HANDOFF_H
#define SCREEN_HANDOFF_H

#include "handoff/connect.h"
#include "handoff/pass.h"
#include "handoff/program.h"

enum handoff_kind {
	HANDOFF_EXEC,
	HANDOFF_PASS,
	HANDOFF_CONNECT,
};

struct handoff {
	enum handoff_kind kind;
	struct program program; /* HANDOFF_EXEC */
	struct pass pass;	/* HANDOFF_PASS */
	struct connect connect; /* HANDOFF_CONNECT */
	int64_t patience;	/* until the smtpd must have it, microseconds */
	int64_t idle_limit;	/* of a session that goes through us */
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

#endif
