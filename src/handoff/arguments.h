/*
 * arguments.h - the client's address in the smtpd's command line:
 * %{client_address}, %{client_port}, %{server_address}, %{server_port}.
 *
 * Exim takes them behind -oMa and -oMi:
 *
 *     exim4 -bs -oMa %{client_address}.%{client_port}
 *         -oMi %{server_address}.%{server_port} -oMt ""
 */
#ifndef SCREEN_ARGUMENTS_H
#define SCREEN_ARGUMENTS_H

#include "base/arena.h"
#include "net/peer.h"

/* Does any word of ARGV hold PLACE, as in "%{client_address}"? */
bool arguments_have(char *const *argv, struct span place);

/*
 * Does a word begin with PLACE, or [PLACE, behind the word OPTION? An argument
 * may hold several words, as for "sh -c".
 */
bool arguments_have_behind(char *const *argv, struct span option,
			   struct span place);

/*
 * ARGV with each place filled from PEER, in ARENA. NULL with what is wrong in
 * *RET_WHY: a place that is not one of ours or not closed, or no room.
 */
char *const *arguments_fill(char *const *argv, const struct peer *peer,
			    struct arena *arena, const char **ret_why);

#endif
