#include "dns/dnswire.h"

#include "net/hostname.h"

#include <ldns/ldns.h>
#include <string.h>

/* The OPT record of RFC 6891; the size is that of the DNS flag day 2020. */
#define EDNS_UDP_SIZE 1232

/* The longest name on the wire. */
#define NAME_WIRE 255

/* What stands behind the name in a question. */
#define TYPE_AND_CLASS 4

#define CNAME_HOPS 10

/* More records than any list has to say; what follows is not looked at. */
#define RECORDS 128

static const char malformed[] = "malformed answer";

/* NAME, which is valid, as labels with their lengths; the end. */
static unsigned char *put_name(unsigned char *to, struct span name)
{
	struct span label;

	while (name.len > 0) {
		if (!span_cut(name, '.', &label, &name)) {
			label = name;
			name.len = 0;
		}
		*to++ = (unsigned char)label.len;
		memcpy(to, label.p, label.len);
		to += label.len;
	}
	*to++ = 0;
	return to;
}

static unsigned char *put_type(unsigned char *to, unsigned type, unsigned class)
{
	ldns_write_uint16(to, (uint16_t)type);
	ldns_write_uint16(to + 2, (uint16_t) class);
	return to + 4;
}

/* The root's OPT record, whose TTL and data are empty (RFC 6891, 6.1.2). */
static unsigned char *put_edns(unsigned char *to)
{
	*to++ = 0;
	to = put_type(to, LDNS_RR_TYPE_OPT, EDNS_UDP_SIZE);
	memset(to, 0, 6);
	return to + 6;
}

/*
 * By hand: ldns makes a tree of names, to compress them, and two dozen
 * allocations for each question, which was most of what a client's process had
 * to compute.
 */
bool dnswire_build(const char *name, enum dns_type type, uint16_t id, bool edns,
		   struct dnswire_query *ret)
{
	struct dnswire_query q = { .edns = edns, .type = type };
	unsigned char *end;

	/* with lengths and end it takes two bytes more (RFC 1035, 3.1) */
	if (!hostname_valid(span_of(name)) || strlen(name) > NAME_WIRE - 2)
		return false;
	ldns_write_uint16(q.bytes, id);
	LDNS_RD_SET(q.bytes);
	ldns_write_uint16(q.bytes + LDNS_QDCOUNT_OFF, 1);
	ldns_write_uint16(q.bytes + LDNS_ARCOUNT_OFF, edns);
	end = put_name(q.bytes + LDNS_HEADER_SIZE, span_of(name));
	end = put_type(end, (unsigned)type, LDNS_RR_CLASS_IN);
	q.question_end = (size_t)(end - q.bytes);
	if (edns)
		end = put_edns(end);
	q.len = (size_t)(end - q.bytes);
	*ret = q;
	return true;
}

static struct span bytes_of(const void *p, size_t from, size_t to)
{
	return (struct span){ (const char *)p + from, to - from };
}

/*
 * Is the question section ours, letters of either case being equal? Nothing
 * stands before it that its name could be compressed with, so the bytes can
 * be compared: lengths, type and class are no letters.
 */
static bool same_question(const struct dnswire_query *q,
			  const unsigned char *packet, size_t len)
{
	return LDNS_QDCOUNT(packet) == 1 && len >= q->question_end &&
	       span_equal_nocase(
		       bytes_of(packet, LDNS_HEADER_SIZE, q->question_end),
		       bytes_of(q->bytes, LDNS_HEADER_SIZE, q->question_end));
}

/* What a server says that will not or cannot answer; NULL when it can. */
static const char *refusal(unsigned rcode)
{
	switch (rcode) {
	case LDNS_RCODE_NOERROR:
	case LDNS_RCODE_NXDOMAIN:
		return NULL;
	case LDNS_RCODE_FORMERR:
		return "the server does not understand the question (FORMERR)";
	case LDNS_RCODE_SERVFAIL:
		return "the server failed (SERVFAIL)";
	case LDNS_RCODE_NOTIMPL:
		return "the server cannot answer such questions (NOTIMP)";
	case LDNS_RCODE_REFUSED:
		return "the server refused (REFUSED)";
	default:
		return "the server answered with an unexpected error";
	}
}

/* Some servers leave the question out when they did not read that far. */
static bool is_ours(const struct dnswire_query *q, const unsigned char *packet,
		    size_t len)
{
	if (len < LDNS_HEADER_SIZE || !LDNS_QR_WIRE(packet) ||
	    LDNS_OPCODE_WIRE(packet) != LDNS_PACKET_QUERY ||
	    LDNS_ID_WIRE(packet) != LDNS_ID_WIRE(q->bytes))
		return false;
	if (LDNS_QDCOUNT(packet) == 0)
		return refusal(LDNS_RCODE_WIRE(packet)) != NULL;
	return same_question(q, packet, len);
}

/* On the wire, uncompressed. */
struct name {
	size_t len;
	unsigned char wire[NAME_WIRE];
};

/*
 * One record of a section. Only its names are taken apart by ldns: that
 * leaves records of other kinds alone, whatever they hold, and lets us see
 * that the data is exactly as long as it says.
 */
struct record {
	struct name owner;
	unsigned type, class;
	int64_t ttl;
	size_t data, end; /* in the packet */
};

struct reader {
	const struct dnswire_query *query; /* to which PACKET is the answer */
	const unsigned char *packet;
	size_t len;
	size_t pos;
	unsigned left; /* records that the header promises */
};

static struct reader reader_at(const struct dnswire_query *query,
			       const unsigned char *packet, size_t len,
			       size_t pos, unsigned count)
{
	return (struct reader){ query, packet, len, pos,
				count < RECORDS ? count : RECORDS };
}

/* What is asked for, from AT in the question on, where a label begins. */
static bool name_asked_for(const struct dnswire_query *q, size_t at,
			   struct name *ret)
{
	size_t label = LDNS_HEADER_SIZE, end = q->question_end - TYPE_AND_CLASS;

	while (label < at && q->bytes[label] != 0)
		label += 1 + q->bytes[label];
	if (label != at)
		return false;
	ret->len = end - at;
	memcpy(ret->wire, q->bytes + at, ret->len);
	return true;
}

/*
 * Most names are what was asked for, or its zone, and just point back there
 * (RFC 1035, 4.1.4). The packet's question is that of the query, which is our
 * own, so they are known. ldns allocates for a name, and the first allocation
 * of a process costs it three pages.
 */
static bool read_pointer(struct reader *r, struct name *ret)
{
	size_t pointer;

	if (r->pos > r->len || r->len - r->pos < 2)
		return false;
	pointer = ldns_read_uint16(r->packet + r->pos);
	if (pointer >> 14 != 3 ||
	    !name_asked_for(r->query, pointer & 0x3fff, ret))
		return false;
	r->pos += 2;
	return true;
}

static bool read_name(struct reader *r, struct name *ret)
{
	ldns_rdf *name = NULL;

	if (read_pointer(r, ret))
		return true;
	if (ldns_wire2dname(&name, r->packet, r->len, &r->pos) !=
	    LDNS_STATUS_OK)
		return false;
	ret->len = ldns_rdf_size(name);
	memcpy(ret->wire, ldns_rdf_data(name), ret->len);
	ldns_rdf_deep_free(name);
	return true;
}

/* RFC 2181, section 8: a TTL with the highest bit set is 0. */
static int64_t sane_ttl(uint32_t ttl)
{
	return ttl > INT32_MAX ? 0 : ttl;
}

static bool read_record(struct reader *r, struct record *ret)
{
	const unsigned char *p;

	if (!read_name(r, &ret->owner) || r->pos > r->len ||
	    r->len - r->pos < 10)
		return false;
	p = r->packet + r->pos;
	ret->type = ldns_read_uint16(p);
	ret->class = ldns_read_uint16(p + 2);
	ret->ttl = sane_ttl(ldns_read_uint32(p + 4));
	ret->data = r->pos + 10;
	ret->end = ret->data + ldns_read_uint16(p + 8);
	if (ret->end > r->len)
		return false;
	r->pos = ret->end;
	r->left--;
	return true;
}

static bool same_name(const struct name *a, const struct name *b)
{
	return span_equal_nocase(bytes_of(a->wire, 0, a->len),
				 bytes_of(b->wire, 0, b->len));
}

static bool take_address(const struct reader *r, const struct record *record,
			 struct dns_answer *to)
{
	if (record->end - record->data != 4)
		return false;
	if (to->ttl < 0 || record->ttl < to->ttl)
		to->ttl = record->ttl;
	if (to->count < DNS_ADDRESSES)
		memcpy(to->address[to->count++], r->packet + record->data, 4);
	return true;
}

/* Add bytes to the last of RECORDS. */
static void add_bytes(struct dns_records *to, const void *bytes, size_t len)
{
	if (len > sizeof(to->bytes) - to->used) {
		to->cut = true;
		return;
	}
	memcpy(to->bytes + to->used, bytes, len);
	to->used += len;
}

/* The strings of a TXT record: each has its length before it. */
static bool take_strings(const struct reader *r, const struct record *record,
			 struct dns_records *to)
{
	size_t pos = record->data;

	while (pos < record->end) {
		size_t len = r->packet[pos++];

		if (len > record->end - pos)
			return false;
		add_bytes(to, r->packet + pos, len);
		pos += len;
	}
	return true;
}

/* The name of an MX record, behind its preference. */
static bool take_exchange(const struct reader *r, const struct record *record,
			  struct dns_records *to)
{
	struct reader data = *r;
	struct name name;

	data.pos = record->data + 2;
	if (data.pos >= record->end || !read_name(&data, &name))
		return false;
	for (const unsigned char *p = name.wire; *p != 0; p += 1 + *p) {
		if (p != name.wire)
			add_bytes(to, ".", 1);
		add_bytes(to, p + 1, *p);
	}
	return data.pos == record->end;
}

static bool take_plain(const struct reader *r, const struct record *record,
		       size_t length, struct dns_records *to)
{
	if (record->end - record->data != length)
		return false;
	add_bytes(to, r->packet + record->data, length);
	return true;
}

static bool take_data(const struct reader *r, const struct record *record,
		      struct dns_records *to)
{
	switch ((enum dns_type)record->type) {
	case DNS_TYPE_TXT:
		return take_strings(r, record, to);
	case DNS_TYPE_MX:
		return take_exchange(r, record, to);
	case DNS_TYPE_A:
		return take_plain(r, record, 4, to);
	case DNS_TYPE_AAAA:
		return take_plain(r, record, 16, to);
	}
	return false;
}

/* One more of what was asked for. */
static bool take_record(const struct reader *r, const struct record *record,
			struct dns_answer *to)
{
	struct dns_records *records = to->records;
	size_t from;

	if (!records)
		return take_address(r, record, to);
	if (records->count == DNS_RECORDS) {
		records->cut = true;
		return true;
	}
	from = records->used;
	if (!take_data(r, record, records))
		return false;
	if (to->ttl < 0 || record->ttl < to->ttl)
		to->ttl = record->ttl;
	records->at[records->count].from = from;
	records->at[records->count++].len = records->used - from;
	to->count++;
	return true;
}

/* The first alias counts; a name should have one at most. */
static bool take_alias(const struct reader *r, const struct record *record,
		       struct name *alias)
{
	struct reader data = *r;
	struct name target;

	data.pos = record->data;
	if (!read_name(&data, &target))
		return false;
	if (alias->len == 0)
		*alias = target;
	return data.pos == record->end;
}

/*
 * Go through the answer section: the addresses of NAME go to TO, its alias to
 * *ALIAS, whose LEN is 0 before. False when the section is malformed.
 */
static bool look_up(struct reader *r, const struct name *name,
		    enum dns_type type, struct dns_answer *to,
		    struct name *alias)
{
	bool good = true;

	while (good && r->left > 0) {
		struct record record;

		if (!read_record(r, &record))
			return false;
		if (record.class == LDNS_RR_CLASS_IN &&
		    same_name(&record.owner, name)) {
			if (record.type == (unsigned)type)
				good = take_record(r, &record, to);
			else if (record.type == LDNS_RR_TYPE_CNAME)
				good = take_alias(r, &record, alias);
		}
	}
	return good;
}

/*
 * Collect the addresses at the end of the chain that starts at the question.
 * R ends behind the answer section. NULL, or what is wrong.
 */
static const char *follow(struct reader *r, struct dns_answer *to)
{
	const struct reader start = *r;
	struct name name, alias;
	int hops = 0;

	if (!name_asked_for(r->query, LDNS_HEADER_SIZE, &name))
		return malformed;
	do {
		*r = start;
		alias.len = 0;
		if (!look_up(r, &name, r->query->type, to, &alias))
			return malformed;
		if (alias.len > 0 && to->count == 0 && ++hops > CNAME_HOPS)
			return "too many CNAME records in a row";
		name = alias;
	} while (name.len > 0 && to->count == 0);
	return NULL;
}

/*
 * How long the absence lasts. Caches take the lower of the SOA record's own
 * TTL and its MINIMUM (RFC 2308) and send that as the TTL; postscreen looks
 * at the TTL alone, and so do we. False when the section is malformed.
 */
static bool read_absence(struct reader *r, int64_t *ret_ttl)
{
	int64_t ttl = -1;

	while (r->left > 0) {
		struct record record;

		if (!read_record(r, &record))
			return false;
		if (record.class == LDNS_RR_CLASS_IN &&
		    record.type == LDNS_RR_TYPE_SOA && ttl < 0)
			ttl = record.ttl;
	}
	*ret_ttl = ttl;
	return true;
}

/* A server that is not responsible and does not ask others knows nothing. */
static bool is_lame(const unsigned char *packet)
{
	return LDNS_RCODE_WIRE(packet) == LDNS_RCODE_NOERROR &&
	       !LDNS_AA_WIRE(packet) && !LDNS_RA_WIRE(packet);
}

static const char *parse_answer(const struct dnswire_query *q,
				const unsigned char *packet, size_t len,
				struct dns_answer *to)
{
	struct reader r = reader_at(q, packet, len, q->question_end,
				    LDNS_ANCOUNT(packet));
	const char *why;

	if (to->records) {
		to->records->count = to->records->used = 0;
		to->records->cut = false;
	}
	why = follow(&r, to);
	if (why)
		return why;
	if (LDNS_RCODE_WIRE(packet) == LDNS_RCODE_NXDOMAIN)
		to->count = 0; /* nothing can belong to what is not there */
	if (to->count == 0 && to->records)
		to->records->count = 0;
	if (to->count > 0) {
		to->status = DNS_FOUND;
		return NULL;
	}
	to->status = DNS_ABSENT;
	to->ttl = -1;
	if (LDNS_ANCOUNT(packet) > RECORDS)
		return NULL; /* we never came to the authority section */
	r = reader_at(q, packet, len, r.pos, LDNS_NSCOUNT(packet));
	if (!read_absence(&r, &to->ttl))
		return malformed;
	if (to->ttl < 0 && is_lame(packet))
		return "the server does not look up names of others";
	return NULL;
}

enum dnswire_result dnswire_parse(const struct dnswire_query *query,
				  const unsigned char *packet, size_t len,
				  struct dns_answer *ret, const char **ret_why)
{
	struct dns_answer answer = { .ttl = -1, .records = ret->records };
	const char *why;
	unsigned rcode;

	if (len > DNSWIRE_PACKET || !is_ours(query, packet, len))
		return DNSWIRE_FOREIGN;
	rcode = LDNS_RCODE_WIRE(packet);
	why = refusal(rcode);
	if (why && query->edns &&
	    (rcode == LDNS_RCODE_FORMERR || rcode == LDNS_RCODE_NOTIMPL))
		return DNSWIRE_NO_EDNS;
	if (!why && LDNS_TC_WIRE(packet))
		return DNSWIRE_TRUNCATED;
	if (!why)
		why = parse_answer(query, packet, len, &answer);
	if (why) {
		ret->refused |= rcode == LDNS_RCODE_REFUSED ||
				rcode == LDNS_RCODE_SERVFAIL;
		*ret_why = why;
		return DNSWIRE_FAILED;
	}
	ret->status = answer.status;
	ret->count = answer.count;
	ret->ttl = answer.ttl;
	memcpy(ret->address, answer.address, sizeof(ret->address));
	return DNSWIRE_ANSWER;
}
