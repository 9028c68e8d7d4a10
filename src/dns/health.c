#include "dns/health.h"

static enum point_seen other_than(const enum point_seen seen[RECORD_POINTS],
				  enum record_point p)
{
	return seen[p == RECORD_MUST ? RECORD_MUST_NOT : RECORD_MUST];
}

static bool any_is(const enum point_seen seen[RECORD_POINTS],
		   enum point_seen what)
{
	return seen[RECORD_MUST] == what || seen[RECORD_MUST_NOT] == what;
}

static enum finding find(const struct record *r,
			 const enum point_seen seen[RECORD_POINTS])
{
	if (seen[RECORD_MUST] == POINT_NONE &&
	    seen[RECORD_MUST_NOT] == POINT_NONE)
		return FINDING_UNPROBED;
	if (seen[RECORD_MUST_NOT] == POINT_WRONG)
		return FINDING_LISTS_ALL;
	if (any_is(seen, POINT_ERROR))
		return FINDING_ERROR;
	if (any_is(seen, POINT_FAILED))
		return FINDING_FAILED;
	if (seen[RECORD_MUST] == POINT_WRONG)
		return r->right[RECORD_MUST] != 0 ? FINDING_WRONG
						  : FINDING_UNPROVED;
	return FINDING_GOOD;
}

static enum mute_reason proof(const struct record *r,
			      const enum point_seen seen[RECORD_POINTS],
			      int64_t now)
{
	if (seen[RECORD_MUST_NOT] == POINT_WRONG)
		return MUTE_LISTS_ALL;
	if (seen[RECORD_MUST] == POINT_WRONG && r->right[RECORD_MUST] != 0 &&
	    now - r->wrong[RECORD_MUST] >= HEALTH_APART)
		return MUTE_EMPTIED;
	return MUTE_NONE;
}

/*
 * Is the list all right again? The point that was the proof must be seen to
 * be right (or be no test point any more), and the other not be wrong, unless
 * it always was.
 */
static bool is_healed(const struct record *r,
		      const enum point_seen seen[RECORD_POINTS])
{
	enum record_point p =
		r->reason == MUTE_EMPTIED ? RECORD_MUST : RECORD_MUST_NOT;
	enum point_seen other = other_than(seen, p);

	if (seen[p] != POINT_RIGHT && seen[p] != POINT_NONE)
		return false;
	return other == POINT_RIGHT || other == POINT_NONE ||
	       (p == RECORD_MUST_NOT && other == POINT_WRONG &&
		r->right[RECORD_MUST] == 0);
}

static void note(struct record *r, const enum point_seen seen[RECORD_POINTS],
		 int64_t now)
{
	for (enum record_point p = 0; p < RECORD_POINTS; p++) {
		if (seen[p] == POINT_RIGHT) {
			r->right[p] = now;
			r->wrong[p] = 0;
		} else if (seen[p] == POINT_WRONG && r->wrong[p] == 0) {
			r->wrong[p] = now;
		}
	}
	r->probed = now;
	r->finding = find(r, seen);
}

enum health_change health_judge(const struct record *before,
				const enum point_seen seen[RECORD_POINTS],
				int64_t now, struct record *ret_after)
{
	enum health_change change = HEALTH_SAME;
	struct record r = *before;
	bool was_muted = health_muted(before, now) == MUTED_ON_PROOF;
	enum mute_reason reason;

	note(&r, seen, now);
	reason = proof(&r, seen, now);
	if (!was_muted && reason != MUTE_NONE) {
		r.muted = now;
		r.reason = reason;
		change = HEALTH_MUTED;
	} else if (r.muted != 0 && (!was_muted || is_healed(&r, seen))) {
		r.muted = 0;
		r.reason = MUTE_NONE;
		change = HEALTH_UNMUTED;
	} else if (r.paused != 0 && r.paused <= now && r.resumed != r.paused) {
		r.resumed = r.paused;
		change = HEALTH_RESUMED;
	}
	*ret_after = r;
	return change;
}

enum muted health_muted(const struct record *r, int64_t now)
{
	if (r->muted != 0 && now - r->probed < HEALTH_STALE)
		return MUTED_ON_PROOF;
	if (r->paused > now && r->paused <= now + RECORD_PAUSE_MOST)
		return MUTED_PAUSED;
	return MUTED_NOT;
}

bool health_due(const struct record *r, int64_t now)
{
	int64_t since = now - r->probed;
	bool doubtful = r->muted != 0 || r->finding == FINDING_WRONG;

	return r->probed == 0 || since < 0 || since >= HEALTH_PERIOD ||
	       (r->alarm != 0 && r->alarm >= r->probed) ||
	       (r->paused != 0 && r->paused <= now &&
		r->resumed != r->paused) ||
	       (doubtful && since >= HEALTH_APART);
}

const char *health_finding_name(unsigned finding)
{
	static const char *const name[FINDINGS] = {
		[FINDING_NONE] = "unprobed",
		[FINDING_GOOD] = "good",
		[FINDING_UNPROBED] = "unprobed",
		[FINDING_UNPROVED] = "unproved",
		[FINDING_WRONG] = "wrong once",
		[FINDING_LISTS_ALL] = "lists all",
		[FINDING_ERROR] = "refuses",
		[FINDING_FAILED] = "silent",
	};

	return name[finding < FINDINGS ? finding : FINDING_NONE];
}

const char *health_reason_text(unsigned reason)
{
	switch (reason) {
	case MUTE_LISTS_ALL:
		return "it lists an address that no list may list";
	case MUTE_EMPTIED:
		return "it lists its own test address no more";
	default:
		return "unknown";
	}
}
