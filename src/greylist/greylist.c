#include "greylist/greylist.h"

#include "base/clock.h"
#include "base/number.h"
#include "greylist/action.h"
#include "greylist/organisation.h"
#include "log/log.h"
#include "net/generic_name.h"
#include "net/hostname.h"
#include "triplet/store.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* ---- lists ------------------------------------------------------- */

static void read_lists(const struct grey_options *o, struct exempt *e)
{
	for (unsigned i = 0; i < o->clients.count; i++)
		exempt_read_clients(e, o->clients.name[i], !o->clients.given);
	for (unsigned i = 0; i < o->recipients.count; i++)
		exempt_read_recipients(e, o->recipients.name[i],
				       !o->recipients.given);
}

void greylist_reload(struct greylist *g)
{
	struct exempt fresh;
	int r = exempt_open(&fresh);

	if (r < 0) {
		log_warning(LOG_TABLE_TROUBLE,
			    "no memory to read the whitelists: %s -- those "
			    "read before stay",
			    strerror(-r));
		exempt_close(&fresh);
		return;
	}
	read_lists(g->options, &fresh);
	exempt_close(&g->exempt);
	g->exempt = fresh;
}

/* The operator has perhaps just changed it. */
static void look_for_expected(struct greylist *g)
{
	int before = g->expected.error;
	int r = expected_refresh(&g->expected, clock_wall());

	if (r < 0 && r != before)
		log_warning(LOG_TABLE_TROUBLE,
			    "%s: %s -- no domain is expected", g->expected_path,
			    strerror(-r));
}

/* ---- trouble ----------------------------------------------------- */

static const char *reason(int error)
{
	switch (error) {
	case ETIMEDOUT:
		return "locked by another process";
	case EUCLEAN:
		return "damaged, and being mended";
	case ENOENT:
	case ENOTDIR:
		return "there is no such folder";
	case EPERM:
		return "another user owns it or may write to it";
	case ELOOP:
		return "a symbolic link is not followed";
	default:
		return strerror(error);
	}
}

static void begin_trouble(struct greylist *g, const char *file, int error)
{
	g->retry_at = clock_mono() + GREYLIST_PAUSE_S * CLOCK_SECOND;
	if (error == EUCLEAN)
		g->damaged = true;
	if (g->in_trouble)
		return;
	g->in_trouble = true;
	log_warning(LOG_CACHE_TROUBLE,
		    "%s: %s -- nothing is delayed until it works again", file,
		    reason(error));
}

static void end_trouble(struct greylist *g)
{
	if (!g->in_trouble)
		return;
	g->in_trouble = false;
	g->failure_told = false;
	log_info(LOG_CACHE_TROUBLE,
		 "%s works again; %lu requests were answered without it",
		 g->path, g->undecided);
	g->undecided = 0;
}

void greylist_mended(struct greylist *g)
{
	g->damaged = false;
	g->retry_at = 0;
}

/* Without trouble so far, the first question will tell of it. */
void greylist_not_mended(struct greylist *g, int error)
{
	if (!g->in_trouble || g->failure_told)
		return;
	g->failure_told = true;
	log_warning(LOG_CACHE_TROUBLE, "%s: mending it failed: %s", g->path,
		    reason(error));
}

/* With --privacy nothing is written in clear, whatever happens. */
static bool has_key(struct greylist *g)
{
	char memory[CACHE_PATH];
	struct sbuf path = SBUF(memory);
	int r;

	if (!g->key_missing)
		return true;
	store_key_path(g->options->dbdir, g->options->privacy_key, &path);
	r = pseudonym_key_load(memory, g->triplet.secret);
	g->key_missing = r < 0;
	if (r < 0)
		begin_trouble(g, memory, -r);
	return r == 0;
}

/* ---- life -------------------------------------------------------- */

int greylist_open(struct greylist *g, const struct grey_options *o,
		  bool lives_long)
{
	struct sbuf path = SBUF(g->path), expected = SBUF(g->expected_path);
	int r;

	g->options = o;
	g->triplet = (struct triplet_rules){
		.ipv4_prefix = o->ipv4_prefix,
		.ipv6_prefix = o->ipv6_prefix,
		.whole_address = o->whole_address,
		.privacy = o->privacy,
	};
	g->key_missing = o->privacy;
	g->instances.count = 0;
	if (getrandom(g->instances.key, SIPHASH_KEY, GRND_NONBLOCK) < 0)
		memset(g->instances.key, 0, SIPHASH_KEY);
	store_path(o->dbdir, &path);
	sbuf_addf(&expected, "%s/" EXPECTED_FILE, o->dbdir);
	if (!sbuf_fitted(&path) || !sbuf_fitted(&expected))
		return -ENAMETOOLONG;
	g->expected.file = g->expected_path;
	reputation_open(&g->reputation, &o->reputation);
	cache_init(&g->store, g->path);
	g->store.keep_open = lives_long;
	g->store.leave_damage = lives_long;
	r = exempt_open(&g->exempt);
	if (r == 0)
		read_lists(o, &g->exempt);
	return r;
}

void greylist_close(struct greylist *g)
{
	end_trouble(g);
	reputation_close(&g->reputation);
	cache_close(&g->store);
	exempt_close(&g->exempt);
}

/* ---- what a request says ----------------------------------------- */

/* A question on its way. */
struct matter {
	struct greylist_question *question;
	struct address who;
	bool inside;		    /* of its sender domain's mail servers */
	struct ledger_case *stored; /* NULL: decided without the store */
	struct judge_verdict verdict;
	bool decided;
};

/* "pool:", a domain and a NUL. */
#define POOL 262

/* Room for the names of a case. */
struct names {
	char triplet[TRIPLET_TEXT], pool[TRIPLET_TEXT + POOL];
	char client[ADDRESS_TEXT + 1];
};

static_assert(REQUEST_MEMORY <= TRIPLET_MAILBOXES, "names have room");

/* Bytes of our own, and those of no other batch. */
static struct names names[LEDGER_BATCH];

static int64_t now_of(const struct greylist *g, const struct request *r)
{
	uint64_t now;

	if (g->options->test_clock &&
	    number_parse(request_get(r, REQUEST_TEST_TIME), INT32_MAX, &now))
		return (int64_t)now;
	return clock_wall();
}

/* Without these nothing can be said. */
static bool is_complete(const struct request *r)
{
	static const enum request_field needed[] = {
		REQUEST_CLIENT_ADDRESS,
		REQUEST_CLIENT_NAME,
		REQUEST_SENDER,
		REQUEST_RECIPIENT,
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!request_has(r, needed[i])) {
			log_warning(LOG_OTHER, "attribute missing: %s",
				    request_name(needed[i]));
			return false;
		}
	return true;
}

static bool is_known_type(const struct request *r)
{
	struct span type = request_get(r, REQUEST_TYPE);

	if (span_equal(type, SPAN("smtpd_access_policy")))
		return true;
	log_warning(LOG_OTHER, "unrecognized request type: '%.*s'",
		    (int)(type.len > 100 ? 100 : type.len), type.p);
	return false;
}

/* Facts that need no store. False when nothing can be judged. */
static bool learn(struct greylist *g, struct matter *m,
		  struct judge_facts *facts)
{
	const struct request *r = m->question->request;
	struct span address = request_get(r, REQUEST_CLIENT_ADDRESS);
	bool good = address_parse(address, &m->who);

	if (good)
		address_unmap(&m->who);
	else
		m->who = (struct address){ .family = ADDRESS_NONE };
	*facts = (struct judge_facts){
		.now = now_of(g, r),
		.client_exempt = exempt_client(
			&g->exempt, request_get(r, REQUEST_CLIENT_NAME),
			&m->who),
		.recipient_exempt = exempt_recipient(
			&g->exempt, request_get(r, REQUEST_RECIPIENT)),
		.expected = expected_covers(&g->expected.list,
					    request_get(r, REQUEST_SENDER),
					    clock_wall()),
	};
	if (good && judge_needs_store(facts))
		facts->standing =
			reputation_look_up(&g->reputation, &m->who,
					   request_get(r, REQUEST_CLIENT_NAME),
					   clock_wall(), g->began);
	if (good || !judge_needs_store(facts))
		return true;
	log_warning(LOG_OTHER,
		    "client_address=%.*s is no IP address -- not delayed",
		    (int)(address.len > 100 ? 100 : address.len), address.p);
	return false;
}

/*
 * The pool of a client, if it has one: all that bears names below the same
 * domain. Customers of one provider do, too; theirs is no pool.
 */
static struct span pool_name(const struct greylist *g, const struct matter *m,
			     struct sbuf *to)
{
	const struct request *r = m->question->request;
	struct span host = request_get(r, REQUEST_CLIENT_NAME);
	char memory[POOL];
	struct sbuf domain = SBUF(memory);

	if (m->inside) /* the sender is in the name, and so its domain */
		sbuf_add_text(&domain, "spf");
	else if (generic_name(host, &m->who) || !organisation_of(host, &domain))
		return SPAN("");
	triplet_pool_name(&g->triplet, sbuf_span(&domain),
			  request_get(r, REQUEST_SENDER),
			  request_get(r, REQUEST_RECIPIENT), to);
	return sbuf_span(to);
}

static void name(const struct greylist *g, const struct matter *m,
		 struct names *room, struct ledger_case *c)
{
	const struct request *r = m->question->request;
	struct sbuf triplet = SBUF(room->triplet);
	struct sbuf client = SBUF(room->client), pool = SBUF(room->pool);

	triplet_name(&g->triplet, &m->who, request_get(r, REQUEST_SENDER),
		     request_get(r, REQUEST_RECIPIENT), &triplet);
	triplet_client_name(&g->triplet, &m->who, &client);
	c->triplet = sbuf_span(&triplet);
	c->pool = SPAN("");
	if (g->options->pool_aware)
		c->pool = pool_name(g, m, &pool);
	c->client = sbuf_span(&client);
}

/* Decide what needs no store; prepare CASES, of which *COUNT are there, for
 * the rest. */
static void begin(struct greylist *g, struct matter *m,
		  struct ledger_case *cases, size_t *count)
{
	const struct request *r = m->question->request;
	struct judge_facts facts;

	m->stored = NULL;
	m->decided = false;
	m->inside = false;
	m->question->held = false;
	sbuf_clear(m->question->answer);
	if (!is_known_type(r))
		return;
	action_dunno(m->question->answer);
	if (!is_complete(r) || !learn(g, m, &facts))
		return;
	if (!judge_needs_store(&facts)) {
		judge(&g->options->rules, &facts, &m->verdict);
		m->decided = true;
		return;
	}
	if (!has_key(g))
		return;
	m->stored = &cases[*count];
	m->stored->facts = facts;
	name(g, m, &names[*count], m->stored);
	(*count)++;
}

/* ---- the store --------------------------------------------------- */

static bool judge_stored(struct greylist *g, struct ledger_case *cases,
			 size_t count)
{
	int r;

	if (count == 0)
		return true;
	if (g->in_trouble && clock_mono() < g->retry_at) {
		g->undecided += count;
		return false;
	}
	r = ledger_judge(&g->store, &g->options->rules, cases, count,
			 clock_mono() + GREYLIST_PATIENCE);
	if (r < 0) {
		begin_trouble(g, g->path, -r);
		g->undecided += count;
		return false;
	}
	end_trouble(g);
	g->changes++;
	return true;
}

/* ---- words ------------------------------------------------------- */

static void tell(struct greylist *g, const struct matter *m)
{
	const struct request *r = m->question->request;
	const struct judge_verdict *v = &m->verdict;
	char memory[ACTION_LOG];
	struct sbuf line = SBUF(memory);
	bool header =
		v->first_pass &&
		instances_add(&g->instances, request_get(r, REQUEST_INSTANCE));

	action_answer(g->options, r, v, header, clock_wall(),
		      m->question->answer);
	if (v->from_future)
		log_info(LOG_OTHER,
			 "correcting date for first seen in the future!");
	if (v->client_became_known) {
		struct span client = request_get(r, REQUEST_CLIENT_NAME);
		struct span address = request_get(r, REQUEST_CLIENT_ADDRESS);

		log_info(LOG_OTHER, "whitelisted: %.*s%s%.*s%s",
			 (int)client.len, client.p, client.len > 0 ? "[" : "",
			 (int)address.len, address.p,
			 client.len > 0 ? "]" : "");
	}
	if (g->options->quiet)
		return;
	action_log(r, v, header, &line);
	log_info(LOG_OTHER, "%s", memory);
}

/* Would it help to know whether the client is one of the sender domain's? */
static bool is_to_be_held(const struct greylist *g, struct matter *m)
{
	struct greylist_question *q = m->question;
	struct span sender = request_get(q->request, REQUEST_SENDER), local;

	if (!g->options->pool_aware || !m->stored || m->verdict.pass)
		return false;
	q->domain = sender;
	while (span_cut(q->domain, '@', &local, &q->domain))
		;
	q->held = q->domain.len < sender.len && hostname_valid(q->domain);
	q->who = m->who;
	q->now = m->stored->facts.now;
	q->verdict = m->verdict;
	return q->held;
}

void greylist_decide(struct greylist *g, struct greylist_question *q,
		     bool inside)
{
	static struct ledger_case c;
	struct matter m = {
		.question = q,
		.who = q->who,
		.inside = inside,
		.verdict = q->verdict,
	};

	q->held = false;
	g->began = clock_mono();
	if (inside) {
		c.facts = (struct judge_facts){ .now = q->now };
		name(g, &m, &names[0], &c);
		if (judge_stored(g, &c, 1))
			m.verdict = c.verdict;
	}
	tell(g, &m);
}

void greylist_answer(struct greylist *g, struct greylist_question *questions,
		     size_t count)
{
	static struct ledger_case cases[LEDGER_BATCH];
	static struct matter matters[LEDGER_BATCH];
	size_t stored = 0;
	bool good;

	assert(count <= LEDGER_BATCH);
	g->began = clock_mono();
	look_for_expected(g);
	for (size_t i = 0; i < count; i++) {
		matters[i].question = &questions[i];
		begin(g, &matters[i], cases, &stored);
	}
	good = judge_stored(g, cases, stored);
	for (size_t i = 0; i < count; i++) {
		struct matter *m = &matters[i];

		if (m->stored && good) {
			m->verdict = m->stored->verdict;
			m->decided = true;
		}
		if (m->decided && !is_to_be_held(g, m))
			tell(g, m);
	}
}
