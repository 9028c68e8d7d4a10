/*
 * program.h - the smtpd that is started for one client.
 */
#ifndef SCREEN_PROGRAM_H
#define SCREEN_PROGRAM_H

#include "conf/conf.h"
#include "net/peer.h"

struct program {
	char *const *argv;   /* argv[0] is looked up in PATH */
	bool has_places;     /* ARGV names the client, see arguments.h */
	bool apart;	     /* it must not see the client's own socket */
	struct arena *arena; /* for what is made for one client */
};

/*
 * What to exec: COMMAND (argv behind the options; may be empty), else what
 * CONF's handoff, "exec" or "exec:COMMAND", names. Whether it would learn the
 * true client address from PEER is checked here: an MTA that cannot see the
 * client takes it for a local one and relays for it. Mistakes go to REPORT;
 * warnings for a trial by hand too. PEER is NULL for --check-config, which
 * knows no client: then no command at all is a note (super-servers give it in
 * argv), and a command that cannot be executed an error. True when there is
 * something to exec and nothing was wrong.
 */
bool program_choose(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct program *ret);

/* Is PROGRAM, found as execvp(3) finds it, setuid or setgid? */
bool program_is_setuid(const struct program *program);

/*
 * Warn in REPORT when PROGRAM is a setuid program and this process, or the
 * unit around it, has given up what that needs (no_new_privs). For who has
 * time to look: --check-config does it itself.
 */
void program_warn_of_rights(const struct program *program,
			    struct report *report);

/*
 * The arguments that the smtpd of PEER gets, which is known in full only now:
 * a proxy may have named it since. NULL when PROGRAM's arena is full.
 */
char *const *program_argv(const struct program *program,
			  const struct peer *peer);

#endif
