#include "screen/decision.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "base/pseudonym.h"
#include "log/decision_file.h"
#include "log/log.h"
#include "screen/cure.h"
#include "smtp/engine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How often is warned that it cannot be written. */
#define HOUR 3600

static char memory[DECISION_LINE];

/* Only of interest while a line is put together. */
static unsigned char secret[PSEUDONYM_SECRET];

/* ---- trouble ---------------------------------------------------------------
 */

/* One warning an hour; without a state file one for each client. */
static void complain(struct decision *d, const char *file, int error)
{
	struct state state;

	state_init(&state, d->conf->state_file);
	if (state_once(&state, SPAN("decision-log"), span_of(file), HOUR,
		       clock_wall()))
		log_warning(LOG_OTHER,
			    "decision log %s: %s -- decisions are not "
			    "recorded; mail goes on%s",
			    file,
			    error == -EBADMSG
				    ? "this is no key of ours: it must have 32 "
				      "bytes"
				    : strerror(-error),
			    cure_of(error));
	state_close(&state);
}

static void give_up(struct decision *d, const char *file, int error)
{
	complain(d, file, error);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	d->conf = NULL;
}

/* ---- who -------------------------------------------------------------------
 */

static bool is_private(const struct decision *d)
{
	return d->conf->decision_log_privacy != PRIVACY_NONE;
}

static void add_pseudonym(struct decision *d, const char *name,
			  struct span value)
{
	char text[PSEUDONYM_TEXT];
	struct sbuf b = SBUF(text);

	pseudonym_add(&b, secret, value);
	json_text_member(&d->line, name, text);
}

static void add_network(struct decision *d, const char *name,
			const struct address *who)
{
	char text[ADDRESS_TEXT + 8];
	struct sbuf b = SBUF(text);

	cache_key(who, DECISION_SHOWN_IPV4, DECISION_SHOWN_IPV6, &b);
	json_text_member(&d->line, name, text);
}

/* "network" is the name under which the cache knows the client. */
static void add_client(struct decision *d, const struct endpoint *client)
{
	const struct conf *conf = d->conf;
	char address[ADDRESS_TEXT + 1], network[ADDRESS_TEXT + 8];
	struct sbuf a = SBUF(address), n = SBUF(network);

	address_format(&client->address, &a);
	cache_key(&client->address, (unsigned)conf->cache_ipv4_prefix,
		  (unsigned)conf->cache_ipv6_prefix, &n);
	switch (conf->decision_log_privacy) {
	case PRIVACY_NONE:
		json_text_member(&d->line, "client", address);
		json_text_number(&d->line, "port", client->port);
		json_text_member(&d->line, "network", network);
		break;
	case PRIVACY_NETWORK:
		add_network(d, "client", &client->address);
		add_network(d, "network", &client->address);
		break;
	case PRIVACY_HMAC:
		add_pseudonym(d, "client", sbuf_span(&a));
		add_pseudonym(d, "network", sbuf_span(&n));
		break;
	}
}

static void add_peer(struct decision *d, const struct peer *peer)
{
	char text[ADDRESS_TEXT + 1];
	struct sbuf server = SBUF(text);

	add_client(d, &peer->client);
	if (peer->server.address.family != ADDRESS_NONE) {
		address_format(&peer->server.address, &server);
		json_text_member(&d->line, "server", text);
		json_text_number(&d->line, "server_port", peer->server.port);
	}
	json_text_member(&d->line, "source",
			 decision_source_name(peer->source));
}

void decision_begin(struct decision *d, const struct conf *conf, const char *id,
		    const struct peer *peer)
{
	int r = 0;

	*d = (struct decision){
		.fd = -1, .counters = -1, .begun = true, .began = clock_mono()
	};
	if (conf->decision_log[0] == '\0')
		return;
	d->conf = conf;
	d->line = SBUF(memory);
	if (conf->decision_log_privacy == PRIVACY_HMAC)
		r = pseudonym_key_load(conf->decision_log_key_file, secret);
	if (r < 0) { /* nobody is to be named */
		give_up(d, conf->decision_log_key_file, r);
		return;
	}
	json_text_begin(&d->line, '{');
	json_text_number(&d->line, "v", DECISION_SCHEMA);
	json_text_member(&d->line, "id", id);
	json_text_seconds(&d->line, "time", clock_wall_fine());
	json_text_member(&d->line, "version", SCREEN_VERSION);
	if (is_private(d))
		json_text_member(&d->line, "privacy",
				 conf->decision_log_privacy == PRIVACY_HMAC
					 ? "hmac"
					 : "network");
	add_peer(d, peer);
}

/* ---- the tests before the greeting -----------------------------------------
 */

void decision_pregreet(struct decision *d, size_t count, int64_t elapsed)
{
	if (!d->conf)
		return;
	json_text_name(&d->line, "pregreet");
	json_text_begin(&d->line, '{');
	json_text_number(&d->line, "bytes", (int64_t)count);
	json_text_seconds(&d->line, "after", elapsed);
	json_text_end(&d->line, '}');
}

void decision_waited(struct decision *d, int64_t microseconds)
{
	if (d->conf)
		json_text_seconds(&d->line, "waited", microseconds);
}

/* ---- behind the greeting ---------------------------------------------------
 */

/* Hidden in "network": a name of the client altogether, of an address all but
 * its domain. */
static void add_heard(struct decision *d, const char *name, const char *text,
		      bool is_address)
{
	struct span value = span_of(text);
	const char *at = strrchr(text, '@');

	switch (d->conf->decision_log_privacy) {
	case PRIVACY_NONE:
		break;
	case PRIVACY_NETWORK:
		if (!is_address)
			return;
		value = span_of(at);
		break;
	case PRIVACY_HMAC:
		add_pseudonym(d, name, value);
		return;
	}
	json_text_name(&d->line, name);
	json_text_string(&d->line, value, DECISION_TEXT);
}

void decision_session(struct decision *d, const struct engine *e)
{
	bool refused = e->recipients > 0;

	if (!d->conf)
		return;
	if (e->helo[0] != '\0')
		add_heard(d, "helo", e->helo, false);
	if (refused || e->has_sender)
		add_heard(d, "from", refused ? e->first_sender : e->sender,
			  true);
	if (refused)
		add_heard(d, "to", e->first_recipient, true);
	json_text_name(&d->line, "session");
	json_text_begin(&d->line, '{');
	json_text_number(&d->line, "commands", e->commands);
	json_text_number(&d->line, "recipients", e->recipients);
	if (e->where)
		json_text_member(&d->line, "last", e->where);
	if (e->tls)
		json_text_true(&d->line, "tls");
	json_text_end(&d->line, '}');
}

void decision_reply(struct decision *d, const char *reply)
{
	struct span text = span_of(reply);

	if (!d->conf)
		return;
	if (is_private(d)) /* the words name the client */
		text.len = strspn(reply, "0123456789. ");
	json_text_name(&d->line, "reply");
	json_text_string(&d->line, span_trim_end(text), 2 * DECISION_TEXT);
}

/* ---- the end ---------------------------------------------------------------
 */

static void add_test(struct sbuf *to, enum test t, const struct facts *f,
		     const struct conf *conf)
{
	if (!f->due[t] && f->result[t] == RESULT_NONE)
		return;
	json_text_name(to, stamps_test_name(t));
	json_text_begin(to, '{');
	if (f->due[t])
		json_text_true(to, "due");
	json_text_member(to, "result", decision_result_name(f->result[t]));
	json_text_member(to, "action",
			 decision_action_name(conf->test[t].action));
	json_text_end(to, '}');
}

static void add_tests(struct sbuf *to, const struct facts *f,
		      const struct conf *conf)
{
	json_text_name(to, "tests");
	json_text_begin(to, '{');
	for (enum test t = 0; t < TESTS; t++)
		add_test(to, t, f, conf);
	json_text_end(to, '}');
	if (f->excused)
		json_text_true(to, "excused");
	if (f->released)
		json_text_true(to, "released");
	if (f->spared)
		json_text_true(to, "spared");
	if (f->dnsbl_doubt)
		json_text_true(to, "doubt");
}

static void add_cache(struct decision *d, const struct stamps *before)
{
	struct sbuf *to = &d->line;

	if (d->cache_error < 0) {
		json_text_member(to, "cache_trouble",
				 strerror(-d->cache_error));
		return;
	}
	if (!d->known)
		return;
	json_text_name(to, "cache");
	json_text_begin(to, '{');
	json_text_name(to, "stamps");
	json_text_begin(to, '[');
	for (enum test t = 0; t < TESTS; t++) {
		if (t > 0)
			sbuf_add_char(to, ',');
		sbuf_add_number(to, before->until[t]);
	}
	json_text_end(to, ']');
	json_text_number(to, "first", before->first);
	json_text_number(to, "last", before->last);
	/* JSON has no number that large; nobody is tested so often */
	json_text_number(to, "count", (int64_t)(before->count & INT64_MAX));
	json_text_end(to, '}');
}

static void complete(struct decision *d, const struct decision_facts *with)
{
	const struct facts *f = with->facts;
	struct sbuf *to = &d->line;

	json_text_member(to, "path", decision_path_name(d->path));
	json_text_member(to, "verdict", decision_verdict_name(d->verdict));
	json_text_member(to, "reason", failure_name(with->failure));
	if (d->pass)
		json_text_member(to, "pass", d->pass);
	json_text_member(to, "access", decision_access_name(f->access));
	if (f->access == ACCESS_REJECT)
		json_text_member(
			to, "denylist_action",
			decision_action_name(d->conf->denylist_action));
	if (f->veto)
		json_text_true(to, "veto");
	add_cache(d, with->before);
	if (d->path == DECISION_BY_TESTS || d->path == DECISION_BY_SHARED)
		add_tests(to, f, d->conf);
	if (d->delayed > 0)
		json_text_number(to, "delayed", d->delayed);
	json_text_seconds(to, "took", clock_mono() - d->began);
	json_text_end(to, '}');
}

void decision_open(struct decision *d)
{
	int r;

	if (!d->conf || d->fd >= 0)
		return;
	r = decision_file_open(d->conf->decision_log, &d->fd);
	if (r < 0)
		give_up(d, d->conf->decision_log, r);
}

void decision_end(struct decision *d, const struct decision_facts *with)
{
	int r;

	decision_open(d);
	if (!d->conf)
		return;
	complete(d, with);
	r = decision_file_write(d->fd, &d->line);
	if (r < 0) {
		give_up(d, d->conf->decision_log, r);
		return;
	}
	close(d->fd);
	d->fd = -1;
	d->conf = NULL;
}
