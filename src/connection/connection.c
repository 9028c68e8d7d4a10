#include "connection/connection.h"

#include "handoff/give.h"
#include "log/log.h"
#include "screen/lockup.h"
#include "screen/upstream.h"

#include <sysexits.h>
#include <unistd.h>

int connection_refuse_misconfigured(const struct conf *conf,
				    const struct peer *peer,
				    struct arena *arena, struct report *report)
{
	const char *error = report_first_error(report);

	log_fatal(LOG_CONFIG_TROUBLE,
		  "%s -- clients get 421 until it is mended%s",
		  error ? error : "the settings do not fit into memory",
		  report->errors > 1
			  ? "; smtp-screen --check-config shows all mistakes"
			  : "");
	screen_refuse_unscreened(conf, peer, arena, report);
	return EX_CONFIG;
}

static int misconfigured(struct connection *c)
{
	return connection_refuse_misconfigured(c->setup.conf, c->peer,
					       c->setup.arena, c->setup.report);
}

int connection_not_taken(struct connection *c,
			 const struct give_trouble *trouble)
{
	log_warning(LOG_HANDOFF_TROUBLE, "%s -- %s was told to try later; %s",
		    trouble->what, c->screen.client, trouble->remedy);
	screen_handoff_failed(&c->screen, trouble->reply, trouble->later_reply);
	return EX_UNAVAILABLE;
}

/* END is how giving the client away ended: say so where it matters. */
static int end_hand_off(struct connection *c, enum give_end end,
			const struct give_trouble *trouble)
{
	switch (end) {
	case GIVE_DONE:
	case GIVE_RELAY:
		return EX_OK;
	case GIVE_DOUBT:
		log_warning(LOG_HANDOFF_TROUBLE, "%s: %s -- %s",
			    c->screen.client, trouble->what, trouble->remedy);
		return EX_OK;
	case GIVE_FAILED:
		break;
	}
	return connection_not_taken(c, trouble);
}

/*
 * Carry the bytes of a session that goes through us. It may be long, and one
 * of many: it keeps what it needs.
 */
static int carry(struct connection *c, const struct connected *opened)
{
	int64_t idle_limit = c->handoff->idle_limit;
	struct give_trouble trouble;

	lockup_carry(c->setup.conf);
	arena_close(c->setup.arena);
	return end_hand_off(
		c, give_relay(c->peer, opened, idle_limit, &trouble), &trouble);
}

static int hand_off(struct connection *c)
{
	static struct connected opened;
	struct give_trouble trouble;
	enum give_end end = give_client(c->handoff, c->peer, &opened, &trouble);

	if (end == GIVE_RELAY)
		return carry(c, &opened);
	return end_hand_off(c, end, &trouble);
}

/* The smtpd answers, and we watch the client until it has passed. */
static int watch(struct connection *c)
{
	static struct connected opened;
	struct give_trouble trouble;
	struct sbuf unsaid = SBUF(opened.greeting);
	enum give_end end = give_open(c->handoff, c->peer, &opened, &trouble);
	struct screen_smtpd smtpd;

	if (end == GIVE_DONE)
		screen_left(&c->screen);
	if (end != GIVE_RELAY)
		return end_hand_off(c, end, &trouble);
	smtpd = (struct screen_smtpd){
		.fd = opened.fd,
		.greeting = { opened.greeting, opened.greeting_len },
		.patience = c->handoff->idle_limit,
	};
	switch (screen_watch(&c->screen, &smtpd, &unsaid)) {
	case SCREEN_WATCHED:
		opened.greeting_len = unsaid.len;
		return carry(c, &opened);
	case SCREEN_WATCHED_ENDED:
		break;
	case SCREEN_NO_SMTPD:
		end = give_silent(&trouble);
		break;
	}
	close(opened.fd);
	return end == GIVE_FAILED ? end_hand_off(c, end, &trouble) : EX_OK;
}

static void tell_leaving(const struct connection *c)
{
	if (c->leaving)
		c->leaving(c->context);
}

int connection_go_on(struct connection *c, enum screen_end end)
{
	switch (end) {
	case SCREEN_HANDOFF:
		tell_leaving(c);
		return hand_off(c);
	case SCREEN_WATCH:
		tell_leaving(c);
		return watch(c);
	case SCREEN_MISCONFIGURED:
		return misconfigured(c);
	case SCREEN_UNTESTED:
		return connection_go_on(c, screen_test(&c->screen));
	case SCREEN_DONE:
		break;
	}
	return EX_OK;
}

int connection_run(struct connection *c)
{
	const struct conf *conf = c->setup.conf;

	if (c->peer->source == PEER_FROM_PROXY) {
		switch (upstream_meet(conf, c->setup.arena, c->setup.report,
				      c->peer)) {
		case UPSTREAM_CLIENT:
			break;
		case UPSTREAM_CHECK:
			screen_answer_check(conf, c->peer, c->setup.arena,
					    c->setup.report);
			return EX_OK;
		case UPSTREAM_REFUSED:
			return EX_OK;
		case UPSTREAM_MISCONFIGURED:
			return misconfigured(c);
		}
	}
	return connection_go_on(c, screen_meet(&c->screen, &c->setup));
}
