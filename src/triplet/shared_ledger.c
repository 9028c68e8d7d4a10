#include "triplet/shared_ledger.h"

#include "base/clock.h"
#include "cache/redis_login.h"
#include "cache/redis_trouble.h"

#include <inttypes.h>

#define KEY_PREFIX "smtp-screen:grey:"
#define KEY_TEXT   (sizeof(KEY_PREFIX) + SHARED_LEDGER_NAME)

/* The command, the triplet, the client, and the pools. */
#define QUESTION_WORDS (3 + SHARED_LEDGER_POOLS)

/* A command needs no more: so much for each word, and the rest. */
#define WORD_ROOM     (KEY_TEXT + 16)
#define QUESTION_ROOM (QUESTION_WORDS * WORD_ROOM)

/* What is longer ago than this is news again: else others would forget what is
 * in use here. */
#define DAY INT64_C(86400)

/* More passes than any client has. */
#define COUNT_MOST 1000000

/* ---- the connection ---------------------------------------------- */

void shared_ledger_init(struct shared_ledger *l,
			const struct cache_server *server,
			const char *password_file,
			const struct judge_rules *rules, int64_t max_age)
{
	l->server = *server;
	l->password_file = password_file;
	l->delay = rules->delay;
	l->retry_window = rules->retry_window;
	l->max_age = max_age;
	l->first = 0;
	l->count = 0;
	l->retry_at = 0;
	l->trouble = NULL;
	cache_redis_init(&l->redis);
}

void shared_ledger_close(struct shared_ledger *l)
{
	cache_redis_close(&l->redis);
}

/* Whoever has asked hears of it by shared_ledger_next. */
static void fail(struct shared_ledger *l, const char *trouble, int64_t now)
{
	cache_redis_close(&l->redis);
	l->trouble = trouble;
	l->retry_at = now + SHARED_LEDGER_PAUSE_S * CLOCK_SECOND;
}

static bool be_connected(struct shared_ledger *l, int64_t now)
{
	const char *trouble;

	if (l->redis.fd >= 0)
		return true;
	/* those who asked over the last connection go first */
	if (l->count > 0 || now < l->retry_at)
		return false;
	if (redis_login(&l->redis, &l->server, l->password_file, &trouble) == 0)
		return true;
	fail(l, trouble, now);
	return false;
}

static bool has_room(const struct shared_ledger *l, unsigned commands,
		     size_t bytes)
{
	return l->count + commands <= SHARED_LEDGER_OPEN &&
	       cache_redis_room(&l->redis) >= bytes;
}

static struct shared_open *push(struct shared_ledger *l, int64_t now)
{
	struct shared_open *o =
		&l->open[(l->first + l->count++) % SHARED_LEDGER_OPEN];

	*o = (struct shared_open){ .deadline = now + SHARED_LEDGER_PATIENCE };
	return o;
}

static struct shared_open pop(struct shared_ledger *l)
{
	struct shared_open o = l->open[l->first];

	l->first = (l->first + 1) % SHARED_LEDGER_OPEN;
	l->count--;
	return o;
}

/* ---- asking ------------------------------------------------------ */

struct key {
	char memory[KEY_TEXT];
};

static struct span key_of(struct span name, struct key *room)
{
	struct sbuf key = SBUF(room->memory);

	sbuf_add_text(&key, KEY_PREFIX);
	sbuf_add(&key, name);
	return sbuf_span(&key);
}

bool shared_ledger_ask(struct shared_ledger *l, const struct shared_question *q,
		       unsigned who, int64_t now)
{
	const struct span names[] = { q->triplet, q->client, q->pool[0],
				      q->pool[1] };
	struct span words[QUESTION_WORDS] = { SPAN("MGET") };
	struct key keys[QUESTION_WORDS];
	struct shared_open *o;
	size_t count = 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].len > SHARED_LEDGER_NAME)
			return false;
		if (names[i].len == 0)
			continue;
		words[count] = key_of(names[i], &keys[count]);
		count++;
	}
	if (!be_connected(l, now) || !has_room(l, 1, QUESTION_ROOM))
		return false;
	o = push(l, now);
	o->is_question = true;
	o->who = who;
	for (size_t i = 0; i < SHARED_LEDGER_POOLS; i++)
		o->pool[i] = q->pool[i].len > 0;
	cache_redis_ask(&l->redis, words, count);
	if (cache_redis_send(&l->redis) < 0)
		fail(l, l->redis.trouble, now);
	return true;
}

/* ---- hearing ----------------------------------------------------- */

/* An entry that is not there, or is none, is not known. */
static struct judge_triplet triplet_of(const struct cache_redis_item *item)
{
	struct judge_triplet t = { .known = false };

	if (item->kind == CACHE_REDIS_TEXT_KIND)
		ledger_parse_triplet(item->text, &t);
	return t;
}

static struct judge_client client_of(const struct cache_redis_item *item)
{
	struct judge_client c = { .known = false };

	if (item->kind == CACHE_REDIS_TEXT_KIND)
		ledger_parse_client(item->text, &c);
	c.known = c.known && c.count <= COUNT_MOST;
	return c;
}

/* NULL, or what is wrong with it. */
static const char *take_answer(const struct shared_open *o,
			       const struct cache_redis_reply *reply,
			       struct shared_answer *ret)
{
	size_t at = 2;

	if (reply->top.kind == CACHE_REDIS_ERROR)
		return redis_trouble_said(reply->top.text);
	if (reply->top.kind != CACHE_REDIS_LIST ||
	    reply->count != at + o->pool[0] + o->pool[1])
		return "it does not answer like Redis";
	ret->triplet = triplet_of(&reply->item[0]);
	ret->client = client_of(&reply->item[1]);
	for (size_t i = 0; i < SHARED_LEDGER_POOLS; i++)
		if (o->pool[i])
			ret->pool[i] = triplet_of(&reply->item[at++]);
	return NULL;
}

/* A server that is full or a replica can still be asked. */
static void take_receipt(struct shared_ledger *l)
{
	const struct cache_redis_item *top = &l->redis.reply.top;

	l->trouble = NULL;
	if (top->kind == CACHE_REDIS_ERROR)
		l->trouble = redis_trouble_said(top->text);
	else if (top->kind != CACHE_REDIS_WORD)
		l->trouble = "it does not answer like Redis";
}

/* 1: the first that is open is answered, or never will be; else 0. */
static int hear(struct shared_ledger *l, int64_t now)
{
	int r = cache_redis_next(&l->redis);

	if (r == 0 && l->count > 0 && now >= l->open[l->first].deadline) {
		fail(l, "it did not answer in time", now);
		return 1;
	}
	/* a server may end a connection that nobody needs */
	if (r < 0 && l->count > 0)
		fail(l, l->redis.trouble, now);
	return r != 0 && l->count > 0;
}

bool shared_ledger_next(struct shared_ledger *l, int64_t now, unsigned *ret_who,
			struct shared_answer *ret)
{
	while (l->redis.fd >= 0 ? hear(l, now) : l->count > 0) {
		struct shared_open o = pop(l);
		bool answered = l->redis.fd >= 0;

		*ret_who = o.who;
		*ret = (struct shared_answer){ .triplet.known = false };
		if (answered && o.is_question) {
			const char *wrong =
				take_answer(&o, &l->redis.reply, ret);

			if (wrong)
				fail(l, wrong, now);
		} else if (answered) {
			take_receipt(l);
		}
		if (o.is_question)
			return true;
	}
	return false;
}

/* ---- telling ----------------------------------------------------- */

static void tell(struct shared_ledger *l, struct span name, struct span value,
		 int64_t seconds, int64_t now)
{
	char memory[24];
	struct sbuf n = SBUF(memory);
	struct key key;

	if (name.len == 0 || name.len > SHARED_LEDGER_NAME)
		return;
	/* an entry of no time at all is none */
	sbuf_addf(&n, "%" PRId64, seconds > 0 ? seconds : 1);
	cache_redis_ask(&l->redis,
			(struct span[]){ SPAN("SET"), key_of(name, &key), value,
					 SPAN("EX"), sbuf_span(&n) },
			5);
	push(l, now);
}

static bool is_news(const struct ledger_case *c)
{
	return !judge_is_settled(&c->verdict) ||
	       c->facts.triplet.last / DAY != c->facts.now / DAY;
}

static void tell_triplet(struct shared_ledger *l, const struct ledger_case *c,
			 int64_t now)
{
	const struct judge_triplet *t = &c->verdict.triplet;
	bool has_passed = t->last - t->first >= l->delay;
	int64_t seconds = has_passed ? l->max_age : l->retry_window;
	char memory[LEDGER_VALUE + 1];
	struct sbuf value = SBUF(memory);

	ledger_format_triplet(t, 0, &value);
	tell(l, c->triplet, sbuf_span(&value), seconds, now);
	tell(l, c->pool, sbuf_span(&value), seconds, now);
}

void shared_ledger_tell(struct shared_ledger *l, const struct ledger_case *c,
			int64_t now)
{
	bool triplet = c->verdict.store_triplet && is_news(c);
	char memory[LEDGER_VALUE + 1];
	struct sbuf value = SBUF(memory);

	if ((!triplet && !c->verdict.store_client) || !be_connected(l, now) ||
	    !has_room(l, 3, 3 * WORD_ROOM + 3 * LEDGER_VALUE))
		return;
	if (triplet)
		tell_triplet(l, c, now);
	if (c->verdict.store_client) {
		ledger_format_client(&c->verdict.client, 0, &value);
		tell(l, c->client, sbuf_span(&value), l->max_age, now);
	}
	if (cache_redis_send(&l->redis) < 0)
		fail(l, l->redis.trouble, now);
}

/* ---- poll -------------------------------------------------------- */

struct pollfd shared_ledger_pollfd(const struct shared_ledger *l,
				   int64_t *ret_deadline)
{
	*ret_deadline = CLOCK_NEVER;
	if (l->count > 0)
		*ret_deadline = l->open[l->first].deadline;
	/* they need not wait for one that is gone */
	if (l->count > 0 && l->redis.fd < 0)
		*ret_deadline = 0;
	return cache_redis_pollfd(&l->redis);
}
