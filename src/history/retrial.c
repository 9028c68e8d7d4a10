#include "history/retrial.h"

#include "base/clock.h"
#include "cache/cache_map.h"
#include "history/world.h"

#include <string.h>

bool retrial_open(struct retrial *r, const struct conf *conf,
		  struct arena *arena, struct report *report)
{
	struct cache_map map = { .shared = false };
	size_t lists;

	*r = (struct retrial){ .conf = conf };
	r->access = standing_access_list(conf, arena, report);
	r->interfaces = standing_interfaces(conf, arena, report);
	if (!r->access || !lists_read(&r->lists, conf, false, arena, report))
		return false;
	lists = r->lists.sites.lists;
	r->name = arena_array(arena, lists, sizeof(*r->name));
	for (size_t i = 0; r->name && i < lists; i++) {
		char memory[256];
		struct sbuf name = SBUF(memory);

		lists_name(&r->lists, i, &name);
		r->name[i] = arena_text(arena, sbuf_span(&name));
		if (!r->name[i])
			return false;
	}
	r->has_cache =
		!cache_map_parse(conf->cache_map, &map) && map.file.len > 0;
	return report->errors == 0 && (r->name || lists == 0);
}

/* ---- what the lists answered ----------------------------------------------
 */

/* Several lists may go by one name: then their order tells them apart. */
static size_t count_namesakes(const struct retrial *r, size_t list,
			      size_t *ret_before)
{
	size_t count = 0;

	for (size_t i = 0; i < r->lists.sites.lists; i++) {
		if (strcmp(r->name[i], r->name[list]) != 0)
			continue;
		if (i == list)
			*ret_before = count;
		count++;
	}
	return count;
}

static const struct recorded_list *find(const struct retrial *r, size_t list)
{
	const struct recorded *line = r->line;
	const struct recorded_list *found = NULL;
	size_t before = 0, namesakes = count_namesakes(r, list, &before);
	size_t count = 0;

	for (size_t i = 0; i < line->lists; i++) {
		if (strcmp(line->list[i].name, r->name[list]) != 0)
			continue;
		if (count == before)
			found = &line->list[i];
		count++;
	}
	return count == namesakes ? found : NULL;
}

/* How LIST would have fared, had it been asked as now. */
static void recall(struct retrial *r, size_t list, int64_t deadline)
{
	static const struct dns_answer none = { .status = DNS_PENDING,
						.ttl = -1 };
	const struct recorded_list *then = find(r, list);
	const struct recorded *line = r->line;
	struct dns_answer *answer = &r->answer[list];
	bool muted = then && then->status == RECORDED_MUTED;
	/* nobody waited for it, or not for as long */
	bool given_up = then && then->status == RECORDED_PENDING &&
			(!line->scored || deadline > line->waited);

	*answer = none;
	r->lists.sites.list[list].muted = muted;
	r->unasked[list] = !then || given_up;
	if (muted)
		return;
	if (r->unasked[list]) { /* add_up() tries both */
		answer->status = DNS_ABSENT;
		return;
	}
	/* the log has times to the microsecond, settings to the second */
	if (then->answer.took <= deadline ||
	    line->waited < deadline + CLOCK_SECOND)
		*answer = then->answer;
	if (answer->status == DNS_PENDING || answer->took > deadline)
		r->answered = deadline;
	else if (answer->took > r->answered)
		r->answered = answer->took;
}

/* ---- all worlds ------------------------------------------------------------
 */

/* What the administrator says now of client and server. */
static void look_up(struct retrial *r)
{
	const struct recorded *line = r->line;
	struct facts *facts = &r->before;
	char memory[512];
	struct sbuf doubt = SBUF(memory);
	struct address who;

	*facts = (struct facts){ .access = line->access, .dnsbl_ttl = -1 };
	if (r->client)
		facts->access = access_decide(r->access, r->client, &doubt);
	facts->veto = line->veto;
	if (address_parse(span_of(line->server), &who)) {
		address_unmap(&who);
		facts->veto = standing_veto(&r->interfaces, &who, &doubt);
	}
}

/* World number N: each of its bits is one that is missing. */
static void try_world(struct retrial *r, unsigned n, struct world *w)
{
	*w = (struct world){
		.r = r,
		.conf = r->conf,
		.line = r->line,
		.facts = r->before,
	};
	for (enum missing m = 0; m < MISSINGS; m++)
		w->against[m] = (n >> m & 1) != 0;
	world_judge(w);
}

/* Try each way in which what is missing may have been. */
static void try_others(struct retrial *r, unsigned missed)
{
	enum decision_verdict verdict[1 << MISSINGS] = { r->sentence.verdict };

	for (unsigned n = 1; n < 1 << MISSINGS; n++) {
		struct world w;

		if ((n & ~missed) != 0)
			continue;
		try_world(r, n, &w);
		verdict[n] = w.sentence.verdict;
		for (enum missing m = 0; m < MISSINGS; m++) {
			if (w.missed[m])
				missed |= 1U << m;
			if ((n >> m & 1) != 0 &&
			    verdict[n & ~(1U << m)] != verdict[n])
				r->missing[m] = true;
		}
		if (verdict[n] != verdict[0])
			r->known = false;
	}
}

static void run(struct retrial *r)
{
	unsigned missed = 0;
	struct world w;

	try_world(r, 0, &w);
	r->sentence = w.sentence;
	r->facts = w.facts;
	r->scored = w.scored;
	r->score = w.score;
	for (enum missing m = 0; m < MISSINGS; m++)
		missed |= w.missed[m] ? 1U << m : 0;
	if (missed != 0)
		try_others(r, missed);
	if (w.missed[MISSING_LISTS]) /* what is known of it */
		dnsbl_score(&r->lists.sites, r->answer,
			    r->conf->dns_answer_check, &r->score);
}

void retrial_run(struct retrial *r, const struct recorded *line,
		 const struct address *client)
{
	r->line = line;
	r->client = client;
	r->known = true;
	r->scored = false;
	r->answered = 0;
	memset(r->missing, 0, sizeof(r->missing));
	for (size_t i = 0; i < r->lists.sites.lists; i++)
		recall(r, i, r->conf->greet_wait * CLOCK_SECOND);
	look_up(r);
	r->facts = r->before;
	r->sentence =
		(struct sentence){ line->verdict, line->path, line->failure };
	r->again = line->verdict != DECISION_LIMIT &&
		   line->verdict != DECISION_TROUBLE;
	if (r->again)
		run(r);
}

bool retrial_differs(const struct retrial *r)
{
	return r->known && (r->sentence.verdict != r->line->verdict ||
			    r->sentence.failure != r->line->failure);
}

bool retrial_counted(const struct retrial *r, size_t list, int64_t *ret)
{
	return r->scored && !r->lists.sites.list[list].muted &&
	       dnsbl_list_counts(&r->lists.sites, list, &r->answer[list],
				 r->conf->dns_answer_check, ret);
}

bool retrial_depends_on(struct retrial *r, size_t list)
{
	struct dns_answer answer = r->answer[list];
	struct world w;

	r->answer[list].status = DNS_ABSENT;
	try_world(r, 0, &w);
	r->answer[list] = answer;
	return w.sentence.verdict != r->sentence.verdict;
}

const char *missing_name(enum missing what)
{
	static const char *const name[MISSINGS] = {
		[MISSING_LISTS] = "answers of DNS lists",
		[MISSING_PREGREET] = "whether it would speak too early",
		[MISSING_DEEP] = "what it does behind the greeting",
		[MISSING_CACHE] = "whether it had passed before",
	};

	return name[what];
}
