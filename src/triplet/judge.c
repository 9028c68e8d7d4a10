#include "triplet/judge.h"

bool judge_needs_store(const struct judge_facts *facts)
{
	return !facts->client_exempt && !facts->recipient_exempt &&
	       !facts->expected && facts->standing == JUDGE_STANDING_NONE;
}

static enum judge_reason reason_of(enum judge_standing standing)
{
	switch (standing) {
	case JUDGE_STANDING_TRUSTED:
		return JUDGE_CLIENT_TRUSTED;
	case JUDGE_STANDING_VOUCHED:
		return JUDGE_CLIENT_VOUCHED;
	case JUDGE_STANDING_ORDINARY:
	case JUDGE_STANDING_NONE:
		break;
	}
	return JUDGE_CLIENT_ORDINARY;
}

static bool may_count(const struct judge_client *c, int64_t now)
{
	return !c->known || now >= c->last + JUDGE_CLIENT_PAUSE;
}

static void count(const struct judge_facts *facts, struct judge_verdict *v)
{
	v->store_client = true;
	v->client = (struct judge_client){
		.known = true,
		.count = facts->client.known ? facts->client.count + 1 : 1,
		.last = facts->now,
	};
}

static bool has_passed(const struct judge_rules *rules,
		       const struct judge_triplet *t)
{
	return t->known && t->last - t->first >= rules->delay;
}

/* Does it still wait, and may its retry come now? */
static bool is_waiting(const struct judge_rules *rules,
		       const struct judge_triplet *t, int64_t now)
{
	return t->known && t->first <= now &&
	       now - t->first <= rules->retry_window;
}

bool judge_counts_more(const struct judge_rules *rules,
		       const struct judge_triplet *one,
		       const struct judge_triplet *that, int64_t now)
{
	if (has_passed(rules, that))
		return false;
	if (has_passed(rules, one))
		return one->first <= now;
	return is_waiting(rules, one, now) &&
	       (!is_waiting(rules, that, now) || one->first < that->first);
}

struct judge_client judge_join_clients(const struct judge_client *a,
				       const struct judge_client *b)
{
	struct judge_client joined = *a;

	if (!a->known)
		return *b;
	if (b->known && b->count > a->count)
		joined.count = b->count;
	if (b->known && b->last > a->last)
		joined.last = b->last;
	return joined;
}

bool judge_is_settled(const struct judge_verdict *v)
{
	return v->pass && !v->first_pass;
}

/* When the wait of this triplet began, and whether it was over before. */
static int64_t begin_of(const struct judge_rules *rules,
			const struct judge_triplet *t,
			const struct judge_facts *facts,
			struct judge_verdict *v, bool *ret_passed)
{
	int64_t first = t->first;

	*ret_passed = has_passed(rules, t);
	if (!t->known)
		return facts->now;
	if (!*ret_passed && facts->now - first > rules->retry_window)
		first = facts->now;
	if (first > facts->now) {
		v->from_future = true;
		first = facts->now;
	}
	return first;
}

static void judge_triplet(const struct judge_rules *rules,
			  const struct judge_facts *facts,
			  struct judge_verdict *v)
{
	/* is the wait of another address in the pool of more use? */
	bool by_pool = judge_counts_more(rules, &facts->pool, &facts->triplet,
					 facts->now);
	bool passed;
	int64_t first =
		begin_of(rules, by_pool ? &facts->pool : &facts->triplet, facts,
			 v, &passed);
	int64_t waited = facts->now - first;

	v->store_triplet = true;
	v->triplet = (struct judge_triplet){ true, first, facts->now };
	v->pass = waited >= rules->delay;
	if (!v->pass) {
		v->missing = rules->delay - waited;
		v->reason = waited == 0 ? JUDGE_NEW : JUDGE_EARLY;
		return;
	}
	v->reason = by_pool ? JUDGE_POOL_FOUND : JUDGE_FOUND;
	v->first_pass = !passed;
	v->waited = waited;
	if (rules->enough > 0 && v->first_pass &&
	    may_count(&facts->client, facts->now)) {
		count(facts, v);
		v->client_became_known = v->client.count == rules->enough;
	}
}

void judge(const struct judge_rules *rules, const struct judge_facts *facts,
	   struct judge_verdict *ret)
{
	const struct judge_client *c = &facts->client;
	struct judge_verdict v = { .pass = true };

	if (facts->client_exempt) {
		v.reason = JUDGE_CLIENT_EXEMPT;
	} else if (facts->recipient_exempt) {
		v.reason = JUDGE_RECIPIENT_EXEMPT;
	} else if (facts->expected) {
		v.reason = JUDGE_EXPECTED;
	} else if (facts->standing != JUDGE_STANDING_NONE) {
		v.reason = reason_of(facts->standing);
	} else if (rules->enough > 0 && c->known && c->count >= rules->enough) {
		v.reason = JUDGE_CLIENT_KNOWN;
		if (may_count(c, facts->now) || c->last > facts->now)
			count(facts, &v);
	} else {
		judge_triplet(rules, facts, &v);
	}
	*ret = v;
}
