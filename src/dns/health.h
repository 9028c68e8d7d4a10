/*
 * health.h - is a DNS list to be believed? From what its test points showed.
 *
 * Pure: no question is asked, no file touched. A list is muted, its weights
 * taken as 0, only on proof: it lists what no list may list, or a point that
 * it answered rightly before is wrong in two probes that are minutes apart.
 * No answer, and an answer that says "error", are no proof: both count
 * nothing anyway. The worst that a wrong mute does is to let a client pass.
 */
#ifndef SCREEN_HEALTH_H
#define SCREEN_HEALTH_H

#include "state/record.h"

/* So far apart must two probes be that show the same mistake. */
#define HEALTH_APART 300

/* How often each list is probed, and when there is something to find out. */
#define HEALTH_PERIOD 1800

/* A mute that no probe has confirmed for so long has ended. */
#define HEALTH_STALE 86400

/* What a test point showed. */
enum point_seen {
	POINT_NONE,   /* the list has no such point */
	POINT_RIGHT,  /* as it must be */
	POINT_WRONG,  /* listed, or not listed, against RFC 5782 */
	POINT_ERROR,  /* an answer that says that the list does not work */
	POINT_FAILED, /* no answer */
};

/* What a probe found; in the state file as a number, so only ever added to. */
enum finding {
	FINDING_NONE,	   /* never probed */
	FINDING_GOOD,	   /* all points are right */
	FINDING_UNPROBED,  /* there is no point to look at */
	FINDING_UNPROVED,  /* the one that must be listed is not, and never was:
			      empty, or without such a point */
	FINDING_WRONG,	   /* it was, and is not any more */
	FINDING_LISTS_ALL, /* the one that must not be listed is */
	FINDING_ERROR,
	FINDING_FAILED,
	FINDINGS,
};

/* Why a list is muted; in the state file as a number too. */
enum mute_reason {
	MUTE_NONE,
	MUTE_LISTS_ALL,
	MUTE_EMPTIED,
	MUTE_REASONS,
};

enum health_change {
	HEALTH_SAME,
	HEALTH_MUTED,	/* now, on proof */
	HEALTH_UNMUTED, /* the proof is gone */
	HEALTH_RESUMED, /* a pause by the tripwire has ended */
};

/*
 * A probe at NOW has SEEN this: what is known from then on, and what to log.
 */
enum health_change health_judge(const struct record *before,
				const enum point_seen seen[RECORD_POINTS],
				int64_t now, struct record *ret_after);

/* Why the list counts nothing at NOW. */
enum muted {
	MUTED_NOT,
	MUTED_ON_PROOF, /* by a probe */
	MUTED_PAUSED,	/* by the tripwire */
};

enum muted health_muted(const struct record *r, int64_t now);

/* Is a probe worth it at NOW, for one who comes every few minutes? */
bool health_due(const struct record *r, int64_t now);

/* What was found, as one word: "good", "unprobed", ... A number that is none
 * is "unprobed". */
const char *health_finding_name(unsigned finding);

/* Why it was muted, for people. */
const char *health_reason_text(unsigned reason);

#endif
