/*
 * dnswire.h - questions, replies and records as bytes (RFC 1035).
 *
 * The only file that knows ldns. A packet reaches ldns only when its header
 * and question are those of our question; everything it takes apart is
 * copied and given back at once.
 */
#ifndef SCREEN_DNSWIRE_H
#define SCREEN_DNSWIRE_H

#include "dns/dnsclient.h"

/* The longest name on the wire. */
#define DNSWIRE_NAME 255

/* A header, the longest name, type and class, and an OPT record. */
#define DNSWIRE_QUERY (12 + DNSWIRE_NAME + 4 + 11)

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

/* What a server says of its reply as a whole (RFC 1035, 4.1.1). */
enum dnswire_rcode {
	DNSWIRE_NOERROR,
	DNSWIRE_FORMERR,
	DNSWIRE_SERVFAIL,
	DNSWIRE_NXDOMAIN,
	DNSWIRE_NOTIMP,
	DNSWIRE_REFUSED,
};

/* The class of all we ask for, and types that tell of it (RFC 1035, 3.2). */
#define DNSWIRE_IN    1
#define DNSWIRE_CNAME 5
#define DNSWIRE_SOA   6

struct dnswire_header {
	unsigned rcode; /* enum dnswire_rcode, or a newer one */
	bool truncated, authoritative;
	bool recursive;		       /* the server asks others */
	unsigned answers, authorities; /* records, as it claims */
};

/*
 * Is PACKET a reply to QUERY: are its id and its question, letters of either
 * case being equal, those of QUERY? A refusal may have no question.
 */
bool dnswire_is_reply(const struct dnswire_query *q,
		      const unsigned char *packet, size_t len,
		      struct dnswire_header *ret);

/* A name as it is on the wire, uncompressed. */
struct dnswire_name {
	size_t len;
	unsigned char wire[DNSWIRE_NAME];
};

/*
 * One record of a section. Only its names are taken apart by ldns: that
 * leaves records of other kinds alone, whatever they hold, and lets us see
 * that the data is exactly as long as it says.
 */
struct dnswire_record {
	struct dnswire_name owner;
	unsigned type, class;
	int64_t ttl;
	size_t data, end; /* in the packet */
};

/* Where we are in a packet that is a reply to QUERY and has a question. */
struct dnswire_reader {
	const struct dnswire_query *query;
	const unsigned char *packet;
	size_t len;
	size_t pos;
	unsigned left; /* records */
};

/*
 * The name or record at R, which is behind it then. False, with R anywhere,
 * when it is malformed or cut. A name may point back into the packet.
 */
bool dnswire_read_name(struct dnswire_reader *r, struct dnswire_name *ret);
bool dnswire_read_record(struct dnswire_reader *r, struct dnswire_record *ret);

/* The name that Q asks for. */
void dnswire_name_asked(const struct dnswire_query *q,
			struct dnswire_name *ret);

/* Letters of either case are equal. */
bool dnswire_same_name(const struct dnswire_name *a,
		       const struct dnswire_name *b);

#endif
