#include "history/world.h"

#include "base/clock.h"
#include "base/number.h"

/*
 * Two things that happened so close to each other may have happened in the
 * other order: a busy machine looks late.
 */
#define CLOSE (100 * CLOCK_MS)

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
	w->score.score = number_to_int(sum);
}

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
	bool suspected = line->verdict == DECISION_REFUSE ||
			 line->verdict == DECISION_DROP;

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

void world_judge(struct world *w)
{
	const struct recorded *line = w->line;
	struct facts *f = &w->facts;
	enum next next;

	if (meet(w) || (facts_early_due(f) && wait_for_greeting(w)))
		return;
	if (verdict_calls_back(f, w->conf) &&
	    (line->spared || line->cache_trouble[0] != '\0' ||
	     !w->r->has_cache))
		facts_spare(f);
	next = verdict_of(f, w->conf).next;
	if (next == NEXT_DROP) {
		decide_by_tests(w, DECISION_DROP);
		return;
	}
	if (next == NEXT_ENGINE || next == NEXT_WATCH)
		listen_to(w);
	if (verdict_dropped(f, w->conf))
		decide_by_tests(w, DECISION_DROP);
	else if (verdict_refuses(f, w->conf))
		decide_by_tests(w, DECISION_REFUSE);
	else if (next == NEXT_ENGINE)
		decide_by_tests(w, DECISION_RETRY);
	else if (next == NEXT_WATCH)
		decide_by_tests(w, watched(line));
	else
		decide_by_tests(w, DECISION_PASS);
}
