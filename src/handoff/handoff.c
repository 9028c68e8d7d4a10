#include "handoff/handoff.h"

#include "base/clock.h"
#include "base/fdio.h"

/* ---- what the settings ask for ------------------------------------------ */

/* TEXT behind PREFIX, or false. */
static bool behind(struct span text, struct span prefix, struct span *ret)
{
	if (!span_starts_with(text, prefix))
		return false;
	*ret = span_trim(span_skip(text, prefix.len));
	return true;
}

/* A command in argv can only be meant for an exec. */
static bool refuse_command(char *const *command, struct report *report,
			   const struct origin *where, const char *kind)
{
	if (!command || !command[0])
		return true;
	report_add(report, REPORT_ERROR, where,
		   "%s hands clients to a server that runs already, but the "
		   "command line names %s, too: take one of them away",
		   kind, command[0]);
	return false;
}

/* Postfix's smtpd reads and writes one descriptor. */
static bool refuse_no_socket(const struct peer *peer, struct report *report,
			     const struct origin *where)
{
	bool socket;

	if (!peer)
		return true;
	socket = peer->stream.kind == STREAM_TCP ||
		 peer->stream.kind == STREAM_LOCAL;
	if (socket && fdio_same(peer->stream.in, peer->stream.out))
		return true;
	report_add(report, REPORT_ERROR, where,
		   "pass needs one socket as standard input and output, and "
		   "this client has none; for a trial with a pipe use exec");
	return false;
}

static bool choose_pass(const struct conf *conf, struct span path,
			const struct peer *peer, char *const *command,
			struct report *report, struct handoff *h)
{
	struct origin where = conf_origin(conf, "handoff");
	bool good = refuse_command(command, report, &where, "pass");

	h->kind = HANDOFF_PASS;
	if (!pass_parse(path, span_of(conf->queue_directory), &h->pass)) {
		report_add(report, REPORT_ERROR, &where,
			   "pass: and the name of a socket of at most %zu "
			   "bytes is expected, such as pass:private/smtpd",
			   sizeof(h->pass.socket.sun_path) - 1);
		return false;
	}
	return refuse_no_socket(peer, report, &where) && good;
}

static bool choose_connect(const struct conf *conf, struct span text,
			   char *const *command, struct report *report,
			   struct handoff *h)
{
	struct origin where = conf_origin(conf, "handoff");
	bool good = refuse_command(command, report, &where, "connect");
	const char *wanted;

	h->kind = HANDOFF_CONNECT;
	if (!connect_parse(text, &h->connect, &wanted)) {
		report_add(report, REPORT_ERROR, &where,
			   "bad value \"%s\": expected %s", conf->handoff,
			   wanted);
		return false;
	}
	if (h->connect.proxy != PROXY_NONE)
		return good;
	if (connect_is_here(&h->connect.server)) {
		report_add(report, REPORT_ERROR, &where,
			   "proxy=none: an smtpd on this host would take every "
			   "client for a local one and relay for it; use "
			   "proxy=v2, or exec");
		return false;
	}
	report_add(report, REPORT_WARNING, &where,
		   "proxy=none: that smtpd sees the address of this host "
		   "instead of the client's; if it relays for this host, it "
		   "relays for everybody");
	return good;
}

static bool choose(const struct conf *conf, const struct peer *peer,
		   char *const *command, struct arena *arena,
		   struct report *report, struct handoff *h)
{
	struct origin where = conf_origin(conf, "handoff");
	struct span text = span_trim(span_of(conf->handoff)), rest;

	if (behind(text, SPAN("pass:"), &rest))
		return choose_pass(conf, rest, peer, command, report, h);
	if (behind(text, SPAN("connect:"), &rest))
		return choose_connect(conf, rest, command, report, h);
	if (span_equal(text, SPAN("exec")) ||
	    span_starts_with(text, SPAN("exec:"))) {
		h->kind = HANDOFF_EXEC;
		return program_choose(conf, peer, command, arena, report,
				      &h->program);
	}
	report_add(report, REPORT_ERROR, &where,
		   "bad value \"%s\": expected exec, exec:/path/to/smtpd and "
		   "its arguments, pass:SOCKET, or connect:HOST:PORT and "
		   "proxy=v2, proxy=v1 or proxy=none",
		   conf->handoff);
	return false;
}

bool handoff_choose(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct handoff *ret)
{
	struct handoff h = {
		.patience = conf->handoff_timeout * CLOCK_SECOND,
		.idle_limit = conf->relay_idle_limit * CLOCK_SECOND,
	};

	if (!choose(conf, peer, command, arena, report, &h))
		return false;
	*ret = h;
	return true;
}
