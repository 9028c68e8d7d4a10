/*
 * verdict.h - from facts to what happens next, and to what is remembered.
 *
 * Pure: no I/O, no clock, no state. The same facts and settings always give
 * the same answer, so a stored decision can be taken again with other
 * settings.
 */
#ifndef SCREEN_VERDICT_H
#define SCREEN_VERDICT_H

#include "cache/cache.h"
#include "conf/access.h"
#include "conf/conf.h"
#include "dns/dnsbl.h"

/* What is known of one test. */
enum result {
	RESULT_NONE, /* not due, or not finished */
	RESULT_PASSED,
	RESULT_FAILED,
};

struct facts {
	enum access access;
	bool veto;	 /* the server address may not let clients pass */
	bool due[TESTS]; /* enabled, and no earlier pass still counts */
	enum result result[TESTS];
	bool excused; /* vouched for by DNS allowlists: tests but DNSBL pass */
	int dnsbl_score;   /* once TEST_DNSBL has a result */
	int64_t dnsbl_ttl; /* seconds, as the lists said; -1 unknown */
	bool dnsbl_doubt;  /* failed, but an allowlist gave no answer */
	bool seasoned;	   /* waited for its greeting in earlier rounds */
	bool released;	   /* so this time it waits for greet_wait_min only */
	bool spared;	   /* the tests behind the greeting, for nothing it
			      passes could be remembered */
};

/* Why a client is refused, highest standing first: this names the reason. */
enum failure {
	FAILURE_DENYLIST,
	FAILURE_DNSBL,
	FAILURE_PREGREET,
	FAILURE_DEEP,
	FAILURE_NONE,
};

enum next {
	NEXT_EARLY,   /* tests before the greeting are due */
	NEXT_ENGINE,  /* our own SMTP engine goes on */
	NEXT_WATCH,   /* the real smtpd does, and we watch */
	NEXT_HANDOFF, /* the real smtpd takes over */
	NEXT_DROP,    /* refused at once */
};

struct verdict {
	enum next next;
	enum failure failure;
};

/* What the access list decides before anything else is asked. */
enum welcome {
	WELCOME_HANDOFF, /* the real smtpd takes over */
	WELCOME_DROP,	 /* refused at once */
	WELCOME_SUSPECT, /* it must be tested, whatever it has passed */
	WELCOME_OPEN,	 /* who knows it must be asked */
};

enum welcome verdict_welcome(enum access access, const struct conf *conf);

/* Start FACTS from what the cache said: which tests are due at NOW? */
void facts_due(struct facts *facts, const struct conf *conf,
	       const struct stamps *stamps, int64_t now);

/*
 * Another host has told STAMPS of this client: what they cover at NOW is due no
 * more. What was found here stays.
 */
void facts_learn(struct facts *facts, const struct stamps *stamps, int64_t now);

/*
 * The tests behind the greeting end with 450 and "come back". A client that
 * cannot be known by then would hear that for ever, so it is spared them.
 */
void facts_spare(struct facts *facts);

/* Is no test due? */
bool facts_nothing_due(const struct facts *facts);

/* Is a test before the greeting due? */
bool facts_early_due(const struct facts *facts);

/* Add what the DNS lists said, once all have answered or time is up. */
void facts_score(struct facts *facts, const struct conf *conf,
		 const struct dnsbl_score *score);

/* The wait for the greeting is over, and who has not spoken has passed. */
void facts_waited(struct facts *facts);

/*
 * What happens next. Asked again whenever facts were added; results that are
 * missing are waited for, except that a failure to be dropped decides at once.
 */
struct verdict verdict_of(const struct facts *facts, const struct conf *conf);

/* Would a client be told to come back, which is good for it only if what it
 * passes can be remembered by then? Else facts_spare. */
bool verdict_calls_back(const struct facts *facts, const struct conf *conf);

/* Was it refused at once for what it did behind the greeting? Not one whose
 * recipients were refused anyway. */
bool verdict_dropped(const struct facts *facts, const struct conf *conf);

/* Is each recipient of a client with these facts to be refused? Behind the
 * greeting others are only asked to come back. */
bool verdict_refuses(const struct facts *facts, const struct conf *conf);

/*
 * What a client with these facts has earned at NOW (wall time). False when
 * there is nothing to remember: nothing passed, or something failed, or the
 * server address was vetoed.
 */
bool verdict_pass(const struct facts *facts, const struct conf *conf,
		  int64_t now, struct cache_pass *ret);

/* Did the lists vouch for a client with this score? (4.5 of postscreen's
 * allowlist threshold: no failure so far, and the score low enough.) */
bool verdict_excuses(const struct facts *facts, const struct conf *conf,
		     int score);

/*
 * Has a client that is silent waited long enough after WAITED microseconds,
 * though that is less than greet_wait? One that has waited in 3 rounds or more,
 * of which no list that is asked knows anything bad.
 */
bool verdict_releases(const struct facts *facts, const struct conf *conf,
		      const struct dnsbl_score *score, int64_t waited);

/* "denylist", "dnsbl", "pregreet", "protocol" or "none". */
const char *failure_name(enum failure failure);

#endif
