/*
 * lists.h - the DNS lists as one session asks them: named, logged, scored.
 */
#ifndef SCREEN_LISTS_H
#define SCREEN_LISTS_H

#include "conf/conf.h"
#include "dns/dnsbl.h"
#include "state/state.h"

/* What came of a question. Numbers of the state file's (state_list_count): only
 * ever added to, at the end. */
enum list_answer {
	LIST_LISTED,
	LIST_ABSENT,
	LIST_ERROR,   /* an answer that says "error" */
	LIST_FAILED,  /* no answer to be had */
	LIST_PENDING, /* none in time */
	LIST_ANSWERS,
};

_Static_assert((int)LIST_ANSWERS <= RECORD_COUNTS, "more than are counted");

struct lists {
	const struct conf *conf;
	struct dnslists *data; /* of public lists; NULL: there is none */
	struct dnsbl sites;
	struct resolvers servers;
	struct dnsclient *dns;
	struct table *reply_map; /* NULL: lists go by their own names */
	struct state state;	 /* what other connections said of them */
	const char *known;	 /* the cache's key of a client that was good
				    for long; NULL: another client */
};

/*
 * Read what CONF says of the lists, which is the same for all sessions.
 * Mistakes go to REPORT; false when there was one, or when the arena is full.
 * With ALL also what is known of public lists and resolvers besides: for
 * advice, not for a connection.
 */
bool lists_read(struct lists *l, const struct conf *conf, bool all,
		struct arena *arena, struct report *report);

/* Read which name servers the system has now, unless CONF says it: for who
 * starts many sessions of one that was read. */
void lists_find_servers(struct lists *l);

/* A session of L, as it was read or a copy of it. Finds its servers, unless
 * that has been done. False when the arena is full. */
bool lists_start(struct lists *l, struct arena *arena);

/* Both. */
bool lists_open(struct lists *l, const struct conf *conf, bool all,
		struct arena *arena, struct report *report);

/*
 * Before any is asked: what other connections found out. A list that is muted
 * at NOW (wall time) is not asked, and taken for silent; a name server that was
 * silent is asked last.
 */
void lists_recall(struct lists *l, int64_t now);

/* Ask all other lists about WHO at once; NOW is monotonic. */
void lists_ask(struct lists *l, const struct address *who, int64_t now);

/* For who has nothing else to do: until all that were asked have answered, or
 * DEADLINE (monotonic). */
void lists_wait(struct lists *l, int64_t deadline);

/* The name a list goes by in replies and logs: what dnsbl_reply_map says, else
 * its domain without a key. While the map cannot be asked, a list has a name
 * only if it is known what part of its domain is a key. */
void lists_name(const struct lists *l, size_t list, struct sbuf *to);

/* What list number LIST has answered; *RET_ERROR when it is LIST_ERROR, and may
 * be NULL. */
enum list_answer lists_answer(const struct lists *l, size_t list,
			      struct dnsbl_error *ret_error);

/* "listed" and so on. */
const char *lists_answer_name(enum list_answer answer);

/*
 * Stop asking: log each listing of WHO and whatever went wrong, look after the
 * tripwire, and add up the score from what has arrived.
 */
void lists_finish(struct lists *l, const struct address *who,
		  struct dnsbl_score *ret);

#endif
