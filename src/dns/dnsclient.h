/*
 * dnsclient.h - many questions at once, over our own sockets.
 *
 * A stub resolver, mostly for type A: one UDP socket a question with a random
 * port and id, source and question section checked, resent, the next server
 * tried, TCP when an answer was cut. It never waits: the caller polls our
 * descriptors beside its own and hands back what became ready. Nothing is
 * allocated but by ldns while it takes a packet apart (RFC 1035, 5452).
 */
#ifndef SCREEN_DNSCLIENT_H
#define SCREEN_DNSCLIENT_H

#include "dns/resolvers.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/* How many A records of one answer are kept; more are ignored. */
#define DNS_ADDRESSES 32

/* How many questions a client may have open; dnsbl_parse keeps to it. */
#define DNS_QUESTIONS 128

enum dns_status {
	DNS_PENDING,
	DNS_FOUND,  /* at least one A record */
	DNS_ABSENT, /* NXDOMAIN, or no A record */
	DNS_FAILED, /* SERVFAIL, REFUSED, no answer, nonsense */
};

/* What may be asked for (RFC 1035, RFC 3596). */
enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
};

/* How many records of another type, and how many bytes of them. */
#define DNS_RECORDS	 32
#define DNS_RECORD_BYTES 8192

/*
 * Records of one type: an address's bytes, the name of an mx as text, or the
 * strings of a TXT record joined. Any bytes may be in names and strings.
 */
struct dns_records {
	size_t count;
	bool cut; /* there are more, or longer ones, than fit */
	size_t used;
	struct {
		size_t from, len; /* in bytes */
	} at[DNS_RECORDS];
	char bytes[DNS_RECORD_BYTES];
};

struct dns_answer {
	enum dns_status status;
	size_t count;
	unsigned char address[DNS_ADDRESSES][4];
	int64_t ttl;	 /* lowest of the A records, or of the SOA; -1 none */
	int64_t took;	 /* microseconds from question to answer */
	const char *why; /* for DNS_FAILED: a string constant */
	bool refused;	 /* a server said REFUSED or SERVFAIL */
	struct dns_records *records; /* of dnsclient_ask_records, else NULL */
};

struct dnsclient; /* in the arena */

/*
 * A client for up to QUESTIONS questions to SERVERS. NULL when the arena is
 * full. RANDOM fills memory with unguessable bytes: getrandom(2), or a
 * test's own.
 */
struct dnsclient *dnsclient_new(struct arena *arena,
				const struct resolvers *servers,
				size_t questions,
				void (*random)(void *to, size_t size));

/* Ask these SERVERS instead, or in this order. Before the first question. */
void dnsclient_use(struct dnsclient *d, const struct resolvers *servers);

/*
 * Ask question number INDEX, which is not open: type A of NAME. Failing to
 * send is an answer: DNS_FAILED, as for a NAME that is no domain name.
 *
 * A server that refuses, fails, answers nonsense or cannot be reached is
 * not asked again for this NAME: the next one is, at once. One that is silent
 * gets its turn in every round. The question has failed when nobody is left.
 */
void dnsclient_ask(struct dnsclient *d, size_t index, const char *name,
		   int64_t now);

/* The same for records of any TYPE, which go to TO; TO stays where it is until
 * the answer has been read. COUNT of the answer is theirs. */
void dnsclient_ask_records(struct dnsclient *d, size_t index,
			   enum dns_type type, const char *name,
			   struct dns_records *to, int64_t now);

/* Give question number INDEX up. */
void dnsclient_forget(struct dnsclient *d, size_t index);

/*
 * Fill FDS (room for the number of questions) with what must be polled; how
 * many. Also when the next resend or timeout is due, CLOCK_NEVER if none.
 */
size_t dnsclient_poll(const struct dnsclient *d, struct pollfd *fds,
		      int64_t *ret_deadline);

/* Handle what poll returned, and whatever is due at NOW. */
void dnsclient_handle(struct dnsclient *d, const struct pollfd *fds,
		      size_t count, int64_t now);

/* How many questions are still open. */
size_t dnsclient_pending(const struct dnsclient *d);

/* All answers, in the order of their index. */
const struct dns_answer *dnsclient_answers(const struct dnsclient *d);

/* What a server did about all that it was asked. */
enum dns_server {
	DNS_SERVER_UNTRIED, /* or too late to tell, or out of reach */
	DNS_SERVER_HEARD,
	DNS_SERVER_SILENT, /* for longer than the time for one try */
};

/* What number INDEX of the servers in use did so far. */
enum dns_server dnsclient_server(const struct dnsclient *d, size_t index);

/* Close all sockets; open questions stay DNS_PENDING but are given up. */
void dnsclient_close(struct dnsclient *d);

#endif
