#include "tls/service.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/number.h"
#include "log/log.h"
#include "sandbox/sandbox.h"
#include "tls/carry.h"
#include "tls/confine.h"
#include "tls/errand.h"
#include "tls/policy.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* How long smtp-screen may take to say what it wants, and to go ahead. */
#define ERRAND_PATIENCE (10 * CLOCK_SECOND)
#define GO_PATIENCE	(30 * CLOCK_SECOND)

/* Seconds for all that may be said and read before the client is there. */
#define ALARM 60

/* It ends its sessions itself, in time; we end what it has forgotten. */
#define GRACE	     (15 * CLOCK_SECOND)
#define LONGEST_TIME (INT64_C(86400) * CLOCK_SECOND)

/* How long a client may take to leave when the session is over. */
#define FINISH_PATIENCE (2 * CLOCK_SECOND)

struct service {
	const struct conf_input *input;
	struct arena *arena;
	struct report report;
	struct conf conf;
	struct policy policy;
	struct crypt crypt;
	struct errand errand;
	int64_t end;
	int engine;
};

/* ---- before hostile bytes ------------------------------------------------ */

/* Settings and keys, for a session in which TLS is MANDATORY or not. */
static bool prepare(struct service *s, bool mandatory, struct sbuf *why)
{
	const char *error;

	report_init(&s->report, s->arena);
	conf_load(s->input, s->arena, &s->report, &s->conf);
	conf_load_tls(&s->conf, s->arena, &s->report);
	if (!policy_make(&s->conf, mandatory, &s->report, &s->policy) ||
	    s->report.errors > 0) {
		error = report_first_error(&s->report);
		sbuf_add_text(why, error ? error
					 : "no certificate: set "
					   "smtpd_tls_chain_files, or "
					   "smtpd_tls_cert_file and "
					   "smtpd_tls_key_file, or start "
					   "smtp-screen-tls.socket");
		return false;
	}
	return crypt_open(&s->crypt, &s->policy, why);
}

/*
 * Postfix's tlsproxy stands beside its postscreen under a name of its own;
 * so do we, also where ours is called like that one.
 */
static void open_log(const struct conf *conf)
{
	struct span name = span_of(conf->syslog_name);
	struct span theirs = SPAN("postscreen");
	char memory[128];
	struct sbuf ours = SBUF(memory);

	if (name.len >= theirs.len &&
	    span_equal(span_skip(name, name.len - theirs.len), theirs)) {
		name.len -= theirs.len;
		sbuf_add(&ours, name);
		sbuf_add_text(&ours, "tlsproxy");
	} else {
		sbuf_add(&ours, name);
		sbuf_add_text(&ours, "-tls");
	}
	log_open(&(struct log_settings){ .target = conf->log_target,
					 .name = memory,
					 .utf8 = conf->smtputf8_enable,
					 .client = -1 });
}

static void log_parties(const struct errand *errand)
{
	struct endpoint client, server;
	bool unused;
	bool good = endpoint_parse(span_of(errand->client), &client, &unused) &&
		    endpoint_parse(span_of(errand->server), &server, &unused);

	log_connection(errand->id, good ? &client : NULL,
		       good ? &server : NULL);
}

/* ---- the client ------------------------------------------------------------
 */

static void log_problem(void)
{
	char memory[256];
	struct sbuf problem = SBUF(memory);

	crypt_problem(&problem);
	if (problem.len > 0)
		log_warning(LOG_TLS_FAILED, "TLS library problem: %s", memory);
}

static void log_established(const struct service *s)
{
	char memory[512];
	struct sbuf words = SBUF(memory);

	if (s->conf.tls.loglevel < 1)
		return;
	crypt_describe(&s->crypt, &words);
	log_info(LOG_TLS_ESTABLISHED,
		 "Anonymous TLS connection established from %s: %s",
		 s->errand.client, memory);
}

static const char *reason_of(enum carry_end end)
{
	switch (end) {
	case CARRY_LEFT:
		return ": lost connection";
	case CARRY_TIMEOUT:
		return ": timeout";
	case CARRY_TALKATIVE:
		return ": too much data";
	case CARRY_FAILED:
	case CARRY_DONE:
		break;
	}
	return "";
}

static bool shake_hands(struct service *s, const struct stream *client)
{
	int64_t deadline =
		clock_mono() + s->conf.tls.starttls_timeout * CLOCK_SECOND;
	enum carry_end end =
		carry_handshake(&s->crypt, client, s->engine,
				deadline < s->end ? deadline : s->end);

	if (end == CARRY_DONE) {
		log_established(s);
		return true;
	}
	if (end == CARRY_FAILED)
		log_problem();
	log_info(LOG_TLS_FAILED,
		 "TLS handshake failed for service=smtpd peer=%s%s",
		 s->errand.client, reason_of(end));
	return false;
}

static void carry(struct service *s, const struct stream *client)
{
	switch (carry_run(&s->crypt, client, s->engine, s->end)) {
	case CARRY_DONE:
	case CARRY_LEFT:
	case CARRY_TIMEOUT:
		break;
	case CARRY_FAILED:
		log_problem();
		break;
	case CARRY_TALKATIVE:
		log_warning(LOG_TLS_FAILED,
			    "too much data without any text in it from %s",
			    s->errand.client);
		break;
	}
}

static void serve_client(struct service *s, int fd)
{
	struct stream client;

	log_client(fd);
	log_parties(&s->errand);
	if (stream_open(&client, fd, fd) < 0 ||
	    (client.kind != STREAM_TCP && client.kind != STREAM_LOCAL))
		return; /* it has left already, or is none */
	log_info(LOG_TLS_CONNECT, "CONNECT from %s", s->errand.client);
	if (shake_hands(s, &client))
		carry(s, &client);
	/* before smtp-screen learns of it, whose own line comes last then */
	log_info(LOG_TLS_DISCONNECT, "DISCONNECT %s", s->errand.client);
	close(s->engine);
	stream_finish(&client, clock_mono() + FINISH_PATIENCE);
}

/* ---- the errand ------------------------------------------------------------
 */

/* With "try" what is missing is a doubt, which --check-config shows. */
static bool lock_up(const struct conf *conf, struct sbuf *why)
{
	struct sandbox_state state;

	if (conf->sandbox == SANDBOX_NO || sandbox_enter(SANDBOX_TLS, &state))
		return true;
	sbuf_add_text(why, "sandbox: ");
	sandbox_describe(&state, why);
	return conf->sandbox != SANDBOX_YES;
}

static bool get_ready(struct service *s, struct sbuf *why)
{
	if (!prepare(s, s->errand.mandatory, why))
		return false;
	open_log(&s->conf);
	log_connect();
	return confine_before_client(why) && lock_up(&s->conf, why);
}

static int64_t end_of(const struct errand *errand)
{
	int64_t left = errand->time_left < LONGEST_TIME ? errand->time_left
							: LONGEST_TIME;

	return clock_mono() + left + GRACE;
}

int service_run(const struct conf_input *input, struct arena *arena, int engine)
{
	static struct service s;
	static struct errand_answer answer;
	struct sbuf why = SBUF(answer.text);
	int32_t unused;
	int client = -1;

	s = (struct service){ .input = input,
			      .arena = arena,
			      .engine = engine };
	alarm(ALARM); /* files may hang where no deadline reaches */
	if (errand_receive(engine, clock_mono() + ERRAND_PATIENCE, &s.errand) <
	    0)
		return EX_PROTOCOL;
	s.end = end_of(&s.errand);
	answer.ready = get_ready(&s, &why);
	/* who has asked logs it, and may be about to go without us */
	if (errand_send_answer(engine, &answer, clock_mono() + GO_PATIENCE) <
		    0 ||
	    !answer.ready ||
	    errand_receive_descriptor(engine, clock_mono() + GO_PATIENCE,
				      &unused, &client) < 0 ||
	    client < 0)
		return EX_OK;
	alarm(0);
	serve_client(&s, client);
	log_close();
	crypt_close(&s.crypt);
	return EX_OK;
}

/* ---- --check-config --------------------------------------------------------
 */

static void print_report(const struct report *report)
{
	static const char *const levels[] = {
		[REPORT_NOTE] = "note",
		[REPORT_WARNING] = "warning",
		[REPORT_ERROR] = "error",
	};

	for (const struct report_line *l = report->first; l; l = l->next)
		if (l->level != REPORT_NOTE)
			printf("%s: %s\n", levels[l->level], l->text);
}

int service_check(const struct conf_input *input, struct arena *arena)
{
	static struct service s;
	char memory[ERRAND_TEXT];
	struct sbuf why = SBUF(memory);
	bool good;

	s = (struct service){ .input = input, .arena = arena, .engine = -1 };
	good = prepare(&s, false, &why);
	if (good && s.conf.tls_security_level == TLS_ENCRYPT) {
		crypt_close(&s.crypt);
		sbuf_clear(&why);
		good = prepare(&s, true, &why);
	}
	print_report(&s.report);
	if (why.len > 0 && s.report.errors == 0)
		printf("%s: %s\n", good ? "warning" : "error", memory);
	if (good)
		printf("smtp-screen-tls: ready, with %zu certificate%s\n",
		       s.policy.pairs, number_words(s.policy.pairs, "", "s"));
	if (good)
		crypt_close(&s.crypt);
	return good ? EX_OK : EX_CONFIG;
}
