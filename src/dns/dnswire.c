#include "dns/dnswire.h"

#include "net/hostname.h"

#include <ldns/ldns.h>
#include <string.h>

/* The OPT record of RFC 6891; the size is that of the DNS flag day 2020. */
#define EDNS_UDP_SIZE 1232

/* What stands behind the name in a question. */
#define TYPE_AND_CLASS 4

/* ---- the question ---------------------------------------------------------
 */

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
	if (!hostname_valid(span_of(name)) || strlen(name) > DNSWIRE_NAME - 2)
		return false;
	ldns_write_uint16(q.bytes, id);
	LDNS_RD_SET(q.bytes);
	ldns_write_uint16(q.bytes + LDNS_QDCOUNT_OFF, 1);
	ldns_write_uint16(q.bytes + LDNS_ARCOUNT_OFF, edns);
	end = put_name(q.bytes + LDNS_HEADER_SIZE, span_of(name));
	end = put_type(end, (unsigned)type, DNSWIRE_IN);
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

/* ---- what a packet is -----------------------------------------------------
 */

static bool is_refusal(unsigned rcode)
{
	return rcode != DNSWIRE_NOERROR && rcode != DNSWIRE_NXDOMAIN;
}

bool dnswire_is_reply(const struct dnswire_query *q,
		      const unsigned char *packet, size_t len,
		      struct dnswire_header *ret)
{
	if (len < LDNS_HEADER_SIZE || !LDNS_QR_WIRE(packet) ||
	    LDNS_OPCODE_WIRE(packet) != LDNS_PACKET_QUERY ||
	    LDNS_ID_WIRE(packet) != LDNS_ID_WIRE(q->bytes))
		return false;
	/* some leave the question out when they did not read that far */
	if (LDNS_QDCOUNT(packet) == 0 ? !is_refusal(LDNS_RCODE_WIRE(packet))
				      : !same_question(q, packet, len))
		return false;
	*ret = (struct dnswire_header){
		.rcode = LDNS_RCODE_WIRE(packet),
		.truncated = LDNS_TC_WIRE(packet),
		.authoritative = LDNS_AA_WIRE(packet),
		.recursive = LDNS_RA_WIRE(packet),
		.answers = LDNS_ANCOUNT(packet),
		.authorities = LDNS_NSCOUNT(packet),
	};
	return true;
}

/* ---- its records ----------------------------------------------------------
 */

/* What is asked for, from AT in the question on. */
static void copy_from(const struct dnswire_query *q, size_t at,
		      struct dnswire_name *ret)
{
	ret->len = q->question_end - TYPE_AND_CLASS - at;
	memcpy(ret->wire, q->bytes + at, ret->len);
}

void dnswire_name_asked(const struct dnswire_query *q, struct dnswire_name *ret)
{
	copy_from(q, LDNS_HEADER_SIZE, ret);
}

/* Does a label of what is asked for, or its end, begin at AT? */
static bool is_label(const struct dnswire_query *q, size_t at)
{
	size_t label = LDNS_HEADER_SIZE;

	while (label < at && q->bytes[label] != 0)
		label += 1 + q->bytes[label];
	return label == at;
}

/*
 * Most names are what was asked for, or its zone, and just point back there
 * (RFC 1035, 4.1.4). The packet's question is that of the query, which is our
 * own, so they are known. ldns allocates for a name, and the first allocation
 * of a process costs it three pages.
 */
static bool read_pointer(struct dnswire_reader *r, struct dnswire_name *ret)
{
	size_t pointer;

	if (r->pos > r->len || r->len - r->pos < 2)
		return false;
	pointer = ldns_read_uint16(r->packet + r->pos);
	if (pointer >> 14 != 3 || !is_label(r->query, pointer & 0x3fff))
		return false;
	copy_from(r->query, pointer & 0x3fff, ret);
	r->pos += 2;
	return true;
}

bool dnswire_read_name(struct dnswire_reader *r, struct dnswire_name *ret)
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

bool dnswire_read_record(struct dnswire_reader *r, struct dnswire_record *ret)
{
	const unsigned char *p;

	if (!dnswire_read_name(r, &ret->owner) || r->pos > r->len ||
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

bool dnswire_same_name(const struct dnswire_name *a,
		       const struct dnswire_name *b)
{
	return span_equal_nocase(bytes_of(a->wire, 0, a->len),
				 bytes_of(b->wire, 0, b->len));
}
