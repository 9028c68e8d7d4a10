#include "triplet/ledger.h"

#include "base/number.h"

#include <assert.h>
#include <inttypes.h>

/* ---- values ------------------------------------------------------ */

/* Postgrey once wrote a third field, which means nothing any more. */
static bool parse_two(struct span value, uint64_t *ret_one, uint64_t *ret_two)
{
	struct span one, two, more;

	if (!span_cut(value, ',', &one, &two))
		return false;
	span_cut(two, ',', &two, &more);
	return number_parse(one, INT64_MAX, ret_one) &&
	       number_parse(two, INT64_MAX, ret_two);
}

bool ledger_parse_triplet(struct span value, struct judge_triplet *ret)
{
	uint64_t first, last;

	if (!parse_two(value, &first, &last))
		return false;
	*ret = (struct judge_triplet){ true, (int64_t)first, (int64_t)last };
	return true;
}

bool ledger_parse_client(struct span value, struct judge_client *ret)
{
	uint64_t count, last;

	if (!parse_two(value, &count, &last))
		return false;
	*ret = (struct judge_client){ true, count, (int64_t)last };
	return true;
}

/* Zeros before the last number change nothing. */
static void format_two(uint64_t one, int64_t two, size_t old_length,
		       struct sbuf *to)
{
	char memory[24];
	struct sbuf last = SBUF(memory);

	sbuf_addf(&last, "%" PRId64, two);
	sbuf_addf(to, "%" PRIu64 ",", one);
	while (to->len + last.len < old_length)
		sbuf_add_char(to, '0');
	sbuf_add(to, sbuf_span(&last));
}

void ledger_format_triplet(const struct judge_triplet *t, size_t old_length,
			   struct sbuf *to)
{
	format_two((uint64_t)t->first, t->last, old_length, to);
}

void ledger_format_client(const struct judge_client *c, size_t old_length,
			  struct sbuf *to)
{
	format_two(c->count, c->last, old_length, to);
}

bool ledger_is_client(struct span name)
{
	return span_find(name, '/') < 0 && !span_starts_with(name, SPAN("t:"));
}

/* ---- a batch ----------------------------------------------------- */

struct batch {
	const struct judge_rules *rules;
	struct ledger_case *cases;
	size_t count;
};

/* A value that is too long is nobody's. */
struct value {
	char memory[LEDGER_VALUE + 1];
	struct sbuf text;
	bool strange;
};

static int fetch(struct cache_edit *e, struct span name, struct value *v)
{
	int r;

	v->text = SBUF(v->memory);
	r = cache_edit_fetch(e, name, &v->text);
	v->strange = r > 0 && !sbuf_fitted(&v->text);
	return r;
}

static int store(struct cache_edit *e, struct span name,
		 const struct value *old, const struct sbuf *value)
{
	size_t old_length = old->text.len;
	int r = 0;

	if (old->strange) { /* the new value might be shorter */
		r = cache_edit_delete(e, name);
		old_length = 0;
	}
	return r < 0 ? r
		     : cache_edit_store(e, name, old_length, sbuf_span(value));
}

/* What is known, and as how much text. */
struct known {
	struct value client, triplet, pool;
};

static int fetch_triplet(struct cache_edit *e, struct span name,
			 struct value *v, struct judge_triplet *ret)
{
	int r;

	ret->known = false;
	v->text.len = 0;
	v->strange = false;
	if (name.len == 0)
		return 0;
	r = fetch(e, name, v);
	if (r > 0)
		ledger_parse_triplet(sbuf_span(&v->text), ret);
	return r;
}

/* What others know counts like our own. */
static void hear_others(const struct judge_rules *rules, struct ledger_case *c)
{
	struct judge_facts *f = &c->facts;

	if (judge_counts_more(rules, &c->others.triplet, &f->triplet, f->now))
		f->triplet = c->others.triplet;
	if (judge_counts_more(rules, &c->others.pool, &f->pool, f->now))
		f->pool = c->others.pool;
	f->client = judge_join_clients(&f->client, &c->others.client);
}

static int look_up(struct cache_edit *e, const struct judge_rules *rules,
		   struct ledger_case *c, struct known *ret)
{
	int r = 0;

	c->facts.client.known = false;
	ret->client.text.len = 0;
	ret->client.strange = false;
	if (rules->enough > 0)
		r = fetch(e, c->client, &ret->client);
	if (r > 0)
		ledger_parse_client(sbuf_span(&ret->client.text),
				    &c->facts.client);
	if (r >= 0)
		r = fetch_triplet(e, c->triplet, &ret->triplet,
				  &c->facts.triplet);
	if (r >= 0)
		r = fetch_triplet(e, c->pool, &ret->pool, &c->facts.pool);
	hear_others(rules, c);
	return r;
}

static int store_triplet(struct cache_edit *e, struct span name,
			 const struct value *old, const struct judge_triplet *t)
{
	char memory[LEDGER_VALUE + 1];
	struct sbuf text = SBUF(memory);

	ledger_format_triplet(t, old->text.len, &text);
	return store(e, name, old, &text);
}

static int judge_case(struct cache_edit *e, const struct judge_rules *rules,
		      struct ledger_case *c)
{
	const struct judge_verdict *v = &c->verdict;
	char memory[LEDGER_VALUE + 1];
	struct sbuf text = SBUF(memory);
	struct known known;
	int r = look_up(e, rules, c, &known);

	if (r < 0)
		return r;
	judge(rules, &c->facts, &c->verdict);
	c->unsettled = c->tentative && !judge_is_settled(v);
	if (c->unsettled)
		return 0;
	r = 0;
	if (v->store_triplet)
		r = store_triplet(e, c->triplet, &known.triplet, &v->triplet);
	if (r == 0 && v->store_triplet && c->pool.len > 0)
		r = store_triplet(e, c->pool, &known.pool, &v->triplet);
	if (r == 0 && v->store_client) {
		ledger_format_client(&v->client, known.client.text.len, &text);
		r = store(e, c->client, &known.client, &text);
	}
	return r;
}

static int judge_batch(struct cache_edit *e, void *context)
{
	struct batch *b = context;

	for (size_t i = 0; i < b->count; i++) {
		int r = judge_case(e, b->rules, &b->cases[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int ledger_judge(struct cache *file, const struct judge_rules *rules,
		 struct ledger_case *cases, size_t count, int64_t deadline)
{
	struct batch batch = { rules, cases, count };

	assert(count <= LEDGER_BATCH);
	return cache_edit(file, judge_batch, &batch, deadline);
}

/* ---- entries from elsewhere -------------------------------------- */

struct joining {
	const struct ledger_entry *entries;
	size_t count;
	int changed;
};

/* Is ONE to take the place of THAT? A triplet has passed when it was seen
 * for long enough, whatever that is. */
static bool is_better(const struct judge_triplet *one,
		      const struct judge_triplet *that)
{
	int64_t have = that->last - that->first, get = one->last - one->first;

	return !that->known || get > have ||
	       (get == have && one->last > that->last);
}

static int join_triplet(struct cache_edit *e, const struct ledger_entry *entry)
{
	char memory[LEDGER_VALUE + 1];
	struct judge_triplet there = { .known = false };
	struct sbuf text = SBUF(memory);
	struct value old;
	int r = fetch(e, entry->name, &old);

	if (r > 0)
		ledger_parse_triplet(sbuf_span(&old.text), &there);
	if (r < 0 || !is_better(&entry->triplet, &there))
		return r < 0 ? r : 0;
	ledger_format_triplet(&entry->triplet, old.text.len, &text);
	r = store(e, entry->name, &old, &text);
	return r < 0 ? r : 1;
}

static int join_client(struct cache_edit *e, const struct ledger_entry *entry)
{
	char memory[LEDGER_VALUE + 1];
	struct judge_client joined, there = { .known = false };
	struct sbuf text = SBUF(memory);
	struct value old;
	int r = fetch(e, entry->name, &old);

	if (r < 0)
		return r;
	if (r > 0)
		ledger_parse_client(sbuf_span(&old.text), &there);
	joined = judge_join_clients(&entry->client, &there);
	if (there.known && joined.count == there.count &&
	    joined.last == there.last)
		return 0;
	ledger_format_client(&joined, old.text.len, &text);
	r = store(e, entry->name, &old, &text);
	return r < 0 ? r : 1;
}

static int join_batch(struct cache_edit *e, void *context)
{
	struct joining *j = context;

	j->changed = 0;
	for (size_t i = 0; i < j->count; i++) {
		const struct ledger_entry *entry = &j->entries[i];
		int r = entry->is_client ? join_client(e, entry)
					 : join_triplet(e, entry);

		if (r < 0)
			return r;
		j->changed += r;
	}
	return 0;
}

int ledger_join(struct cache *file, const struct ledger_entry *entries,
		size_t count, int64_t deadline)
{
	struct joining joining = { entries, count, 0 };
	int r;

	assert(count <= LEDGER_BATCH);
	r = cache_edit(file, join_batch, &joining, deadline);
	return r < 0 ? r : joining.changed;
}
