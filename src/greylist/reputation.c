#include "greylist/reputation.h"

#include "base/clock.h"
#include "log/log.h"
#include "net/generic_name.h"

#include <errno.h>
#include <string.h>

/* All questions of a batch together wait so long for the cache. */
#define PATIENCE (20 * CLOCK_MS)

/* What failed is left alone for so long. */
#define PAUSE (10 * CLOCK_SECOND)

/* Somebody may have put another state file in its place. */
#define RENEW (60 * CLOCK_SECOND)

/* The cache's keys, as cache_ipv4_prefix and cache_ipv6_prefix are unless
 * somebody has set them. */
#define IPV4_PREFIX 32
#define IPV6_PREFIX 64

/* ---- rules ------------------------------------------------------- */

static bool is_trusted(const struct reputation_rules *rules,
		       const struct reputation_facts *f)
{
	const struct stamps *s = &f->stamps;

	return f->known && !stamps_from_future(s, f->now) && s->first > 0 &&
	       f->now - s->first >= rules->trust_age &&
	       s->count >= REPUTATION_ROUNDS;
}

static bool is_bad(const struct recent *r)
{
	return r->score > 0 || r->pregreet;
}

enum judge_standing reputation_judge(const struct reputation_rules *rules,
				     const struct reputation_facts *f)
{
	/* what was found lately outweighs what it was once */
	if (is_bad(&f->recent))
		return JUDGE_STANDING_NONE;
	if (rules->cache && is_trusted(rules, f))
		return JUDGE_STANDING_TRUSTED;
	if (rules->cache && f->recent.score < 0)
		return JUDGE_STANDING_VOUCHED;
	if (rules->only_suspicious && !f->generic &&
	    (f->has_record || !rules->state))
		return JUDGE_STANDING_ORDINARY;
	return JUDGE_STANDING_NONE;
}

/* ---- sources ----------------------------------------------------- */

static bool may_try(const struct reputation_source *s, int64_t mono)
{
	return s->error == 0 || mono >= s->retry_at;
}

static void note(struct reputation_source *s, const char *file, int error,
		 int64_t mono)
{
	if (error < 0 && s->error == 0)
		log_warning(LOG_CACHE_TROUBLE,
			    "%s: %s -- %s until it can be read", file,
			    strerror(-error), s->what);
	if (error == 0 && s->error < 0)
		log_info(LOG_CACHE_TROUBLE, "%s can be read again", file);
	s->error = error;
	s->retry_at = mono + PAUSE;
}

static void ask_cache(struct reputation_desk *d, const struct address *who,
		      int64_t mono, struct reputation_facts *f)
{
	char memory[ADDRESS_TEXT + 8];
	struct sbuf key = SBUF(memory);
	int r;

	if (!d->rules->cache || !may_try(&d->from_cache, mono))
		return;
	cache_key(who, IPV4_PREFIX, IPV6_PREFIX, &key);
	r = cache_lookup(&d->cache, memory, mono + PATIENCE, &f->stamps);
	f->known = r > 0;
	note(&d->from_cache, d->rules->cache, r < 0 ? r : 0, mono);
}

static void ask_state(struct reputation_desk *d, const struct address *who,
		      int64_t now, int64_t mono, struct reputation_facts *f)
{
	char memory[ADDRESS_TEXT + 8];
	struct sbuf key = SBUF(memory);
	int r;

	if (!d->rules->state)
		return;
	if (mono >= d->renew_at || d->from_state.error < 0) {
		if (!may_try(&d->from_state, mono))
			return;
		state_close(&d->state);
		d->renew_at = mono + RENEW;
	}
	cache_key(who, RECENT_IPV4_PREFIX, RECENT_IPV6_PREFIX, &key);
	r = state_client(&d->state, memory, now, &f->recent);
	f->has_record = r >= 0;
	note(&d->from_state, d->rules->state, r < 0 ? r : 0, mono);
}

/* ---- the desk ---------------------------------------------------- */

void reputation_open(struct reputation_desk *d,
		     const struct reputation_rules *rules)
{
	*d = (struct reputation_desk){
		.rules = rules,
		.from_cache = { .what = "no client is trusted by it" },
		.from_state = { .what = "every client is suspicious" },
	};
	if (!rules->only_suspicious)
		d->from_state.what = "no list vouches for a client";
	cache_init(&d->cache, rules->cache ? rules->cache : "");
	state_init(&d->state, rules->state ? rules->state : "");
}

void reputation_close(struct reputation_desk *d)
{
	cache_close(&d->cache);
	state_close(&d->state);
}

enum judge_standing reputation_look_up(struct reputation_desk *d,
				       const struct address *who,
				       struct span name, int64_t now,
				       int64_t mono)
{
	struct reputation_facts f = {
		.now = now,
		.generic = generic_name(name, who),
	};

	if (!d->rules->cache && !d->rules->only_suspicious)
		return JUDGE_STANDING_NONE;
	ask_state(d, who, now, mono, &f);
	ask_cache(d, who, mono, &f);
	return reputation_judge(d->rules, &f);
}
