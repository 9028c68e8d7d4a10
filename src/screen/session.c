#include "screen/session.h"

#include "base/clock.h"
#include "base/delay.h"
#include "screen/lockup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* How long a client may take to accept a reply, and to leave at the end. */
#define WRITE_PATIENCE	(10 * CLOCK_SECOND)
#define FINISH_PATIENCE (2 * CLOCK_SECOND)

/* RFC 3463 X.3.0, "other mail system status": our own trouble. */
#define REPLY_UNSAFE "421 4.3.0 Service currently unavailable"

static void say(void *context, enum log_event event, const char *text)
{
	(void)context;
	if (event == LOG_TABLE_TROUBLE)
		log_warning(event, "%s", text);
	else
		log_info(event, "%s", text);
}

void session_setup(struct session *s, struct arena *arena,
		   struct report *report, const char *decision_id)
{
	s->arena = arena;
	s->report = report;
	s->stream = s->peer->stream;
	s->engine_setup = (struct engine_setup){
		.conf = s->conf,
		.client = s->peer->client,
		.server = s->peer->server,
		.decision_id = decision_id,
		.say = say,
	};
}

void session_log_hangup(const struct conf *conf, const char *client,
			const char *phase, int64_t elapsed)
{
	char text[32];
	struct sbuf delay = SBUF(text);

	delay_format(elapsed, conf->delay_logging_resolution_limit, &delay);
	log_info(LOG_HANGUP, "HANGUP after %s from %s in %s", text, client,
		 phase);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t write_deadline(const struct session *s)
{
	return earlier(clock_mono() + WRITE_PATIENCE, s->end);
}

/* A reply that was not sent whole is the last: the client would take the next
 * one for it. The next read finds the end. */
static void note_written(const struct session *s, int result)
{
	if (result < 0)
		shutdown(s->stream.out, SHUT_RDWR);
}

void session_say(const struct session *s, struct span reply)
{
	note_written(s, stream_write(&s->stream, reply, write_deadline(s)));
}

static void send_reply(const struct session *s, const struct sbuf *reply)
{
	session_say(s, sbuf_span(reply));
}

/* What one round of reading and taking lines led to. */
enum round {
	ROUND_AGAIN,
	ROUND_CLOSE,
	ROUND_HANGUP,
};

static enum round out_of_time(struct session *s, struct sbuf *reply)
{
	enum engine_end end =
		clock_mono() >= s->end ? ENGINE_END_SESSION : ENGINE_END_TIME;

	engine_end(&s->engine, end, clock_wall(), reply);
	send_reply(s, reply);
	return ROUND_CLOSE;
}

/* Read until INPUT holds a whole line; DEADLINE is that line's. */
static enum round fill(struct session *s, struct input *input, int64_t deadline,
		       struct sbuf *reply)
{
	size_t size;
	char *room = input_room(input, &size);
	ssize_t n =
		stream_read(&s->stream, room, size, earlier(deadline, s->end));

	if (n == -ETIMEDOUT)
		return out_of_time(s, reply);
	if (n <= 0)
		return ROUND_HANGUP;
	input_filled(input, (size_t)n);
	return ROUND_AGAIN;
}

static int64_t line_deadline(const struct session *s)
{
	return clock_mono() + s->conf->command_time_limit * CLOCK_SECOND;
}

static struct errand errand_of(const struct session *s)
{
	const struct engine_setup *e = &s->engine_setup;
	struct errand errand = {
		.time_left = s->end - clock_mono(),
		.mandatory = e->tls == TLS_ENCRYPT,
	};
	struct sbuf client = SBUF(errand.client), server = SBUF(errand.server);
	struct sbuf id = SBUF(errand.id);

	endpoint_format(&e->client, &client);
	endpoint_format(&e->server, &server);
	sbuf_add_text(&id, e->decision_id);
	return errand;
}

/* The client has asked for TLS. What INPUT holds of it is thrown away then. */
static void begin_tls(struct session *s, struct input *input,
		      struct sbuf *reply)
{
	struct errand errand = errand_of(s);
	char memory[ERRAND_TEXT + 256];
	struct sbuf why = SBUF(memory);
	int fd = secure_ask(&s->secure, &errand, &why);

	engine_tls(&s->engine, fd >= 0, clock_wall(), reply);
	if (fd < 0) {
		if (why.len > 0)
			log_warning(LOG_TLS_TROUBLE,
				    "STARTTLS from %s: %s -- it goes on "
				    "without TLS",
				    s->client, memory);
		send_reply(s, reply);
		return;
	}
	send_reply(s, reply);
	secure_begin(fd, &s->stream);
	input_start(input, (size_t)s->conf->line_length_limit);
}

/* One line. ROUND_AGAIN: the next one may come. */
static enum round take_line(struct session *s, struct input *input,
			    const struct engine_line *line, struct sbuf *reply)
{
	/* lines that wait in the buffer must not outlive the session */
	if (clock_mono() >= s->end)
		return out_of_time(s, reply);
	switch (engine_take(&s->engine, line, clock_wall(), reply)) {
	case ENGINE_STARTTLS:
		begin_tls(s, input, reply);
		return ROUND_AGAIN;
	case ENGINE_GO_ON:
		send_reply(s, reply);
		return ROUND_AGAIN;
	case ENGINE_CLOSE:
		send_reply(s, reply);
		break;
	}
	return ROUND_CLOSE;
}

/* Take what INPUT holds and what else comes, until the end of ROUND_AGAIN. */
static enum round talk(struct session *s, struct input *input, enum round round,
		       struct sbuf *reply)
{
	int64_t deadline = line_deadline(s);

	while (round == ROUND_AGAIN) {
		struct engine_line line;

		switch (input_next(input, &line)) {
		case INPUT_MORE:
			/* a slow drip does not extend the time of its line */
			round = fill(s, input, deadline, reply);
			continue;
		case INPUT_TOO_LONG:
			engine_end(&s->engine, ENGINE_END_LENGTH, clock_wall(),
				   reply);
			send_reply(s, reply);
			return ROUND_CLOSE;
		case INPUT_GOT_LINE:
			round = take_line(s, input, &line, reply);
			deadline = line_deadline(s);
			break;
		}
	}
	return round;
}

static const struct engine_tables *tables_of(const struct session *s)
{
	return s->tables ? s->tables
			 : engine_tables_open(s->conf, s->arena, s->report);
}

/* A refusal at once needs no more than its footer: spare it the rest. */
static const struct engine_tables *footer_tables(const struct session *s)
{
	if (s->conf->reject_footer[0] == '\0' &&
	    s->conf->reject_footer_maps[0] == '\0')
		return NULL;
	return tables_of(s);
}

void session_refusal(const struct session *s, const char *text,
		     struct sbuf *reply)
{
	const struct engine_setup *e = &s->engine_setup;
	char memory[512];
	struct sbuf warning = SBUF(memory);

	engine_reply(s->conf, footer_tables(s), &e->client, e->decision_id,
		     text, clock_wall(), reply, &warning);
	if (warning.len > 0)
		log_warning(LOG_TABLE_TROUBLE, "%s", memory);
}

void session_refuse(const struct session *s, struct span reply)
{
	note_written(s,
		     stream_write_last(&s->stream, reply, write_deadline(s)));
	stream_finish(&s->stream, clock_mono() + FINISH_PATIENCE);
}

static void open_tables(struct session *s)
{
	s->start = clock_mono();
	s->engine_setup.tables = tables_of(s);
}

static void offer_tls(struct session *s)
{
	if (!s->engine_setup.final_reply)
		s->engine_setup.tls = secure_level(s->conf, &s->stream);
	if (s->engine_setup.tls != TLS_NONE)
		secure_open(&s->secure, s->conf, s->input, s->arena, s->report,
			    s->end);
}

void session_spare(struct session *s)
{
	secure_close(&s->secure);
}

/* To the client it is a hangup, and to us it looks like one. */
static void tell_killed(struct session *s)
{
	int number = helper_killed(&s->secure.helper);

	if (number != 0)
		log_warning(LOG_TLS_TROUBLE,
			    HELPER_PROGRAM
			    " was killed by signal %d (%s) -- the session of "
			    "%s ends, and it will come again",
			    number, strsignal(number), s->client);
}

void session_end(struct session *s, bool hung_up)
{
	if (hung_up && s->secure.open)
		tell_killed(s);
	if (hung_up && !s->quiet)
		session_log_hangup(s->conf, s->client,
				   "tests after SMTP handshake",
				   clock_mono() - s->start);
	stream_finish(&s->stream, clock_mono() + FINISH_PATIENCE);
	session_spare(s);
}

/* Nothing new is opened from here on. False: the client has been refused. */
static bool lock_up(struct session *s)
{
	char text[ENGINE_REPLY];
	struct sbuf reply = SBUF(text);

	if (lockup_talk(s->conf))
		return true;
	session_refusal(s, REPLY_UNSAFE, &reply);
	session_refuse(s, sbuf_span(&reply));
	s->engine = (struct engine){ .rcpt_reply = REPLY_UNSAFE };
	session_spare(s);
	return false;
}

void session_run(struct session *s)
{
	char text[ENGINE_REPLY];
	struct sbuf reply = SBUF(text);
	struct input input;

	open_tables(s);
	offer_tls(s);
	if (!lock_up(s))
		return;
	engine_start(&s->engine, &s->engine_setup, &reply);
	send_reply(s, &reply);
	input_start(&input, (size_t)s->conf->line_length_limit);
	session_end(s, talk(s, &input, ROUND_AGAIN, &reply) == ROUND_HANGUP);
}

bool session_start(struct session *s)
{
	char text[ENGINE_REPLY];
	struct sbuf none = SBUF(text);

	open_tables(s);
	s->engine_setup.greeted_early = true;
	engine_start(&s->engine, &s->engine_setup, &none);
	/* not the engine's yet: as long as the smtpd answers, TLS is its */
	offer_tls(s);
	return lock_up(s);
}

void session_resume(struct session *s, struct input *input,
		    const struct engine_line *line)
{
	char text[ENGINE_REPLY];
	struct sbuf reply = SBUF(text);
	enum round round;

	s->engine.setup.tls = s->engine_setup.tls;
	round = take_line(s, input, line, &reply);
	session_end(s, talk(s, input, round, &reply) == ROUND_HANGUP);
}
