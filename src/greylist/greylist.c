#include "greylist/greylist.h"

#include "base/clock.h"
#include "greylist/action.h"
#include "greylist/facts.h"
#include "log/log.h"
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

static void end_trouble(struct greylist *g, const char *how)
{
	if (!g->in_trouble)
		return;
	g->in_trouble = false;
	g->failure_told = false;
	log_info(LOG_CACHE_TROUBLE,
		 "%s %s; %lu requests were answered without it", g->path, how,
		 g->undecided);
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
	if (o->shares)
		shared_ledger_init(&g->shared, &o->server, o->redis_password,
				   &o->rules, o->max_age);
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
	end_trouble(g, "did not work until the end");
	if (g->options->shares)
		shared_ledger_close(&g->shared);
	reputation_close(&g->reputation);
	cache_close(&g->store);
	exempt_close(&g->exempt);
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
	end_trouble(g, "works again");
	g->changes++;
	for (size_t i = 0; g->options->shares && i < count; i++)
		if (!cases[i].unsettled)
			shared_ledger_tell(&g->shared, &cases[i], g->began);
	return true;
}

/* ---- words ------------------------------------------------------- */

static void tell(struct greylist *g, struct greylist_question *q)
{
	const struct request *r = q->request;
	const struct judge_verdict *v = &q->verdict;
	char memory[ACTION_LOG];
	struct sbuf line = SBUF(memory);
	bool header =
		v->first_pass &&
		instances_add(&g->instances, request_get(r, REQUEST_INSTANCE));

	action_answer(g->options, r, v, header, clock_wall(), q->answer);
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

/* ---- questions --------------------------------------------------- */

/* Bytes of our own, and those of no other batch. */
static struct facts_names names[LEDGER_BATCH];

/* Decide what needs no store: true, with the answer. Else C is prepared. */
static bool begin(struct greylist *g, struct greylist_question *q,
		  struct facts_names *room, struct ledger_case *c)
{
	q->waits = GREYLIST_DONE;
	sbuf_clear(q->answer);
	if (!facts_is_for_us(q->request))
		return true;
	action_dunno(q->answer);
	*c = (struct ledger_case){ .tentative = g->options->shares };
	if (!facts_learn(g, q->request, &q->who, &c->facts))
		return true;
	q->now = c->facts.now;
	if (!judge_needs_store(&c->facts)) {
		judge(&g->options->rules, &c->facts, &q->verdict);
		tell(g, q);
		return true;
	}
	if (!has_key(g))
		return true;
	facts_name(g, q->request, &q->who, false, room, c);
	return false;
}

/* What the store knows of it has been asked. */
static void go_on(struct greylist *g, struct greylist_question *q,
		  const struct ledger_case *c)
{
	q->verdict = c->verdict;
	if (c->unsettled) {
		q->waits = GREYLIST_FOR_OTHERS;
		return;
	}
	/* would it help to know whether the client is one of the sender
	 * domain's? */
	q->domain = facts_sender_domain(q->request);
	if (g->options->pool_aware && !q->verdict.pass && q->domain.len > 0)
		q->waits = GREYLIST_FOR_POOL;
	else
		tell(g, q);
}

void greylist_answer(struct greylist *g, struct greylist_question *questions,
		     size_t count)
{
	static struct ledger_case cases[LEDGER_BATCH];
	struct greylist_question *asking[LEDGER_BATCH];
	size_t stored = 0;

	assert(count <= LEDGER_BATCH);
	g->began = clock_mono();
	look_for_expected(g);
	for (size_t i = 0; i < count; i++) {
		if (begin(g, &questions[i], &names[stored], &cases[stored]))
			continue;
		asking[stored++] = &questions[i];
	}
	if (!judge_stored(g, cases, stored))
		return;
	for (size_t i = 0; i < stored; i++)
		go_on(g, asking[i], &cases[i]);
}

/* ---- what others know -------------------------------------------- */

bool greylist_ask_others(struct greylist *g, const struct greylist_question *q,
			 unsigned who)
{
	struct shared_question question;
	struct ledger_case inside, c;

	g->began = clock_mono();
	facts_name(g, q->request, &q->who, false, &names[0], &c);
	question = (struct shared_question){ c.triplet, c.client, { c.pool } };
	if (g->options->pool_aware) {
		facts_name(g, q->request, &q->who, true, &names[1], &inside);
		question.pool[1] = inside.pool;
	}
	return shared_ledger_ask(&g->shared, &question, who, g->began);
}

void greylist_hear_others(struct greylist *g, struct greylist_question *q,
			  const struct shared_answer *answer)
{
	static struct ledger_case c;

	q->waits = GREYLIST_DONE;
	q->others = *answer;
	g->began = clock_mono();
	c = (struct ledger_case){
		.facts = { .now = q->now },
		.others = { answer->triplet, answer->pool[0], answer->client },
	};
	facts_name(g, q->request, &q->who, false, &names[0], &c);
	if (judge_stored(g, &c, 1))
		go_on(g, q, &c);
}

void greylist_decide(struct greylist *g, struct greylist_question *q,
		     bool inside)
{
	static struct ledger_case c;

	q->waits = GREYLIST_DONE;
	g->began = clock_mono();
	c = (struct ledger_case){
		.facts = { .now = q->now },
		.others = { q->others.triplet, q->others.pool[1],
			    q->others.client },
	};
	if (inside) {
		facts_name(g, q->request, &q->who, true, &names[0], &c);
		if (judge_stored(g, &c, 1))
			q->verdict = c.verdict;
	}
	tell(g, q);
}
