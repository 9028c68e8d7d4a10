/*
 * dnsanswer.h - what a reply says to a question.
 *
 * Records at the end of the chain of aliases, or for how long there are none;
 * or that the server cannot tell. The additional section is not looked at.
 */
#ifndef SCREEN_DNSANSWER_H
#define SCREEN_DNSANSWER_H

#include "dns/dnswire.h"

enum dnsanswer_result {
	DNSANSWER_GOOD,	     /* *RET has status, addresses and TTL */
	DNSANSWER_FOREIGN,   /* no answer to this question: wait on */
	DNSANSWER_TRUNCATED, /* ask again over TCP */
	DNSANSWER_NO_EDNS,   /* ask again without EDNS */
	DNSANSWER_FAILED,    /* this server cannot tell; *RET_WHY says why */
};

/*
 * What does PACKET say to QUERY? Records go to those of *RET, if it has any.
 * Of *RET status, count, address and ttl are written for DNSANSWER_GOOD only,
 * and refused for DNSANSWER_FAILED only. CNAMEs are followed within the answer,
 * at most 10.
 */
enum dnsanswer_result dnsanswer_parse(const struct dnswire_query *query,
				      const unsigned char *packet, size_t len,
				      struct dns_answer *ret,
				      const char **ret_why);

#endif
