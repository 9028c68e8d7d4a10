#include "ctl/retrial.h"

#include "base/clock.h"
#include "cache/cache_map.h"

#include <limits.h>
#include <string.h>

/*
 * Two things that happened so close to each other may have happened in the
 * other order: a busy machine looks late.
 */
#define CLOSE (100 * CLOCK_MS)

/* One way in which things may have been, and what it comes to. */
struct world {
	struct retrial *r;
	const struct conf *conf;
	const struct recorded *line;
	bool against[MISSINGS]; /* the client, if it is missing */
	bool missed[MISSINGS];	/* has made a difference so far */
	struct facts facts;
	bool scored;
	struct dnsbl_score score;
	struct sentence sentence;
};

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

static int clamp(int64_t sum)
{
	return sum > INT_MAX ? INT_MAX : sum < INT_MIN ? INT_MIN : (int)sum;
}

/* The score, with lists that were not asked at their worst or best. */
static void add_up(struct world *w)
{
	const struct retrial *r = w->r;
	const struct dnsbl *sites = &r->lists.sites;
	int64_t sum;

	dnsbl_score(sites, r->answer, w->conf->dns_answer_check, &w->score);
	w->scored = true;
	sum = w->score.score;
	for (size_t i = 0; i < sites->sites; i++) {
		const struct dnsbl_site *s = &sites->site[i];

		if (!r->unasked[s->list] || s->weight == 0)
			continue;
		w->missed[MISSING_LISTS] = true;
		if (w->against[MISSING_LISTS] == (s->weight > 0))
			sum += s->weight;
		if (w->against[MISSING_LISTS])
			w->score.clean = false;
	}
	w->score.score = clamp(sum);
}

/* ---- one world, in the order of screen/recognize.c and screen/examine.c ----
 */

static void decide(struct world *w, enum decision_verdict verdict,
		   enum decision_path path, enum failure failure)
{
	w->sentence = (struct sentence){ verdict, path, failure };
}

static void decide_by_tests(struct world *w, enum decision_verdict verdict)
{
	decide(w, verdict, DECISION_BY_TESTS,
	       verdict_of(&w->facts, w->conf).failure);
}

/* Did nobody look whether it was known? */
static bool is_cache_unasked(const struct recorded *line)
{
	return line->path == DECISION_BY_ACCESS ||
	       (line->access == ACCESS_REJECT &&
		line->denylist_action != ACTION_IGNORE);
}

static void find_due(struct world *w, const struct stamps *stamps)
{
	const struct recorded *line = w->line;

	facts_due(&w->facts, w->conf, stamps, line->time / CLOCK_SECOND);
	/* a stamp may have ended between the two looks at the clock */
	for (enum test t = 0; t < TESTS; t++)
		if (line->test[t].due && w->conf->test[t].enabled)
			w->facts.due[t] = true;
}

/* The access list, and what is known. True when that decides. */
static bool meet(struct world *w)
{
	static const struct stamps none = { .count = 0 };
	const struct recorded *line = w->line;

	switch (verdict_welcome(w->facts.access, w->conf)) {
	case WELCOME_HANDOFF:
		decide(w, DECISION_PASS, DECISION_BY_ACCESS, FAILURE_NONE);
		return true;
	case WELCOME_DROP:
		decide(w, DECISION_DROP, DECISION_BY_ACCESS, FAILURE_DENYLIST);
		return true;
	case WELCOME_SUSPECT:
		find_due(w, &none);
		return false;
	case WELCOME_OPEN:
		break;
	}
	find_due(w, &line->stamps);
	if (is_cache_unasked(line)) {
		w->missed[MISSING_CACHE] = true;
		if (!w->against[MISSING_CACHE])
			decide(w, DECISION_PASS, DECISION_BY_CACHE,
			       FAILURE_NONE);
		return !w->against[MISSING_CACHE];
	}
	/* one that was heard to speak was not known yet when it came */
	if (!line->known || !facts_nothing_due(&w->facts) || line->pregreet)
		return false;
	decide(w, DECISION_PASS,
	       line->path == DECISION_BY_SHARED ? DECISION_BY_SHARED
						: DECISION_BY_CACHE,
	       FAILURE_NONE);
	return true;
}

/* When a client that keeps silent has waited long enough. */
static int64_t patience(struct world *w, int64_t deadline)
{
	int64_t least = w->conf->greet_wait_min * CLOCK_SECOND;
	int64_t answered = w->r->answered;

	if (!w->scored || answered >= deadline)
		return deadline;
	if (verdict_excuses(&w->facts, w->conf, w->score.score))
		return answered;
	w->facts.released =
		verdict_releases(&w->facts, w->conf, &w->score, deadline);
	if (w->facts.released)
		return answered > least ? answered : least;
	return deadline;
}

/* It spoke, though the lists would have vouched for it: before they did. */
static bool was_first(const struct recorded *line)
{
	return line->scored && line->allowlist_threshold < 0 &&
	       line->score <= line->allowlist_threshold &&
	       line->score < line->threshold;
}

/* Did it leave before it was decided on? */
static bool left_early(const struct recorded *line)
{
	return line->verdict == DECISION_HANGUP && !line->session &&
	       line->waited >= 0 && !line->scored &&
	       line->test[TEST_PREGREET].result != RESULT_PASSED;
}

/* Would it have spoken before END of its wait? */
static bool speaks(struct world *w, int64_t end)
{
	const struct recorded *line = w->line;

	if (line->pregreet)
		return line->pregreet_after < end + CLOSE || was_first(line);
	if (line->test[TEST_PREGREET].due && line->waited >= 0 &&
	    (end <= line->waited || left_early(line)))
		return false;
	w->missed[MISSING_PREGREET] = true;
	return w->against[MISSING_PREGREET];
}

/* The tests before the greeting. True when they decide. */
static bool wait_for_greeting(struct world *w)
{
	int64_t deadline = w->conf->greet_wait * CLOCK_SECOND, end;
	struct facts *f = &w->facts;

	if (f->due[TEST_DNSBL])
		add_up(w);
	end = w->scored ? w->r->answered : 0;
	if (f->due[TEST_PREGREET]) {
		int64_t silent = patience(w, deadline);

		if (speaks(w, silent)) {
			f->released = false;
			f->result[TEST_PREGREET] = RESULT_FAILED;
		} else
			end = silent;
	}
	if (verdict_of(f, w->conf).next == NEXT_DROP) {
		decide_by_tests(w, DECISION_DROP);
		return true;
	}
	if (left_early(w->line) && end > w->line->waited) {
		decide_by_tests(w, DECISION_HANGUP);
		return true;
	}
	if (w->scored)
		facts_score(f, w->conf, &w->score);
	facts_waited(f);
	return false;
}

/* What it does behind the greeting. */
static void listen_to(struct world *w)
{
	const struct recorded *line = w->line;
	bool suspect = verdict_refuses(&w->facts, w->conf);
	bool suspected = line->verdict == DECISION_REFUSE;

	for (enum test t = TEST_FIRST_DEEP; t < TESTS; t++) {
		if (!suspect && !w->facts.due[t])
			continue;
		w->facts.result[t] = line->test[t].result;
		if (w->facts.result[t] != RESULT_NONE ||
		    (line->session && (line->test[t].due || suspected)) ||
		    w->conf->test[t].action == ACTION_IGNORE)
			continue;
		w->missed[MISSING_DEEP] = true;
		w->facts.result[t] = w->against[MISSING_DEEP] ? RESULT_FAILED
							      : RESULT_PASSED;
	}
}

/* Watched, it may leave, or the session end for other reasons than its tests;
 * as it did then. */
static enum decision_verdict watched(const struct recorded *line)
{
	if (line->verdict == DECISION_HANGUP)
		return DECISION_HANGUP;
	return line->verdict == DECISION_REFUSE &&
			       line->failure == FAILURE_NONE && !line->veto
		       ? DECISION_REFUSE
		       : DECISION_PASS;
}

static void judge(struct world *w)
{
	const struct recorded *line = w->line;
	struct facts *f = &w->facts;
	enum next next;

	if (meet(w) || (facts_early_due(f) && wait_for_greeting(w)))
		return;
	next = verdict_of(f, w->conf).next;
	if (next == NEXT_DROP) {
		decide_by_tests(w, DECISION_DROP);
		return;
	}
	if (next == NEXT_ENGINE && !verdict_refuses(f, w->conf) &&
	    (line->spared || line->cache_trouble[0] != '\0' ||
	     !w->r->has_cache)) {
		facts_spare(f);
		next = verdict_of(f, w->conf).next;
	}
	if (next == NEXT_ENGINE || next == NEXT_WATCH)
		listen_to(w);
	if (verdict_refuses(f, w->conf))
		decide_by_tests(w, DECISION_REFUSE);
	else if (next == NEXT_ENGINE)
		decide_by_tests(w, DECISION_RETRY);
	else if (next == NEXT_WATCH)
		decide_by_tests(w, watched(line));
	else
		decide_by_tests(w, DECISION_PASS);
}

/* ---- all worlds ------------------------------------------------------------
 */

/* What the administrator says now of client and server. */
static void look_up(struct retrial *r, struct facts *facts)
{
	const struct recorded *line = r->line;
	char memory[512];
	struct sbuf doubt = SBUF(memory);
	struct address who;

	facts->access = line->access;
	if (address_parse(span_of(line->client), &who)) {
		address_unmap(&who);
		facts->access = access_decide(r->access, &who, &doubt);
	}
	facts->veto = line->veto;
	if (address_parse(span_of(line->server), &who)) {
		address_unmap(&who);
		facts->veto = standing_veto(&r->interfaces, &who, &doubt);
	}
}

/* World number N: each of its bits is one that is missing. */
static void try_world(struct retrial *r, const struct facts *facts, unsigned n,
		      struct world *w)
{
	*w = (struct world){
		.r = r,
		.conf = r->conf,
		.line = r->line,
		.facts = *facts,
	};
	for (enum missing m = 0; m < MISSINGS; m++)
		w->against[m] = (n >> m & 1) != 0;
	judge(w);
}

/* Try each way in which what is missing may have been. */
static void try_others(struct retrial *r, const struct facts *facts,
		       unsigned missed)
{
	enum decision_verdict verdict[1 << MISSINGS] = { r->sentence.verdict };

	for (unsigned n = 1; n < 1 << MISSINGS; n++) {
		struct world w;

		if ((n & ~missed) != 0)
			continue;
		try_world(r, facts, n, &w);
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

static void run(struct retrial *r, const struct facts *facts)
{
	unsigned missed = 0;
	struct world w;

	try_world(r, facts, 0, &w);
	r->sentence = w.sentence;
	r->facts = w.facts;
	r->scored = w.scored;
	r->score = w.score;
	for (enum missing m = 0; m < MISSINGS; m++)
		missed |= w.missed[m] ? 1U << m : 0;
	if (missed != 0)
		try_others(r, facts, missed);
	if (w.missed[MISSING_LISTS]) /* what is known of it */
		dnsbl_score(&r->lists.sites, r->answer,
			    r->conf->dns_answer_check, &r->score);
}

void retrial_run(struct retrial *r, const struct recorded *line)
{
	struct facts facts = { .dnsbl_ttl = -1 };

	r->line = line;
	r->known = true;
	r->scored = false;
	r->answered = 0;
	memset(r->missing, 0, sizeof(r->missing));
	for (size_t i = 0; i < r->lists.sites.lists; i++)
		recall(r, i, r->conf->greet_wait * CLOCK_SECOND);
	look_up(r, &facts);
	r->facts = facts;
	r->sentence =
		(struct sentence){ line->verdict, line->path, line->failure };
	r->again = line->verdict != DECISION_LIMIT &&
		   line->verdict != DECISION_TROUBLE;
	if (r->again)
		run(r, &facts);
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
	struct facts facts = { .dnsbl_ttl = -1 };
	struct world w;

	r->answer[list].status = DNS_ABSENT;
	look_up(r, &facts);
	try_world(r, &facts, 0, &w);
	r->answer[list] = answer;
	return w.sentence.verdict != r->sentence.verdict;
}
