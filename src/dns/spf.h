/*
 * spf.h - does a domain say that an address is one of its mail servers?
 *
 * A part of RFC 7208: ip4, ip6, a, mx, include, redirect and all. What needs
 * macros, and exists and ptr, matches nothing. It is asked for one purpose,
 * to tell that two addresses belong to the same pool, and the domain is of the
 * client's choice: so a domain that claims everybody, or very many, is nobody's
 * pool. The whole tree of records is walked to see that, also behind a match.
 *
 * Pure: the caller asks what is to be asked, one question at a time. It ends
 * after SPF_QUESTIONS at the latest, whatever is answered.
 */
#ifndef SCREEN_SPF_H
#define SCREEN_SPF_H

#include "dns/dnsclient.h"

/* RFC 7208, section 4.6.4: terms that ask, answers without anything, and mail
 * servers of one mx. */
#define SPF_LOOKUPS 10
#define SPF_VOIDS   2
#define SPF_MX	    10

/* All questions: what these limits would allow is no pool, but an attack. */
#define SPF_QUESTIONS 40

/* Larger networks, and records longer than this, are nobody's. */
#define SPF_IPV4_PREFIX 14
#define SPF_IPV6_PREFIX 32
#define SPF_TEXT	4096

/* All networks together: as many IPv4 addresses, or IPv6 networks of /64, as
 * one network of these prefixes has. Two in a thousand of all of them. */
#define SPF_IPV4_SUM 11
#define SPF_IPV6_SUM 28

/* WHY, when that is so. */
extern const char SPF_NO_ANSWER[];

enum spf_step {
	SPF_ASK,     /* question_type and question_name, then spf_go_on */
	SPF_INSIDE,  /* the address is one of the domain's */
	SPF_OUTSIDE, /* it is not, or that says nothing: WHY, if not NULL */
};

struct spf_record {
	char text[SPF_TEXT + 1];
	size_t at;
	char domain[256];
	char redirect[256]; /* empty: none */
	char qualifier;	    /* of the include that it is for */
	bool decided, inside;
};

struct spf {
	struct address who;
	struct spf_record record[SPF_LOOKUPS + 1]; /* each includes the next */
	size_t depth;
	unsigned lookups, voids, questions;
	uint64_t ipv4_sum, ipv6_sum;

	enum spf_step step;
	enum dns_type question_type;
	char question_name[256];

	/* the term that is waiting for an answer */
	bool redirected; /* the record takes the place of the last */
	char qualifier;
	unsigned ipv4_prefix, ipv6_prefix;
	char mx[SPF_MX][256];
	size_t mx_count;

	const char *why; /* a string constant */
};

/* Does DOMAIN claim WHO? */
enum spf_step spf_begin(struct spf *s, const struct address *who,
			struct span domain);

/* After SPF_ASK: this is the answer, with its records; none when it failed. */
enum spf_step spf_go_on(struct spf *s, const struct dns_answer *answer);

#endif
