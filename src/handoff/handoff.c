#include "handoff/handoff.h"

#include "base/clock.h"
#include "base/fdio.h"

#include <errno.h>
#include <string.h>

/* RFC 3463: X.3.0 "other mail system status", X.3.2 "not accepting". */
#define REPLY_TROUBLE	"421 4.3.0 Service currently unavailable"
#define REPLY_BUSY	"421 4.3.2 All server ports are busy"
#define REPLY_RESOURCES "421 4.3.2 No system resources"

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

static bool choose(const struct conf *conf, const struct peer *peer,
		   char *const *command, struct arena *arena,
		   struct report *report, struct handoff *h)
{
	struct origin where = conf_origin(conf, "handoff");
	struct span text = span_trim(span_of(conf->handoff)), rest;

	if (behind(text, SPAN("pass:"), &rest))
		return choose_pass(conf, rest, peer, command, report, h);
	if (span_equal(text, SPAN("exec")) ||
	    span_starts_with(text, SPAN("exec:"))) {
		h->kind = HANDOFF_EXEC;
		return launch_prepare(conf, peer, command, arena, report,
				      &h->launch);
	}
	report_add(report, REPORT_ERROR, &where,
		   "bad value \"%s\": expected exec, exec:/path/to/smtpd and "
		   "its arguments, or pass:SOCKET",
		   conf->handoff);
	return false;
}

bool handoff_choose(const struct conf *conf, const struct peer *peer,
		    char *const *command, struct arena *arena,
		    struct report *report, struct handoff *ret)
{
	struct handoff h = {
		.where = conf->handoff,
		.patience = conf->handoff_timeout * CLOCK_SECOND,
	};

	if (!choose(conf, peer, command, arena, report, &h))
		return false;
	*ret = h;
	return true;
}

/* ---- giving the client away --------------------------------------------- */

static void begin_failure(struct handoff_failure *f, struct sbuf *ret_what)
{
	*f = (struct handoff_failure){ .remedy = "", .reply = REPLY_TROUBLE };
	*ret_what = SBUF(f->what);
}

static enum handoff_end give_by_exec(const struct handoff *h,
				     const struct peer *peer,
				     struct handoff_failure *f)
{
	int r = launch_exec(&h->launch, peer);
	struct sbuf what;

	begin_failure(f, &what);
	sbuf_addf(&what, "cannot start %s: %s", h->launch.argv[0],
		  strerror(-r));
	f->remedy = "check the command and its permissions";
	f->later_reply = REPLY_TROUBLE;
	return HANDOFF_FAILED;
}

static const char *pass_remedy(int error)
{
	switch (-error) {
	case ENOENT:
		return "master.cf needs a service of this name and of type "
		       "pass, with n in the column private when the path is "
		       "public/; then \"postfix reload\"";
	case EACCES:
		return "private/ is open for root and user postfix only, "
		       "public/ for group postdrop too";
	case ECONNREFUSED:
		return "Postfix does not run: \"postfix start\"";
	case EAGAIN:
		return "all its smtpds are busy, and so is the queue before "
		       "them; see the process limit in master.cf";
	case ECONNRESET:
		return "Postfix ended, or its log says what else it was";
	default:
		return "see the log of Postfix";
	}
}

static enum handoff_end give_by_pass(const struct handoff *h,
				     const struct peer *peer,
				     struct handoff_failure *f)
{
	int64_t deadline = clock_mono() + h->patience;
	struct sbuf what;
	int error = 0;
	enum pass_result result =
		pass_give(&h->pass, peer->stream.in, peer, deadline, &error);

	begin_failure(f, &what);
	f->remedy = pass_remedy(error);
	f->later_reply = REPLY_RESOURCES;
	switch (result) {
	case PASS_TAKEN:
		return HANDOFF_DONE;
	case PASS_QUEUED:
		sbuf_addf(&what, "no smtpd behind %s has taken the client yet",
			  h->pass.socket.sun_path);
		f->remedy = "it waits in the queue of that socket; see the "
			    "process limit in master.cf";
		return HANDOFF_QUEUED;
	case PASS_NOT_OPEN:
		f->reply = REPLY_BUSY;
		break;
	case PASS_NOT_SENT:
		f->reply = REPLY_RESOURCES;
		break;
	}
	sbuf_addf(&what, "cannot pass the client to %s: %s",
		  h->pass.socket.sun_path, strerror(-error));
	return HANDOFF_FAILED;
}

enum handoff_end handoff_give(const struct handoff *handoff,
			      const struct peer *peer,
			      struct handoff_failure *ret)
{
	switch (handoff->kind) {
	case HANDOFF_EXEC:
		return give_by_exec(handoff, peer, ret);
	case HANDOFF_PASS:
		return give_by_pass(handoff, peer, ret);
	}
	return HANDOFF_FAILED;
}
