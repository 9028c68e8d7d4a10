#include "screen/tripwire.h"

#include "cache/cache_batch.h"
#include "log/log.h"
#include "screen/lists.h"

/* A witness: so old, so often tested. */
#define HISTORY (INT64_C(30) * 86400)
#define ROUNDS	2

/* Of so many networks, and this part of all witnesses: a half. */
#define NETWORKS_LEAST 5
#define LISTED_PART    2

/* A list may well take in a provider's whole network at once; so large is one
 * at least. */
#define NETWORK_IPV4 24
#define NETWORK_IPV6 48

/* How long a pause lasts, and how often is warned of the same list. */
#define HOUR INT64_C(3600)

bool tripwire_knows(const struct stamps *s, int64_t now)
{
	return !stamps_from_future(s, now) && s->first > 0 &&
	       now - s->first > HISTORY && s->count >= ROUNDS &&
	       s->until[TEST_DNSBL] > STAMP_DISABLED;
}

bool tripwire_trips(const struct sightings *seen)
{
	return seen->networks >= NETWORKS_LEAST &&
	       seen->listed * LISTED_PART >= seen->tested;
}

/* Does LIST speak against the client with this answer? */
static bool accuses(const struct lists *l, size_t list,
		    const struct dns_answer *answer)
{
	if (l->sites.list[list].muted ||
	    (l->conf->dns_answer_check &&
	     dnsbl_answer_is_error(&l->sites, list, answer, NULL)))
		return false;
	for (size_t i = 0; i < l->sites.sites; i++) {
		const struct dnsbl_site *s = &l->sites.site[i];

		if (s->list == list && s->weight > 0 &&
		    dnsbl_site_matches(&l->sites, s, answer,
				       l->conf->dns_answer_check))
			return true;
	}
	return false;
}

static void trip(struct lists *l, size_t list, const struct sightings *seen,
		 int64_t now)
{
	bool mute = l->conf->dnsbl_tripwire == TRIPWIRE_MUTE;
	const char *domain = l->sites.list[list].domain;
	char memory[256];
	struct sbuf name = SBUF(memory);

	if (!state_once(&l->state, SPAN("tripwire"), span_of(domain), HOUR,
			now))
		return;
	if (!state_list_alarm(&l->state, domain, seen, mute ? now + HOUR : 0,
			      now))
		return;
	l->sites.list[list].muted = mute;
	lists_name(l, list, &name);
	log_warning(LOG_TRIPWIRE,
		    "DNS list %s newly lists %u of %u clients that were good "
		    "for more than 30 days -- %s; see smtp-screenctl lists",
		    memory, seen->listed, seen->tested,
		    mute ? "muted for an hour"
			 : "it still counts, unless its test points show "
			   "what is wrong");
}

/* The network of WHO; never less of it than has one entry in the cache. */
static void add_network(const struct conf *conf, const struct address *who,
			struct sbuf *to)
{
	int ipv4 = conf->cache_ipv4_prefix, ipv6 = conf->cache_ipv6_prefix;

	cache_key(who, ipv4 < NETWORK_IPV4 ? (unsigned)ipv4 : NETWORK_IPV4,
		  ipv6 < NETWORK_IPV6 ? (unsigned)ipv6 : NETWORK_IPV6, to);
}

void tripwire_watch(struct lists *l, const struct address *who, int64_t now)
{
	const struct dns_answer *answer = dnsclient_answers(l->dns);
	char memory[CACHE_KEY];
	struct sbuf network = SBUF(memory);
	const struct witness witness = { l->known, memory };

	if (!l->known || l->conf->dnsbl_tripwire == TRIPWIRE_NO)
		return;
	add_network(l->conf, who, &network);
	if (!state_tested(&l->state, &witness, now))
		return;
	for (size_t i = 0; i < l->sites.lists; i++) {
		struct sightings seen;

		if (accuses(l, i, &answer[i]) &&
		    state_listed(&l->state, l->sites.list[i].domain, &witness,
				 now, &seen) &&
		    tripwire_trips(&seen))
			trip(l, i, &seen, now);
	}
}
