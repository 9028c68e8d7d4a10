/*
 * retrial.h - a connection of the decision log, decided again.
 *
 * The facts are those of then, the settings are others, and the rules are the
 * live ones: screen/verdict.h and dns/dnsbl.h. The access list and
 * allowlist_interfaces are asked as they are now, where the address is known;
 * what the cache knew is what it knew then.
 *
 * Nothing is guessed. What nobody found out then, because no test was due, the
 * client had left, or a list was not asked, is tried both ways; if that makes a
 * difference, the verdict is not known.
 */
#ifndef SCREEN_RETRIAL_H
#define SCREEN_RETRIAL_H

#include "history/recorded.h"
#include "screen/standing.h"

/* What may not have been found out. */
enum missing {
	MISSING_LISTS,	  /* answers of DNS lists */
	MISSING_PREGREET, /* whether it speaks too early */
	MISSING_DEEP,	  /* what it does behind the greeting */
	MISSING_CACHE,	  /* whether it was known */
	MISSINGS,
};

/* A verdict, as recorded.h has that of then. */
struct sentence {
	enum decision_verdict verdict;
	enum decision_path path;
	enum failure failure;
};

struct retrial {
	const struct conf *conf;
	struct lists lists; /* read, never asked */
	const char **name;  /* of each list, as lists_name says it */
	struct access_list *access;
	struct interfaces interfaces;
	bool has_cache;

	/* of the connection at hand */
	const struct address *client; /* NULL: not known */
	const struct recorded *line;
	struct dns_answer answer[DNS_QUESTIONS]; /* of each list */
	bool unasked[DNS_QUESTIONS];		 /* it has no answer to give */
	int64_t answered; /* when all had, in microseconds of waiting */
	struct sentence sentence;
	struct facts before; /* what the administrator says now of it */
	struct facts facts;  /* as SENTENCE was made of them */
	bool scored;
	struct dnsbl_score score;
	bool again; /* false: it is nothing that can be decided again, by
		       limits or for trouble, and SENTENCE is that of then */
	bool known; /* false: it may be another, for what is missing: */
	bool missing[MISSINGS];
};

/*
 * Read what CONF names. Mistakes go to REPORT; false when there was one, or
 * ARENA is full. All of them must outlive R, which need not be closed.
 */
bool retrial_open(struct retrial *r, const struct conf *conf,
		  struct arena *arena, struct report *report);

/*
 * Decide LINE again, which must stay while R is asked about it. CLIENT is who
 * it is about, for who knows what the log hides; or NULL.
 */
void retrial_run(struct retrial *r, const struct recorded *line,
		 const struct address *client);

/* Is SENTENCE another than that of then? Not when it is not known. */
bool retrial_differs(const struct retrial *r);

/* Would the verdict be another if LIST, which counted, had been silent? */
bool retrial_depends_on(struct retrial *r, size_t list);

/* Did LIST add to the score, or take from it? *RET is how much. */
bool retrial_counted(const struct retrial *r, size_t list, int64_t *ret);

/* "answers of DNS lists" and so on. */
const char *missing_name(enum missing what);

#endif
