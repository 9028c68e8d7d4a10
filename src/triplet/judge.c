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

/* When the wait of this triplet began, and whether it was over before. */
static int64_t begin_of(const struct judge_rules *rules,
			const struct judge_facts *facts,
			struct judge_verdict *v, bool *ret_passed)
{
	const struct judge_triplet *t = &facts->triplet;
	int64_t first = t->first;

	*ret_passed = t->known && t->last - t->first >= rules->delay;
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
	bool passed;
	int64_t first = begin_of(rules, facts, v, &passed);
	int64_t waited = facts->now - first;

	v->store_triplet = true;
	v->triplet = (struct judge_triplet){ true, first, facts->now };
	v->pass = waited >= rules->delay;
	if (!v->pass) {
		v->missing = rules->delay - waited;
		v->reason = waited == 0 ? JUDGE_NEW : JUDGE_EARLY;
		return;
	}
	v->reason = JUDGE_FOUND;
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
