#include "cache/shared.h"

#include "base/clock.h"
#include "base/number.h"
#include "cache/redis_login.h"
#include "cache/redis_trouble.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define KEY_PREFIX "smtp-screen:pass:"

/* Longer than any setting can make a pass last. */
#define LONGEST_PASS INT32_MAX

/* The fields behind those of the tests. */
enum {
	FIELD_FIRST = TESTS,
	FIELD_LAST,
	FIELD_ROUNDS,
	FIELDS,
};

static const char *field_name(int field)
{
	switch (field) {
	case FIELD_FIRST:
		return "first";
	case FIELD_LAST:
		return "last";
	case FIELD_ROUNDS:
		return "rounds";
	default:
		return stamps_test_name((enum test)field);
	}
}

/* ---- opening --------------------------------------------------------------
 */

void shared_init(struct shared *s, const struct cache_server *server,
		 const char *password_file)
{
	s->server = *server;
	s->password_file = password_file;
	s->key = "";
	s->asked = false;
	s->answered = false;
	s->stale = false;
	s->trouble = "";
	cache_redis_init(&s->redis);
}

static int fail(struct shared *s, int error, const char *trouble)
{
	s->asked = false;
	s->answered = false;
	s->trouble = trouble;
	cache_redis_close(&s->redis);
	return error;
}

int shared_open(struct shared *s)
{
	const char *trouble;
	int r = redis_login(&s->redis, &s->server, s->password_file, &trouble);

	return r < 0 ? fail(s, r, trouble) : 0;
}

void shared_close(struct shared *s)
{
	cache_redis_close(&s->redis);
	s->asked = false;
}

/* ---- asking ---------------------------------------------------------------
 */

static struct span full_key(const char *key, struct sbuf *to)
{
	sbuf_add_text(to, KEY_PREFIX);
	sbuf_add_text(to, key);
	return sbuf_span(to);
}

/* Room for a key there. */
#define KEY_TEXT (sizeof(KEY_PREFIX) + ADDRESS_TEXT + 8)

int shared_ask(struct shared *s, const char *key)
{
	struct span words[2 + FIELDS] = { SPAN("HMGET") };
	char memory[KEY_TEXT];
	struct sbuf b = SBUF(memory);
	int r;

	s->key = key;
	s->answered = false;
	if (s->redis.fd < 0) {
		r = shared_open(s);
		if (r < 0)
			return r;
	}
	words[1] = full_key(key, &b);
	for (int f = 0; f < FIELDS; f++)
		words[2 + f] = span_of(field_name(f));
	cache_redis_ask(&s->redis, words, 2 + FIELDS);
	s->asked = true;
	return 0;
}

struct pollfd shared_pollfd(const struct shared *s)
{
	return cache_redis_pollfd(&s->redis);
}

/* A number from 1 to MOST, or 0. */
static int64_t number_of(const struct cache_redis_item *item, int64_t most)
{
	uint64_t number;

	if (item->kind != CACHE_REDIS_TEXT_KIND ||
	    !number_parse(item->text, (uint64_t)most, &number))
		return 0;
	return (int64_t)number;
}

bool shared_read(const struct cache_redis_reply *reply, int64_t now,
		 struct stamps *ret, bool *ret_stale)
{
	struct stamps s = { .count = 0 };
	bool any = false;

	*ret_stale = false;
	if (reply->top.kind != CACHE_REDIS_LIST || reply->count != FIELDS)
		return false;
	s.first = number_of(&reply->item[FIELD_FIRST], now);
	s.last = number_of(&reply->item[FIELD_LAST], INT64_MAX);
	s.count = (uint64_t)number_of(&reply->item[FIELD_ROUNDS], INT32_MAX);
	if (stamps_from_future(&s, now)) {
		*ret_stale = true;
		return false;
	}
	for (int t = 0; t < TESTS; t++) {
		s.until[t] = number_of(&reply->item[t], now + LONGEST_PASS);
		any = any || s.until[t] > STAMP_DISABLED;
	}
	/* whatever we write has its time: without it nobody of ours did */
	if (!any || s.last == 0)
		return false;
	*ret = s;
	return true;
}

/* What became of the question. */
static int judge(struct shared *s, int64_t now)
{
	const struct cache_redis_reply *reply = &s->redis.reply;
	bool known;

	if (reply->top.kind == CACHE_REDIS_ERROR)
		return fail(s, -EPROTO, redis_trouble_said(reply->top.text));
	if (reply->top.kind != CACHE_REDIS_LIST || reply->count != FIELDS)
		return fail(s, -EPROTO, "it does not answer like Redis");
	s->asked = false;
	s->answered = true;
	s->stamps = (struct stamps){ .count = 0 };
	known = shared_read(reply, now, &s->stamps, &s->stale);
	return known ? 1 : 0;
}

static int fail_as_redis(struct shared *s, int error)
{
	return fail(s, error, s->redis.trouble);
}

int shared_hear(struct shared *s, int64_t now)
{
	int r = cache_redis_next(&s->redis);

	if (r < 0)
		return fail_as_redis(s, r);
	return r > 0 ? judge(s, now) : -EAGAIN;
}

static int give_up(struct shared *s)
{
	return fail(s, -ETIMEDOUT, "it did not answer in time");
}

int shared_wait(struct shared *s, int64_t now, int64_t deadline)
{
	int r = cache_redis_wait(&s->redis, deadline);

	if (r == -ETIMEDOUT && s->redis.fd >= 0)
		return give_up(s);
	return r < 0 ? fail_as_redis(s, r) : judge(s, now);
}

/* ---- telling --------------------------------------------------------------
 */

/* Hear what was asked to the end. 0; or negative errno: the first error
 * decides, that of the last may only say that there was one. */
static int hear_all(struct shared *s, int64_t deadline)
{
	const char *complaint = NULL;

	while (cache_redis_awaits(&s->redis)) {
		const struct cache_redis_reply *reply = &s->redis.reply;
		int r = cache_redis_wait(&s->redis, deadline);

		if (r == -ETIMEDOUT && s->redis.fd >= 0)
			return give_up(s);
		if (r < 0)
			return fail_as_redis(s, r);
		if (!complaint && reply->top.kind == CACHE_REDIS_ERROR)
			complaint = redis_trouble_said(reply->top.text);
		for (size_t i = 0; reply->top.kind == CACHE_REDIS_LIST &&
				   i < reply->count && i < CACHE_REDIS_ITEMS;
		     i++)
			if (!complaint &&
			    reply->item[i].kind == CACHE_REDIS_ERROR)
				complaint =
					redis_trouble_said(reply->item[i].text);
	}
	return complaint ? fail(s, -EPROTO, complaint) : 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The entry as it will be. */
static void add_pass(struct stamps *s, const struct cache_pass *pass,
		     int64_t now)
{
	for (int t = 0; t < TESTS; t++)
		s->until[t] = later(s->until[t], pass->until[t]);
	if (s->first == 0)
		s->first = now;
	s->last = now;
	if (pass->complete && s->count < INT32_MAX)
		s->count++;
}

/* HSET KEY of what is new in ENTRY. */
static void ask_hset(struct shared *s, struct span key,
		     const struct stamps *entry, const struct cache_pass *pass)
{
	struct span words[2 + 2 * FIELDS] = { SPAN("HSET"), key };
	int64_t value[FIELDS];
	char memory[FIELDS * 21 + 1];
	struct sbuf b = SBUF(memory);
	size_t count = 2;

	memcpy(value, entry->until, sizeof(entry->until));
	value[FIELD_FIRST] = entry->first;
	value[FIELD_LAST] = entry->last;
	value[FIELD_ROUNDS] = (int64_t)entry->count;
	for (int f = 0; f < FIELDS; f++) {
		size_t from = b.len;

		if (f < TESTS && pass->until[f] == 0)
			continue;
		sbuf_addf(&b, "%" PRId64, value[f]);
		words[count++] = span_of(field_name(f));
		words[count++] = span_skip(sbuf_span(&b), from);
	}
	cache_redis_ask(&s->redis, words, count);
}

static void ask_words(struct shared *s, const char *name, struct span key,
		      struct span number, const char *option)
{
	struct span words[4] = { span_of(name), key, number, span_of(option) };
	size_t count = 1;

	while (count < 4 && words[count].len > 0)
		count++;
	cache_redis_ask(&s->redis, words, count);
}

static int64_t last_of(const struct stamps *s)
{
	int64_t last = 0;

	for (int t = 0; t < TESTS; t++)
		last = later(last, s->until[t]);
	return last;
}

/* All that is written for ENTRY, or nothing, as END says. */
static void ask_to_keep(struct shared *s, struct span key,
			const struct stamps *entry,
			const struct cache_pass *pass, int64_t until,
			const char *end)
{
	struct span none = SPAN("");
	char number[24];
	struct sbuf n = SBUF(number);

	sbuf_addf(&n, "%" PRId64, until);
	ask_words(s, "MULTI", none, none, "");
	if (s->stale) /* or its other stamps would count again */
		ask_words(s, "DEL", key, none, "");
	ask_hset(s, key, entry, pass);
	/* GT alone never gives a time to a key that has none yet */
	ask_words(s, "EXPIREAT", key, sbuf_span(&n), "NX");
	ask_words(s, "EXPIREAT", key, sbuf_span(&n), "GT");
	ask_words(s, end, none, none, "");
}

/* A server may end a connection that was idle while the tests ran. Then it is
 * heard here that it is gone, before anything is told. */
static int be_connected(struct shared *s)
{
	if (s->redis.fd >= 0 && cache_redis_next(&s->redis) == 0)
		return 0;
	return shared_open(s);
}

int shared_tell(struct shared *s, const struct cache_pass *pass, int64_t now,
		int64_t retention, int64_t deadline)
{
	char memory[KEY_TEXT];
	struct sbuf b = SBUF(memory);
	struct stamps entry = s->stamps;
	int r = be_connected(s);

	if (r < 0)
		return r;
	add_pass(&entry, pass, now);
	ask_to_keep(s, full_key(s->key, &b), &entry, pass,
		    last_of(&entry) + retention, "EXEC");
	return hear_all(s, deadline);
}

int shared_rehearse(struct shared *s, int64_t deadline)
{
	static const struct stamps entry = { .first = 1, .last = 1 };
	static const struct cache_pass pass = { .until = { 1 } };
	char memory[KEY_TEXT];
	struct sbuf b = SBUF(memory);
	int r = be_connected(s);

	if (r < 0)
		return r;
	ask_to_keep(s, full_key("rehearsal", &b), &entry, &pass, 1, "DISCARD");
	return hear_all(s, deadline);
}

int shared_forget(struct shared *s, const char *key, int64_t deadline)
{
	char memory[KEY_TEXT];
	struct sbuf b = SBUF(memory);
	const struct cache_redis_item *answer = &s->redis.reply.top;
	int r = be_connected(s);

	if (r < 0)
		return r;
	ask_words(s, "DEL", full_key(key, &b), SPAN(""), "");
	r = hear_all(s, deadline);
	if (r < 0)
		return r;
	return answer->kind == CACHE_REDIS_NUMBER && answer->number > 0;
}
