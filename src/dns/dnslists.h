/*
 * dnslists.h - what is known of public DNS lists: dnslists.conf(5).
 *
 * Data, not settings: it turns no list on. Without the file, or for a list
 * that it does not have, the rules of RFC 5782 are all that is known. A
 * mistake in it costs the record it stands in, and nothing else.
 */
#ifndef SCREEN_DNSLISTS_H
#define SCREEN_DNSLISTS_H

#include "conf/report.h"
#include "dns/answer_tag.h"
#include "net/cidr.h"

struct dnsbl_filter;

/* Room for the name of a list. */
#define DNSLIST_NAME 256

/* How many error records of all patterns that fit a list are kept. */
#define DNSLIST_ERRORS 16

/* The file, read; in the arena. */
struct dnslists;

/* Answers: those that any of these lets through. */
struct answer_set {
	const struct dnsbl_filter *filter;
	size_t count;
	const char *text; /* as written; NULL when there are none */
};

struct answer_error {
	struct answer_set answers;
	enum answer_tag tag;
};

/* RFC 5782, section 5. */
struct test_point {
	bool exists;
	struct address address;
	struct answer_set answers; /* of a positive one; empty: any listing */
};

enum dnslist_state {
	DNSLIST_UNKNOWN, /* the file does not have it */
	DNSLIST_USABLE,
	DNSLIST_CLOSED, /* must not be used any more */
	DNSLIST_UNFIT,	/* works, but is not about client addresses */
};

enum dnslist_kind {
	DNSLIST_BLOCK,
	DNSLIST_ALLOW,
	DNSLIST_MIXED, /* good and bad are told apart by the answer */
};

/* All that is known of one list. */
struct dnslist {
	char name[DNSLIST_NAME]; /* for others to see: the key left out */
	enum dnslist_state state;
	bool keyed;	  /* the domain has a key in front */
	bool placeholder; /* which is none, but a word such as YOUR_KEY */
	bool lacks_key;	  /* the operator wants one, and there is none */
	enum dnslist_kind kind;
	struct answer_set codes;  /* what it lists with; empty: unknown */
	struct answer_set permit; /* listings, though others err with them */
	const struct answer_error *error[DNSLIST_ERRORS];
	size_t errors;
	enum answer_tag refused; /* what REFUSED or SERVFAIL means */
	struct test_point positive, negative;
	/* texts for people; NULL when not known */
	const char *terms; /* free, limits, registration, key or paid */
	const char *url;
	const char *since, *left, *use; /* of a closed one: when it ended,
					   what it answers now, and what
					   took its place */
	const char *why;		/* of an unfit one: what it is about */
};

/* Whose resolver an address is. */
enum resolver_class {
	RESOLVER_PUBLIC,
	RESOLVER_HOSTING, /* shared by a provider's customers */
	RESOLVER_STUB,	  /* hides the one that is really asked */
};

struct known_resolver {
	struct cidr net;
	const char *name; /* of its operator */
	enum resolver_class class;
};

/*
 * Read the first of FILES, a list of paths, that is there. What is wrong goes
 * to REPORT as warnings. Without one a few things are known all the same. NULL
 * when the arena is full: the functions below take that for nothing known.
 *
 * SITES, the text of dnsbl_sites, tells which lists there will be questions
 * about: nothing is then known of others but which have keys, nothing of
 * resolvers and of what is within what, and no mistake is told in what is not
 * looked at. That takes a fraction of the time. NULL: all of it.
 */
struct dnslists *dnslists_open(const char *files, const char *sites,
			       struct arena *arena, struct report *report);

/* What is known of the list that is asked at DOMAIN. */
void dnslists_find(const struct dnslists *known, struct span domain,
		   struct dnslist *ret);

/*
 * Is ANSWER an error of the list, and which? That is what the file says, and
 * what does not lie between 127.0.0.2 and 127.254.255.255 unless the file
 * permits it.
 */
bool dnslist_is_error(const struct dnslist *list, const unsigned char answer[4],
		      enum answer_tag *ret_tag);

bool answer_set_has(const struct answer_set *set,
		    const unsigned char answer[4]);

/* Is all that the list named PART has in the one named WHOLE too? By the names
 * that others may see. */
bool dnslists_within(const struct dnslists *known, const char *part,
		     const char *whole);

/* Whose resolver WHO is, or NULL. */
const struct known_resolver *dnslists_resolver(const struct dnslists *known,
					       const struct address *who);

/* Add TEXT, which may be part of a setting, to TO with "KEY" for each word
 * that is a key or looks like one. */
void dnslists_mask(const struct dnslists *known, struct span text,
		   struct sbuf *to);

#endif
