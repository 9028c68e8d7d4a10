#include "screen/watching.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "smtp/watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* The hyphen of a line may be added to the smallest lines, "250" CR LF. */
#define REPLY_SIZE (ANSWER_SIZE + ANSWER_SIZE / 4)

/* How much of what came too early is looked at; less is logged. */
#define EARLY_PEEK 512

struct state {
	const struct watching *w;
	struct session *session;
	struct watch watch;
	struct input input;
	char heard[ANSWER_SIZE]; /* of the smtpd, not yet taken */
	size_t heard_len;
	struct sbuf *unsaid;
};

static const struct stream *client_of(const struct state *s)
{
	return &s->session->peer->stream;
}

/* ---- the smtpd ----------------------------------------------------------- */

/* A smtpd that does not listen is found out when it should answer; it must not
 * wait for the rest then. */
static void give(const struct state *s, struct span bytes)
{
	int64_t deadline = clock_mono() + s->w->patience;

	while (bytes.len > 0) {
		ssize_t n = send(s->w->smtpd, bytes.p, bytes.len, MSG_NOSIGNAL);

		if (n > 0)
			bytes = span_skip(bytes, (size_t)n);
		else if (errno != EINTR &&
			 (errno != EAGAIN ||
			  fdio_wait(s->w->smtpd, POLLOUT, deadline) < 0))
			break;
	}
	if (bytes.len > 0)
		shutdown(s->w->smtpd, SHUT_WR);
}

/* The client is ours now. */
static void dismiss(const struct state *s)
{
	give(s, SPAN("QUIT\r\n"));
	shutdown(s->w->smtpd, SHUT_WR);
}

enum heard {
	HEARD_ANSWER,
	HEARD_NONSENSE, /* or nothing for too long, or the end */
	HEARD_CLIENT_LEAVE,
};

static struct span heard_span(const struct state *s)
{
	return (struct span){ s->heard, s->heard_len };
}

/* Only a socket tells of its other end's leaving when nobody reads it. */
static bool has_left(const struct stream *client, short revents)
{
	return (client->kind == STREAM_TCP || client->kind == STREAM_LOCAL) &&
	       (revents & (POLLHUP | POLLERR));
}

/* More of what the smtpd says. HEARD_ANSWER: there may be an answer now. */
static enum heard hear_more(struct state *s, int64_t deadline)
{
	struct pollfd fds[] = {
		{ .fd = s->w->smtpd, .events = POLLIN },
		{ .fd = client_of(s)->in },
	};
	int r = poll(fds, 2, clock_poll_ms(clock_mono(), deadline));
	ssize_t n;

	if (r < 0)
		return errno == EINTR ? HEARD_ANSWER : HEARD_NONSENSE;
	if (r == 0)
		return HEARD_NONSENSE;
	if (has_left(client_of(s), fds[1].revents))
		return HEARD_CLIENT_LEAVE;
	n = recv(s->w->smtpd, s->heard + s->heard_len,
		 sizeof(s->heard) - s->heard_len, MSG_DONTWAIT);
	if (n > 0)
		s->heard_len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		return HEARD_NONSENSE;
	return HEARD_ANSWER;
}

/* A whole answer, which stays in the state's memory. */
static enum heard hear(struct state *s, struct answer *ret)
{
	int64_t deadline = clock_mono() + s->w->patience;
	enum heard heard = HEARD_ANSWER;

	while (heard == HEARD_ANSWER) {
		switch (answer_parse(heard_span(s), ret)) {
		case ANSWER_WHOLE:
			return HEARD_ANSWER;
		case ANSWER_ODD:
			return HEARD_NONSENSE;
		case ANSWER_PART:
			heard = hear_more(s, deadline);
			break;
		}
	}
	return heard;
}

/* ---- the end of watching ------------------------------------------------- */

/* What the client has to hear, and will, before all else. */
static void leave_unsaid(struct state *s, struct span text)
{
	if (s->unsaid->len + text.len < s->unsaid->size)
		sbuf_add(s->unsaid, text);
	else
		session_say(s->session, text);
}

/* REPLY, and what else the smtpd has said; all to the other, too. */
static enum watching_end let_go(struct state *s, struct span reply)
{
	give(s, input_rest(&s->input));
	/* in this order, whichever of them is too long to be left unsaid */
	if (reply.len + s->heard_len >= s->unsaid->size)
		session_say(s->session, reply);
	else
		leave_unsaid(s, reply);
	leave_unsaid(s, heard_span(s));
	return WATCHING_RELAY;
}

/*
 * The client hears "go ahead" now, and what it has said before that was said
 * in the clear, perhaps by somebody on the way: nobody may take it for what
 * is to come under TLS.
 */
static void drop_clear_text(struct state *s)
{
	char waste[4096];

	input_rest(&s->input);
	while (stream_read(client_of(s), waste, sizeof(waste), 0) ==
	       (ssize_t)sizeof(waste))
		;
}

/* ---- one command --------------------------------------------------------- */

/* False when the session goes on as before, else *RET_END is how it ended. */
static bool decide(struct state *s, enum watch_next next,
		   const struct engine_line *line, const struct sbuf *reply,
		   enum watching_end *ret_end)
{
	struct session *session = s->session;

	*ret_end = WATCHING_REFUSED;
	switch (next) {
	case WATCH_FORWARD:
		return false;
	case WATCH_REPLY:
		session_say(session, sbuf_span(reply));
		return false;
	case WATCH_CLOSE:
		dismiss(s);
		session_say(session, sbuf_span(reply));
		session_end(session, false);
		return true;
	case WATCH_ENGINE:
		dismiss(s);
		/* from here on this is a session that is refused */
		session->end = clock_mono() +
			       session->conf->session_time_limit * CLOCK_SECOND;
		session_resume(session, &s->input, line);
		return true;
	case WATCH_STOP:
		give(s, input_whole(line));
		*ret_end = let_go(s, SPAN(""));
		return true;
	}
	return true;
}

/* The smtpd's answer has been read: has the client waited for it? */
static bool has_waited(struct state *s, const struct engine_line *line,
		       enum watching_end *ret_end)
{
	struct engine_line again = *line;
	char early[EARLY_PEEK], memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	ssize_t n = stream_peek(client_of(s), early, sizeof(early));

	if (n <= 0)
		return true;
	again.behind = (struct span){ early, (size_t)n };
	return !decide(s, watch_line(&s->watch, &again, clock_wall(), &reply),
		       line, &reply, ret_end);
}

/* Take ANSWER to LINE. True when it ends the watching. */
static bool take_answer(struct state *s, const struct answer *answer,
			enum watching_end *ret_end)
{
	char memory[REPLY_SIZE];
	struct sbuf reply = SBUF(memory);
	enum watch_then then = watch_answer(&s->watch, answer, &reply);

	s->heard_len -= answer->text.len;
	memmove(s->heard, s->heard + answer->text.len, s->heard_len);
	/* who says more than was asked for is out of step with us */
	if (then == WATCH_ON && s->heard_len == 0) {
		session_say(s->session, sbuf_span(&reply));
		return false;
	}
	if (then == WATCH_TLS)
		drop_clear_text(s);
	*ret_end = let_go(s, sbuf_span(&reply));
	return true;
}

/* LINE has been given to the smtpd. True when the watching ends behind it. */
static bool await_answer(struct state *s, const struct engine_line *line,
			 enum watching_end *ret_end)
{
	struct answer answer;

	switch (hear(s, &answer)) {
	case HEARD_ANSWER:
		break;
	case HEARD_NONSENSE:
		*ret_end = let_go(s, SPAN(""));
		return true;
	case HEARD_CLIENT_LEAVE:
		*ret_end = WATCHING_HANGUP;
		return true;
	}
	return !has_waited(s, line, ret_end) ||
	       take_answer(s, &answer, ret_end);
}

/* LINE is to be forwarded. Has it been answered here, with REPLY? */
static bool delays(struct state *s, struct sbuf *reply)
{
	char memory[512];
	struct sbuf text = SBUF(memory);
	struct span recipient;
	enum delaying_answer answer;

	if (!s->w->delaying || !watch_has_recipient(&s->watch, &recipient))
		return false;
	answer = delaying_ask(s->w->delaying,
			      span_of(s->session->engine.sender), recipient);
	s->watch.unproven = answer != DELAYING_PASS;
	if (answer != DELAYING_WAIT)
		return false;
	delaying_reply(s->session->conf, &text);
	watch_refuse_recipient(&s->watch, memory, clock_wall(), reply);
	session_say(s->session, sbuf_span(reply));
	return true;
}

/* True when the watching ends with LINE. */
static bool take_line(struct state *s, const struct engine_line *line,
		      enum watching_end *ret_end)
{
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);
	enum watch_next next =
		watch_line(&s->watch, line, clock_wall(), &reply);

	if (decide(s, next, line, &reply, ret_end))
		return true;
	if (next != WATCH_FORWARD || delays(s, &reply))
		return false;
	give(s, input_whole(line));
	return await_answer(s, line, ret_end);
}

/* ---- the client ---------------------------------------------------------- */

/* Too slow, too long: an end that is no command. */
static enum watching_end cut_off(struct state *s, enum engine_end end)
{
	char memory[ENGINE_REPLY];
	struct sbuf reply = SBUF(memory);

	engine_end(&s->session->engine, end, clock_wall(), &reply);
	dismiss(s);
	session_say(s->session, sbuf_span(&reply));
	session_end(s->session, false);
	return WATCHING_REFUSED;
}

/* More of what the client says. True when the watching ends instead. */
static bool read_more(struct state *s, int64_t deadline,
		      enum watching_end *ret_end)
{
	struct pollfd fds[] = {
		{ .fd = s->w->smtpd, .events = POLLIN },
		{ .fd = client_of(s)->in, .events = POLLIN },
	};
	int r = poll(fds, 2, clock_poll_ms(clock_mono(), deadline));
	size_t size;
	char *room;
	ssize_t n;

	if (r < 0 && errno == EINTR)
		return false;
	if (r == 0) {
		*ret_end = cut_off(s, ENGINE_END_TIME);
		return true;
	}
	/* nobody has asked it anything: it has had enough of waiting */
	if (fds[0].revents != 0) {
		*ret_end = let_go(s, SPAN(""));
		return true;
	}
	room = input_room(&s->input, &size);
	n = stream_read(client_of(s), room, size, 0);
	if (n == -ETIMEDOUT)
		return false;
	if (n <= 0) {
		*ret_end = WATCHING_HANGUP;
		return true;
	}
	input_filled(&s->input, (size_t)n);
	return false;
}

static int64_t line_deadline(const struct state *s)
{
	return clock_mono() +
	       s->session->conf->command_time_limit * CLOCK_SECOND;
}

static void set_limit(struct state *s)
{
	/* what is said for a password may be longer than any command */
	input_limit(&s->input,
		    s->watch.in_exchange
			    ? INPUT_LINE
			    : (size_t)s->session->conf->line_length_limit);
}

static enum watching_end watch_lines(struct state *s)
{
	int64_t deadline = line_deadline(s);
	enum watching_end end = WATCHING_HANGUP;
	bool over = false;

	while (!over) {
		struct engine_line line;

		switch (input_next(&s->input, &line)) {
		case INPUT_MORE:
			over = read_more(s, deadline, &end);
			break;
		case INPUT_TOO_LONG:
			return cut_off(s, ENGINE_END_LENGTH);
		case INPUT_GOT_LINE:
			over = take_line(s, &line, &end);
			set_limit(s);
			deadline = line_deadline(s);
			break;
		}
	}
	return end;
}

enum watching_end watching_run(const struct watching *w, struct sbuf *unsaid)
{
	struct state s = { .w = w, .session = w->session, .unsaid = unsaid };
	struct answer greeting;

	s.heard_len = w->greeting.len;
	memcpy(s.heard, w->greeting.p, w->greeting.len);
	sbuf_clear(unsaid);
	watch_start(&s.watch, &w->session->engine);
	s.watch.greylists = s.watch.unproven = w->delaying != NULL;
	input_start(&s.input, (size_t)w->session->conf->line_length_limit);
	switch (hear(&s, &greeting)) {
	case HEARD_ANSWER:
		break;
	case HEARD_NONSENSE:
		return s.heard_len > 0 ? let_go(&s, SPAN(""))
				       : WATCHING_NO_SMTPD;
	case HEARD_CLIENT_LEAVE:
		return WATCHING_HANGUP;
	}
	if (greeting.code != 220 || greeting.text.len != s.heard_len)
		return let_go(&s, SPAN(""));
	session_say(w->session, greeting.text);
	s.heard_len = 0;
	return watch_lines(&s);
}
