/*
 * pools.h - is a client one of its sender domain's mail servers? (dns/spf.h)
 *
 * Some at a time, each with its own deadline, in the caller's poll. Name
 * servers that are away cost those who ask these seconds and nobody else
 * anything.
 */
#ifndef SCREEN_POOLS_H
#define SCREEN_POOLS_H

#include "base/arena.h"
#include "dns/spf.h"

/* So many at a time; who comes beyond is not asked about. */
#define POOLS 16

/* How long one may take, in microseconds. */
#define POOLS_PATIENCE INT64_C(2500000)

struct pool_case {
	bool used;
	struct spf spf;
	enum spf_step step;
	struct dns_records records;
	int64_t deadline;
};

struct pools {
	struct arena arena;
	struct dnsclient *dns;
	struct pool_case cases[POOLS];
	bool in_trouble;
};

/* Ask SERVERS, the text of dns_servers; NULL: those of the system. False with
 * WHY. */
bool pools_open(struct pools *p, const char *servers, struct sbuf *why);
void pools_close(struct pools *p);

/* Begin to find out whether DOMAIN claims WHO. The number of the case, or -1
 * when there are too many. */
int pools_begin(struct pools *p, const struct address *who, struct span domain,
		int64_t now);

/* What to poll for, POOLS at most, and until when at the latest. */
size_t pools_poll(const struct pools *p, struct pollfd *fds,
		  int64_t *ret_deadline);
void pools_handle(struct pools *p, const struct pollfd *fds, size_t count,
		  int64_t now);

/* A case that is decided, which is over then: its number, or -1. */
int pools_decided(struct pools *p, bool *ret_inside);

#endif
