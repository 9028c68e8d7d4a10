#include "handoff/program.h"

#include "handoff/arguments.h"
#include "handoff/executable.h"
#include "handoff/exim.h"
#include "handoff/mta.h"
#include "handoff/words.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what to exec ---------------------------------------------------------
 */

static void add_words_error(enum words_error error, struct report *report,
			    const struct origin *where)
{
	switch (error) {
	case WORDS_OK:
		break;
	case WORDS_UNCLOSED:
		report_add(report, REPORT_ERROR, where,
			   "a double quote is not closed");
		break;
	case WORDS_NUL:
		report_add(report, REPORT_ERROR, where,
			   "a command cannot hold a NUL byte");
		break;
	case WORDS_NO_ROOM:
		report_add(report, REPORT_ERROR, where,
			   "the settings do not fit into memory");
		break;
	}
}

/* The command in "exec:COMMAND" or "exec"; NULL after a mistake. */
static char *const *command_from(struct span handoff, struct arena *arena,
				 struct report *report,
				 const struct origin *where)
{
	static char *const none[] = { NULL };
	char *const *words;
	enum words_error error;

	if (span_equal(handoff, SPAN("exec")))
		return none;
	error = words_split(span_skip(handoff, 5), arena, &words);
	add_words_error(error, report, where);
	return error == WORDS_OK ? words : NULL;
}

static bool is_named(char *const *command)
{
	return command && command[0] && command[0][0];
}

/*
 * The smtpd, or NULL. --check-config without a command may well be about the
 * file alone: super-servers give the command in argv.
 */
static char *const *choose_command(const struct conf *conf, bool checking,
				   char *const *command, struct arena *arena,
				   struct report *report)
{
	struct origin where = conf_origin(conf, "handoff");
	char *const *chosen = command_from(span_trim(span_of(conf->handoff)),
					   arena, report, &where);

	if (!chosen)
		return NULL;
	if (command && command[0])
		chosen = command;
	if (is_named(chosen))
		return chosen;
	report_add(report, checking ? REPORT_NOTE : REPORT_ERROR, &where,
		   "there is no smtpd to hand clients to: write it behind the "
		   "options, as in \"smtp-screen -- /usr/sbin/exim4 -bs\", or "
		   "set handoff = exec:/usr/sbin/exim4 -bs");
	return NULL;
}

/* ---- can it be executed? --------------------------------------------------
 */

static bool check_executable(const char *name, struct report *report)
{
	char path[PATH_MAX];
	struct stat st;
	int r = executable_find(name, path, &st);

	if (r == 0)
		return true;
	report_add(report, REPORT_ERROR, NULL,
		   "the smtpd %s cannot be executed: %s%s", name, strerror(-r),
		   executable_has_path(name) ? "" : " (looked for in PATH)");
	return false;
}

bool program_is_setuid(const struct program *program)
{
	char path[PATH_MAX];
	struct stat st;

	return executable_find(program->argv[0], path, &st) == 0 &&
	       (st.st_mode & (S_ISUID | S_ISGID)) != 0;
}

void program_warn_of_rights(const struct program *program,
			    struct report *report)
{
	if (program_is_setuid(program) &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		report_add(report, REPORT_WARNING, NULL,
			   "%s is a setuid program, which this unit does not "
			   "let it be (NoNewPrivileges): it may be unable to "
			   "take mail; smtp-screend needs the drop-in "
			   "smtp-screend-setuid.conf, smtp-screen the service "
			   "that is not hardened",
			   program->argv[0]);
}

/* ---- will it learn the address? -------------------------------------------
 */

/* What all checks of one command look at. */
struct check {
	const struct conf *conf;
	const struct peer *peer; /* NULL: nobody yet */
	char *const *argv;
	struct arena *arena;
	struct report *report;
};

static bool fail(const struct check *c, const char *what)
{
	struct origin where = conf_origin(c->conf, "exec_address_from");

	report_add(c->report, REPORT_ERROR, &where, "%s", what);
	return false;
}

/*
 * Is the client's address one that the smtpd's socket does not tell? When we
 * watch the session its socket is one of ours.
 */
static bool is_hidden(const struct check *c)
{
	if (c->conf->deep_protocol_tests == DEEP_INLINE)
		return true;
	if (c->peer)
		return c->peer->source != PEER_FROM_SOCKET;
	return c->conf->upstream_proxy_protocol[0] != '\0';
}

static bool check_unset(const struct check *c)
{
	struct origin where = conf_origin(c->conf, "exec_address_from");

	if (!is_hidden(c))
		return true;
	if (c->peer && c->peer->source == PEER_FROM_OPTION) {
		report_add(c->report, REPORT_WARNING, &where,
			   "not set: without a TCP connection the smtpd may "
			   "take this client for a local one and relay for it; "
			   "\"environment\" says that it reads TCPREMOTEIP");
		return true;
	}
	return fail(c, "not set: the smtpd cannot see the client's address and "
		       "would take it for a local one; \"environment\" says "
		       "that it reads TCPREMOTEIP (qmail-smtpd, mailfront, "
		       "Courier), \"arguments\" that its command line has "
		       "%{client_address} (Exim)");
}

/* These look at the socket, whatever the environment says. */
static bool check_environment(const struct check *c)
{
	if (!is_hidden(c) || mta_of(c->argv) == MTA_OTHER)
		return true;
	return fail(c, "environment: Exim, Postfix and sendmail do not look "
		       "there and would take the client for a local one");
}

/* Exim drops what it is told by anybody else, and relays. */
static bool check_trusted(const struct check *c)
{
	struct origin where = conf_origin(c->conf, "exec_address_from");
	int r = exim_trusts(c->argv[0], getuid(), c->arena);

	if (r > 0)
		return true;
	if (r == 0)
		return fail(c, "arguments: Exim believes them from root and "
			       "from its own user only, and from anybody else "
			       "takes the client for a local one: run as one "
			       "of those two");
	report_add(c->report, REPORT_ERROR, &where,
		   "arguments: \"%s -bP exim_user\" does not tell whom it "
		   "believes (%s); only as root can it be used unasked",
		   c->argv[0], strerror(-r));
	return false;
}

/* Whether all places can be filled does not depend on who comes. */
static bool check_places(const struct check *c)
{
	static const struct peer nobody = {
		.client.address.family = ADDRESS_IPV4,
		.server.address.family = ADDRESS_IPV4,
	};
	const char *why;

	return arguments_fill(c->argv, &nobody, c->arena, &why) || fail(c, why);
}

#define AS_EXIM                                                   \
	"\"exim4 -bs -oMa %{client_address}.%{client_port} -oMi " \
	"%{server_address}.%{server_port} -oMt \"\"\""

/* Behind another option of Exim's it is a name, and the client a local one. */
static bool check_place(const struct check *c, enum mta mta)
{
	const struct span place = SPAN("%{client_address}");

	if (!arguments_have(c->argv, place))
		return fail(c, "arguments: the command has no "
			       "%{client_address}, as in " AS_EXIM);
	if (mta != MTA_EXIM ||
	    arguments_have_behind(c->argv, SPAN("-oMa"), place))
		return true;
	return fail(c, "arguments: the command has no -oMa %{client_address}, "
		       "as in " AS_EXIM);
}

static bool check_arguments(const struct check *c)
{
	enum mta mta = mta_of(c->argv);

	if (mta == MTA_SENDMAIL)
		return fail(c, "arguments: sendmail and Postfix take no "
			       "client's address in them and would take it "
			       "for a local one; those of Exim do");
	return check_place(c, mta) && check_places(c) && check_trusted(c);
}

static bool check_address(const struct check *c)
{
	if (c->conf->exec_address_from != EXEC_ADDRESS_ARGUMENTS &&
	    arguments_have(c->argv, SPAN("%{")))
		return fail(c, "the command has %{ } in it, which is filled in "
			       "with \"arguments\" only");
	switch (c->conf->exec_address_from) {
	case EXEC_ADDRESS_UNSET:
		return check_unset(c);
	case EXEC_ADDRESS_ENVIRONMENT:
		return check_environment(c);
	case EXEC_ADDRESS_ARGUMENTS:
		return check_arguments(c);
	}
	return false;
}

/* Exim on a port that is not everybody's serves any user, in a way. */
static void warn_of_senders(const struct check *c)
{
	if (mta_of(c->argv) == MTA_EXIM &&
	    exim_trusts(c->argv[0], getuid(), c->arena) == 0)
		report_add(c->report, REPORT_WARNING, NULL,
			   "%s puts this user in the place of every sender, "
			   "and on ports from 1024 on refuses to serve: run as "
			   "Exim's user or root, or name this one in its "
			   "trusted_users",
			   c->argv[0]);
}

static void describe(const struct check *c, struct program *ret)
{
	*ret = (struct program){ .argv = c->argv, .arena = c->arena };
	if (c->conf->exec_address_from != EXEC_ADDRESS_ARGUMENTS)
		return;
	ret->has_places = true;
	/* a TCP socket, here the proxy's, would be believed before them */
	ret->apart = c->peer && c->peer->source == PEER_FROM_PROXY;
}

bool program_choose(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct program *ret)
{
	char *const *argv = choose_command(conf, !peer, command, arena, report);
	struct check c = { conf, peer, argv, arena, report };

	if (!argv)
		return false;
	/* for a connection the exec itself tells, and costs nothing more */
	if (!peer && !check_executable(argv[0], report))
		return false;
	if (!check_address(&c))
		return false;
	describe(&c, ret);
	if (!peer) {
		warn_of_senders(&c);
		program_warn_of_rights(ret, report);
	}
	return true;
}

char *const *program_argv(const struct program *program,
			  const struct peer *peer)
{
	const char *why;

	if (!program->has_places)
		return program->argv;
	return arguments_fill(program->argv, peer, program->arena, &why);
}
