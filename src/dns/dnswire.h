/*
 * dnswire.h - one question and its answer as packets (RFC 1035).
 *
 * The only file that knows ldns. A packet reaches ldns only when its header
 * and question are those of our question; everything it takes apart is
 * copied and given back at once. The additional section is not looked at.
 */
#ifndef SCREEN_DNSWIRE_H
#define SCREEN_DNSWIRE_H

#include "dns/dnsclient.h"

/* A header, the longest name, type and class, and an OPT record. */
#define DNSWIRE_QUERY (12 + 255 + 4 + 11)

/* The longest packet, over TCP or UDP. */
#define DNSWIRE_PACKET 65535

struct dnswire_query {
	unsigned char bytes[DNSWIRE_QUERY];
	size_t len;
	size_t question_end; /* where the question section ends */
	bool edns;
	enum dns_type type;
};

/*
 * The question for TYPE of NAME, recursion desired. With EDNS answers up to
 * 1232 bytes are welcome over UDP, which no path has to cut. False when
 * NAME is no domain name of at most 253 characters and labels of at most 63.
 */
bool dnswire_build(const char *name, enum dns_type type, uint16_t id, bool edns,
		   struct dnswire_query *ret);

enum dnswire_result {
	DNSWIRE_ANSWER,	   /* *RET has status, addresses and TTL */
	DNSWIRE_FOREIGN,   /* no answer to this question: wait on */
	DNSWIRE_TRUNCATED, /* ask again over TCP */
	DNSWIRE_NO_EDNS,   /* ask again without EDNS */
	DNSWIRE_FAILED,	   /* this server cannot tell; *RET_WHY says why */
};

/*
 * What does PACKET say to QUERY? Records go to those of *RET, if it has any.
 * Of *RET status, count, address and ttl are
 * written for DNSWIRE_ANSWER only, and refused for DNSWIRE_FAILED only. CNAMEs
 * are followed within the answer, at most 10.
 */
enum dnswire_result dnswire_parse(const struct dnswire_query *query,
				  const unsigned char *packet, size_t len,
				  struct dns_answer *ret, const char **ret_why);

#endif
