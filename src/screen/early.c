#include "screen/early.h"

#include "base/clock.h"
#include "base/delay.h"
#include "base/escape.h"
#include "log/log.h"

#include <errno.h>
#include <sys/ioctl.h>

/* How much of what came too early is looked at (postscreen: the same). */
#define PREGREET_PEEK 1023

/* How much of a banner is sent; SMTP has no use for more than 512. */
#define TEASER_TEXT 2000

/* How much of its escaped text is logged. */
#define PREGREET_TEXT 100

static void client_name(const struct early *e, struct sbuf *to)
{
	endpoint_format(&e->peer->client, to);
}

static bool send_teaser(const struct early *e, int64_t deadline)
{
	char line[sizeof("220-") + TEASER_TEXT + sizeof("\r\n")];
	struct sbuf b = SBUF(line);

	sbuf_addf(&b, "220-%.*s\r\n", TEASER_TEXT, e->conf->greet_banner);
	return stream_write(&e->peer->stream, sbuf_span(&b), deadline) == 0;
}

static void note_pregreet(const struct early *e, struct span bytes,
			  size_t count, int64_t elapsed)
{
	/* an escape may be cut in half: the text is cut behind escaping */
	char text[PREGREET_TEXT + 1], delay[32], client[ADDRESS_TEXT + 16];
	struct sbuf t = SBUF(text), d = SBUF(delay), c = SBUF(client);

	escape_evidence(&t, bytes);
	delay_format(elapsed, e->conf->delay_logging_resolution_limit, &d);
	client_name(e, &c);
	log_info(LOG_PREGREET, "PREGREET %zu after %s from %s: %s", count,
		 delay, client, text);
	decision_pregreet(e->decision, count, elapsed);
}

enum look {
	LOOK_SILENT,
	LOOK_PREGREET,
	LOOK_HANGUP,
};

/* Is it not the client that ERROR speaks of: a terminal, or too few resources
 * for a look into a pipe? */
static bool is_blind(ssize_t error)
{
	return error == -EOPNOTSUPP || error == -EMFILE || error == -ENFILE ||
	       error == -ENOMEM;
}

/* The client's descriptor woke us: did it talk, or did it leave? */
static enum look look(const struct early *e, int64_t elapsed)
{
	char bytes[PREGREET_PEEK];
	ssize_t n = stream_peek(&e->peer->stream, bytes, sizeof(bytes));
	int waiting = 0;

	if (n == -EAGAIN)
		return LOOK_SILENT;
	if (n > 0) {
		note_pregreet(e, (struct span){ bytes, (size_t)n }, (size_t)n,
			      elapsed);
		return LOOK_PREGREET;
	}
	/* what cannot be looked at can be counted */
	if (is_blind(n) && ioctl(e->peer->stream.in, FIONREAD, &waiting) == 0 &&
	    waiting > 0) {
		note_pregreet(e, SPAN(""), (size_t)waiting, elapsed);
		return LOOK_PREGREET;
	}
	return LOOK_HANGUP;
}

/*
 * All lists have answered, or time is up: score, and tell whether the client
 * is excused from the rest.
 */
static void finish_lists(struct early *e, struct facts *facts)
{
	struct dnsbl_score score;
	struct sbuf name = SBUF(e->dnsbl_name);

	lists_finish(e->lists, &e->peer->client.address, &score);
	decision_lists(e->decision, e->lists, &score);
	facts_score(facts, e->conf, &score);
	if (facts->result[TEST_DNSBL] == RESULT_PASSED)
		return;
	if (score.has_top)
		lists_name(e->lists, score.top, &name);

	char client[ADDRESS_TEXT + 16];
	struct sbuf c = SBUF(client);

	client_name(e, &c);
	log_info(LOG_DNSBL_RANK, "DNSBL rank %d for %s", score.score, client);
}

/*
 * Would the lists' answers, as they stand, end the wait of a client that is
 * silent? By now, or never: *RET_RELEASED when it is only for that it is known
 * well.
 */
static bool vouched_for(const struct early *e, const struct facts *facts,
			int64_t waited, bool *ret_released)
{
	struct dnsbl_score score;

	dnsbl_score(&e->lists->sites, dnsclient_answers(e->lists->dns),
		    e->conf->dns_answer_check, &score);
	if (verdict_excuses(facts, e->conf, score.score))
		return true;
	*ret_released = verdict_releases(facts, e->conf, &score, waited);
	return *ret_released;
}

/* Nothing is left that waiting longer could tell. */
static bool is_finished(const struct early *e, struct facts *facts,
			int64_t waited)
{
	if (e->lists && dnsclient_pending(e->lists->dns) > 0)
		return false;
	if (!facts->due[TEST_PREGREET] ||
	    facts->result[TEST_PREGREET] == RESULT_FAILED)
		return true;
	return e->lists && vouched_for(e, facts, waited, &facts->released);
}

/* When a look at what is known is due, though nothing may happen until then. */
static int64_t next_look(const struct early *e, const struct facts *facts,
			 int64_t start, int64_t now, int64_t deadline)
{
	int64_t soon = start + e->conf->greet_wait_min * CLOCK_SECOND;

	return facts->seasoned && now < soon && soon < deadline ? soon
								: deadline;
}

static bool to_be_dropped(const struct early *e, const struct facts *facts)
{
	return verdict_of(facts, e->conf).next == NEXT_DROP;
}

/* What is polled: the client, the shared list, then the lists' sockets. */
enum {
	POLL_CLIENT,
	POLL_SHARED,
	POLL_LISTS,
};

struct polled {
	struct pollfd fds[POLL_LISTS + DNS_QUESTIONS];
	size_t lists;	     /* how many sockets they have */
	bool shared;	     /* that has not answered yet, ... */
	int64_t shared_ends; /* ... and need not any more from then on */
	int64_t wake;
};

static void gather(const struct early *e, bool watching, int64_t wake,
		   struct polled *p)
{
	int64_t lists_wake = CLOCK_NEVER;

	p->fds[POLL_CLIENT] = (struct pollfd){
		.fd = watching ? e->peer->stream.in : -1,
		.events = POLLIN,
	};
	p->fds[POLL_SHARED] = (struct pollfd){ .fd = -1 };
	p->shared =
		memory_awaits(e->memory, &p->fds[POLL_SHARED], &p->shared_ends);
	p->lists = 0;
	if (e->lists)
		p->lists = dnsclient_poll(e->lists->dns, p->fds + POLL_LISTS,
					  &lists_wake);
	p->wake = wake < lists_wake ? wake : lists_wake;
	if (p->shared && p->shared_ends < p->wake)
		p->wake = p->shared_ends;
}

static void wait_for_any(struct polled *p, int64_t now)
{
	int ms = clock_poll_ms(now, p->wake);

	if (poll(p->fds, POLL_LISTS + p->lists, ms) >= 0)
		return;
	/* should only the many be too many, watch the client */
	p->fds[POLL_CLIENT].revents = 0;
	p->fds[POLL_SHARED].revents = 0;
	p->lists = 0;
	if (errno != EINTR)
		poll(p->fds, 1, ms);
}

/* What they would still have answered does not matter. */
static void give_up_lists(struct early *e)
{
	decision_lists(e->decision, e->lists, NULL);
	dnsclient_close(e->lists->dns);
	e->lists = NULL;
}

/* Has another host told of the client? Then what it knows is not tested. */
static void hear_shared(struct early *e, struct facts *facts,
			const struct polled *p, int64_t now)
{
	if (!p->shared ||
	    (p->fds[POLL_SHARED].revents == 0 && now < p->shared_ends) ||
	    !memory_hear(e->memory, now, &e->known))
		return;
	e->learned = true;
	facts_learn(facts, &e->known, clock_wall());
	if (e->lists && !facts->due[TEST_DNSBL])
		give_up_lists(e);
}

/* Wait for the client, the shared list and the DNS lists until DEADLINE. */
static enum early_end wait_for_all(struct early *e, struct facts *facts,
				   int64_t start, int64_t deadline)
{
	bool watching = facts->due[TEST_PREGREET] && !e->polite;
	int64_t now = clock_mono();

	while (now < deadline && !is_finished(e, facts, now - start)) {
		struct polled p;
		enum look seen = LOOK_SILENT;

		gather(e, watching, next_look(e, facts, start, now, deadline),
		       &p);
		wait_for_any(&p, now);
		now = clock_mono();
		if (e->lists)
			dnsclient_handle(e->lists->dns, p.fds + POLL_LISTS,
					 p.lists, now);
		if (watching && p.fds[POLL_CLIENT].revents != 0)
			seen = look(e, now - start);
		if (seen == LOOK_HANGUP)
			return EARLY_HANGUP;
		if (seen == LOOK_PREGREET) {
			facts->result[TEST_PREGREET] = RESULT_FAILED;
			watching = false;
			if (to_be_dropped(e, facts))
				return EARLY_DONE;
		}
		hear_shared(e, facts, &p, now);
	}
	return EARLY_DONE;
}

static void ask_lists(const struct early *e)
{
	lists_recall(e->lists, clock_wall());
	lists_ask(e->lists, &e->peer->client.address, clock_mono());
}

enum early_end early_run(struct early *e, struct facts *facts, int64_t start)
{
	int64_t deadline = start + e->conf->greet_wait * CLOCK_SECOND;
	enum early_end end;

	if (facts->due[TEST_PREGREET] && !send_teaser(e, deadline))
		return EARLY_HANGUP;
	if (e->lists)
		ask_lists(e);

	end = wait_for_all(e, facts, start, deadline);
	if (end == EARLY_HANGUP || to_be_dropped(e, facts)) {
		if (e->lists)
			give_up_lists(e);
		return end;
	}
	if (e->lists)
		finish_lists(e, facts);
	facts_waited(facts);
	return EARLY_DONE;
}
