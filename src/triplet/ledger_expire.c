#include "triplet/ledger_expire.h"

#include "base/clock.h"
#include "cache/cache_batch.h"
#include "cache/cache_copy.h"

/* Deleted under one lock, while questions wait. */
#define BATCH 20

struct expiry {
	const struct judge_rules *rules;
	int64_t max_age, now, patience;
	struct cache store;
	struct span doomed[BATCH]; /* names, in the copy */
	unsigned count;		   /* of these */
	struct ledger_expired *done;
};

static bool is_old(const struct expiry *x, struct span name, struct span value)
{
	struct judge_triplet t;
	struct judge_client c;

	if (ledger_is_client(name))
		return !ledger_parse_client(value, &c) ||
		       x->now - c.last > x->max_age;
	if (!ledger_parse_triplet(value, &t))
		return true;
	return x->now - t.last > x->max_age ||
	       (t.last - t.first < x->rules->delay &&
		x->now - t.last > x->rules->retry_window);
}

/* They are looked at again: a question may have come meanwhile. */
static int delete_doomed(struct cache_edit *e, void *context)
{
	struct expiry *x = context;

	for (unsigned i = 0; i < x->count; i++) {
		char memory[LEDGER_VALUE + 1];
		struct sbuf value = SBUF(memory);
		int r = cache_edit_fetch(e, x->doomed[i], &value);

		if (r > 0 && is_old(x, x->doomed[i], sbuf_span(&value)))
			r = cache_edit_delete(e, x->doomed[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int64_t deadline(const struct expiry *x)
{
	return clock_mono() + x->patience;
}

static int flush(struct expiry *x)
{
	int r;

	if (x->count == 0)
		return 0;
	r = cache_edit(&x->store, delete_doomed, x, deadline(x));
	x->count = 0;
	return r;
}

static int expire_copy(struct expiry *x, struct cache_copy *copy)
{
	struct cache_copied entry;
	int r = 0;

	while (r >= 0 && cache_copy_next(copy, &entry)) {
		bool is_client = ledger_is_client(entry.key);

		(*(is_client ? &x->done->clients : &x->done->triplets))++;
		if (!is_old(x, entry.key, entry.value))
			continue;
		(*(is_client ? &x->done->old_clients
			     : &x->done->old_triplets))++;
		x->doomed[x->count++] = entry.key;
		if (x->count == BATCH)
			r = flush(x);
	}
	return r < 0 ? r : flush(x);
}

int ledger_expire(const char *file, const struct judge_rules *rules,
		  int64_t max_age, int64_t now, int64_t patience,
		  struct ledger_expired *ret)
{
	struct expiry x = {
		.rules = rules,
		.max_age = max_age,
		.now = now,
		.patience = patience,
		.done = ret,
	};
	struct cache_copy copy;
	int r;

	*ret = (struct ledger_expired){ .triplets = 0 };
	cache_init(&x.store, file);
	r = cache_copy_take(&x.store, deadline(&x), &copy);
	if (r == 0) {
		r = expire_copy(&x, &copy);
		cache_copy_drop(&copy);
	}
	if (r == 0)
		r = cache_shrink(&x.store, deadline(&x));
	cache_close(&x.store);
	return r < 0 ? r : 0;
}
