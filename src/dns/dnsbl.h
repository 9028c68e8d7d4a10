/*
 * dnsbl.h - the DNS lists that are asked, and what their answers are worth.
 *
 * Pure: no question is sent from here. postscreen_dnsbl_sites is a list of
 * DOMAIN[=FILTER][*WEIGHT] (postconf(5)); a domain that stands several times
 * is asked once and every filter and weight is tried on its answer. Query
 * names follow RFC 5782, sections 2.1 and 2.4.
 */
#ifndef SCREEN_DNSBL_H
#define SCREEN_DNSBL_H

#include "conf/report.h"
#include "dns/dnsclient.h"
#include "dns/dnslists.h"

struct dnsbl_filter;

/* Room for a query name: a domain behind 32 nibbles, and a NUL. */
#define DNSBL_QUERY_NAME 320

/* One distinct domain. */
struct dnsbl_list {
	const char *domain; /* may hold a key: for questions only */
	struct dnslist known;
	bool muted; /* not asked, and never heard: health.h */
};

/* One element of the setting: a filter and a weight on a list's answer. */
struct dnsbl_site {
	size_t list;			   /* index */
	const struct dnsbl_filter *filter; /* NULL: any listing */
	struct span filter_text;	   /* as written in the setting */
	int weight;
};

struct dnsbl {
	struct dnsbl_list *list;
	size_t lists;
	struct dnsbl_site *site;
	size_t sites;
};

/*
 * Parse TEXT, which like KNOWN must outlive *RET, into ARENA. Every mistake
 * goes to REPORT at WHERE as an error in postscreen's words, but for keys of
 * lists; false when there was one.
 */
bool dnsbl_parse(const char *text, const struct dnslists *known,
		 struct arena *arena, struct report *report,
		 const struct origin *where, struct dnsbl *ret);

/* The name to ask for WHO on LIST: 4.3.2.1.DOMAIN, or 32 nibbles. */
void dnsbl_query_name(const struct dnsbl_list *list, const struct address *who,
		      struct sbuf *to);

/* What all answers together say. */
struct dnsbl_score {
	int score;
	size_t top;   /* the list credited: largest matching weight */
	bool has_top; /* false: nothing matched */
	int64_t ttl;  /* of a pass with this score, not clamped; -1 none */
	int least;    /* the score, had all allowlists that gave no answer
			 listed the client; with errors by CHECK and those
			 that are muted among them */
	bool clean;   /* all that were asked have answered, at least one; no
			 answer is an error, and none speaks against the
			 client */
};

/*
 * Add up ANSWERS (one per list; those still pending count nothing). The
 * result does not depend on the order of arrival: at equal weights the site
 * written first is credited, and the lifetime is the lowest of those known.
 * Lists that failed have no lifetime and leave that of the others alone, and
 * so do lists that are muted.
 *
 * With CHECK, answers that are no listings (dnslist_is_error) are errors of the
 * list: they count nothing, and the lifetime is 0, since it may be right again
 * soon. One such record spoils the whole answer, unless a filter of this list
 * names it by octets written out: a range never does.
 */
void dnsbl_score(const struct dnsbl *lists, const struct dns_answer *answers,
		 bool check, struct dnsbl_score *ret);

/*
 * Would SITE's weight count with this answer of its list? That the whole answer
 * may be an error is not looked at here; but with CHECK a record that is one
 * matches only a filter which names it itself.
 */
bool dnsbl_site_matches(const struct dnsbl *lists,
			const struct dnsbl_site *site,
			const struct dns_answer *answer, bool check);

/* What LIST adds to the score with this answer is *RET. False when nothing in
 * it counts. */
bool dnsbl_list_counts(const struct dnsbl *lists, size_t list,
		       const struct dns_answer *answer, bool check,
		       int64_t *ret);

/* The record of an answer that makes it an error of the list. */
struct dnsbl_error {
	size_t record;
	enum answer_tag tag;
};

/* Is this answer an error of the list, by the rule above? *RET is written when
 * it is; RET may be NULL. */
bool dnsbl_answer_is_error(const struct dnsbl *lists, size_t list,
			   const struct dns_answer *answer,
			   struct dnsbl_error *ret);

#endif
