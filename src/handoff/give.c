#include "handoff/give.h"

#include "base/clock.h"
#include "handoff/launch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* RFC 3463: X.3.0 "other mail system status", X.3.2 "not accepting". */
#define REPLY_TROUBLE	"421 4.3.0 Service currently unavailable"
#define REPLY_BUSY	"421 4.3.2 All server ports are busy"
#define REPLY_RESOURCES "421 4.3.2 No system resources"

/* A remedy for what is ours, not the smtpd's. */
#define OPEN_FILES "see the limit on open files"

/*
 * How long an smtpd that we have reached may take to greet. A client waits
 * for five minutes (RFC 5321, 4.5.3.2.1); this leaves it time for our 421.
 */
#define GREETING_PATIENCE (240 * CLOCK_SECOND)

/* The replies are postscreen's, except where there was something to exec. */
static struct sbuf begin_trouble(struct give_trouble *t, const char *reply,
				 const char *remedy)
{
	*t = (struct give_trouble){
		.remedy = remedy,
		.reply = reply,
		.later_reply = strcmp(reply, REPLY_BUSY) == 0 ? REPLY_RESOURCES
							      : reply,
	};
	return SBUF(t->what);
}

/* ---- exec --------------------------------------------------------------- */

static enum give_end not_started(const struct handoff *h, int error,
				 struct give_trouble *trouble)
{
	struct sbuf what =
		begin_trouble(trouble, REPLY_TROUBLE,
			      "check the command and its permissions");

	sbuf_addf(&what, "cannot start %s: %s", h->program.argv[0],
		  strerror(-error));
	return GIVE_FAILED;
}

/* ---- pass --------------------------------------------------------------- */

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
	case EMFILE:
	case ENFILE:
		return OPEN_FILES;
	default:
		return "see the log of Postfix";
	}
}

static enum give_end pass_end(const struct handoff *h, enum pass_result result,
			      int error, struct give_trouble *trouble)
{
	struct sbuf what;
	const char *reply = REPLY_BUSY;

	switch (result) {
	case PASS_TAKEN:
		return GIVE_DONE;
	case PASS_QUEUED:
		what = begin_trouble(trouble, REPLY_BUSY,
				     "it waits in the queue of that socket; "
				     "see the process limit in master.cf");
		sbuf_addf(&what, "no smtpd behind %s has taken the client yet",
			  h->pass.socket.sun_path);
		return GIVE_DOUBT;
	case PASS_NOT_OPEN:
		break;
	case PASS_NOT_SENT:
		reply = REPLY_RESOURCES;
		break;
	}
	what = begin_trouble(trouble, reply, pass_remedy(error));
	sbuf_addf(&what, "cannot pass the client to %s: %s",
		  h->pass.socket.sun_path, strerror(-error));
	return GIVE_FAILED;
}

/* Give FD, at whose other end PEER is or somebody who speaks for it. */
static enum give_end pass_descriptor(const struct handoff *h, int fd,
				     const struct peer *peer,
				     struct give_trouble *trouble)
{
	int64_t deadline = clock_mono() + h->patience;
	int error = 0;
	enum pass_result result =
		pass_give(&h->pass, fd, peer, deadline, &error);

	return pass_end(h, result, error, trouble);
}

static enum give_end open_pass(const struct handoff *h, const struct peer *peer,
			       struct connected *ret,
			       struct give_trouble *trouble)
{
	int pair[2];
	int r = relay_pair(pair);
	enum give_end end;

	if (r < 0) {
		struct sbuf what =
			begin_trouble(trouble, REPLY_RESOURCES, OPEN_FILES);

		sbuf_addf(&what, "no socket for a session: %s", strerror(-r));
		return GIVE_FAILED;
	}
	end = pass_descriptor(h, pair[1], peer, trouble);
	close(pair[1]);
	if (end == GIVE_FAILED) {
		close(pair[0]);
		return GIVE_FAILED;
	}
	ret->fd = pair[0];
	ret->greeting_len = 0;
	return GIVE_RELAY;
}

/* ---- connect ------------------------------------------------------------ */

static const char *connect_remedy(enum connect_result result,
				  const struct connect *to)
{
	switch (result) {
	case CONNECT_READY:
	case CONNECT_GONE:
		break;
	case CONNECT_NO_ROOM:
		return OPEN_FILES;
	case CONNECT_NOT_OPEN:
		return "is the mail server running there, and does it listen "
		       "on that port?";
	case CONNECT_NO_SMTPD:
		return to->proxy == PROXY_NONE
			       ? "does it want a PROXY header (proxy=v2, "
				 "proxy=v1)?"
			       : "does it take PROXY headers of this version "
				 "from us, on that port?";
	case CONNECT_DEAF:
		return "it would take every client for us, and may relay for "
		       "us: let it take PROXY headers on that port";
	}
	return "";
}

static enum give_end open_connect(const struct handoff *h,
				  const struct peer *peer,
				  struct connected *ret,
				  struct give_trouble *trouble)
{
	int64_t now = clock_mono();
	struct connect_limits limits = { now + h->patience,
					 now + GREETING_PATIENCE };
	char memory[256], server[ADDRESS_TEXT + 16];
	struct sbuf why = SBUF(memory), name = SBUF(server), what;
	enum connect_result result =
		connect_reach(&h->connect, peer, &limits, ret, &why);

	if (result == CONNECT_READY)
		return GIVE_RELAY;
	if (result == CONNECT_GONE)
		return GIVE_DONE;
	endpoint_format(&h->connect.server, &name);
	what = begin_trouble(trouble,
			     result == CONNECT_NOT_OPEN ? REPLY_BUSY
							: REPLY_RESOURCES,
			     connect_remedy(result, &h->connect));
	sbuf_addf(&what, "cannot give the client to %s: %s", server, memory);
	return GIVE_FAILED;
}

/* ---- all ---------------------------------------------------------------- */

enum give_end give_open(const struct handoff *handoff, const struct peer *peer,
			struct connected *ret_opened,
			struct give_trouble *trouble)
{
	int r;

	switch (handoff->kind) {
	case HANDOFF_EXEC:
		r = launch_child(&handoff->program, peer, &ret_opened->fd);
		if (r < 0)
			return not_started(handoff, r, trouble);
		ret_opened->greeting_len = 0;
		return GIVE_RELAY;
	case HANDOFF_PASS:
		return open_pass(handoff, peer, ret_opened, trouble);
	case HANDOFF_CONNECT:
		return open_connect(handoff, peer, ret_opened, trouble);
	}
	return GIVE_FAILED;
}

enum give_end give_client(const struct handoff *handoff,
			  const struct peer *peer, struct connected *ret_opened,
			  struct give_trouble *trouble)
{
	switch (handoff->kind) {
	case HANDOFF_EXEC:
		if (handoff->program.apart)
			break;
		return not_started(
			handoff, launch_exec(&handoff->program, peer), trouble);
	case HANDOFF_PASS:
		return pass_descriptor(handoff, peer->stream.in, peer, trouble);
	case HANDOFF_CONNECT:
		break;
	}
	return give_open(handoff, peer, ret_opened, trouble);
}

int give_start(const struct handoff *handoff, const struct peer *peer)
{
	if (handoff->kind != HANDOFF_PASS)
		return -EOPNOTSUPP;
	return pass_start(&handoff->pass, peer->stream.in, peer);
}

enum give_end give_finish(const struct handoff *handoff, int fd,
			  struct give_trouble *trouble)
{
	int error = 0;
	enum pass_result result = pass_heard(fd, &error);

	close(fd);
	return pass_end(handoff, result, error, trouble);
}

bool give_starts_beside(const struct handoff *handoff)
{
	return handoff->kind == HANDOFF_EXEC && !handoff->program.apart;
}

pid_t give_beside(const struct handoff *handoff, const struct peer *peer,
		  const struct rlimit *files, struct give_trouble *trouble)
{
	int error = 0;
	pid_t pid = launch_beside(&handoff->program, peer, peer->stream.in,
				  files, &error);

	if (pid == 0)
		not_started(handoff, error, trouble);
	return pid;
}

enum give_end give_silent(struct give_trouble *trouble)
{
	struct sbuf what = begin_trouble(trouble, REPLY_TROUBLE,
					 "see the log of the mail server");

	sbuf_add_text(&what, "the smtpd ended without a greeting");
	return GIVE_FAILED;
}

enum give_end give_relay(const struct peer *peer,
			 const struct connected *opened, int64_t idle_limit,
			 struct give_trouble *trouble)
{
	struct relay relay = { .client = peer->stream,
			       .smtpd = opened->fd,
			       .unsaid = { opened->greeting,
					   opened->greeting_len },
			       .idle_limit = idle_limit };
	enum relay_end end = relay_run(&relay);
	struct sbuf what = begin_trouble(trouble, "", "");

	close(opened->fd);
	switch (end) {
	case RELAY_DONE:
	case RELAY_CLIENT_LOST:
		break;
	case RELAY_SMTPD_LOST:
		sbuf_add_text(&what, "the smtpd ended in the midst of the "
				     "session");
		trouble->remedy = "the client will come again; see the log of "
				  "the mail server";
		return GIVE_DOUBT;
	case RELAY_IDLE:
		sbuf_addf(&what,
			  "neither the client nor the smtpd said a word for "
			  "%llds",
			  (long long)(idle_limit / CLOCK_SECOND));
		trouble->remedy = "the session was ended; the smtpd should "
				  "have done that before (relay_idle_limit)";
		return GIVE_DOUBT;
	}
	return GIVE_DONE;
}
