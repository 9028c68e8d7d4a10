#include "dns/dnsanswer.h"

#include <string.h>

#define CNAME_HOPS 10

/* More records than any list has to say; what follows is not looked at. */
#define RECORDS 128

static const char malformed[] = "malformed answer";

/* What a server says that will not or cannot answer; NULL when it can. */
static const char *refusal(unsigned rcode)
{
	switch (rcode) {
	case DNSWIRE_NOERROR:
	case DNSWIRE_NXDOMAIN:
		return NULL;
	case DNSWIRE_FORMERR:
		return "the server does not understand the question (FORMERR)";
	case DNSWIRE_SERVFAIL:
		return "the server failed (SERVFAIL)";
	case DNSWIRE_NOTIMP:
		return "the server cannot answer such questions (NOTIMP)";
	case DNSWIRE_REFUSED:
		return "the server refused (REFUSED)";
	default:
		return "the server answered with an unexpected error";
	}
}

static struct dnswire_reader reader_at(const struct dnswire_query *query,
				       const unsigned char *packet, size_t len,
				       size_t pos, unsigned count)
{
	return (struct dnswire_reader){ query, packet, len, pos,
					count < RECORDS ? count : RECORDS };
}

static bool take_address(const struct dnswire_reader *r,
			 const struct dnswire_record *record,
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
static bool take_strings(const struct dnswire_reader *r,
			 const struct dnswire_record *record,
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
static bool take_exchange(const struct dnswire_reader *r,
			  const struct dnswire_record *record,
			  struct dns_records *to)
{
	struct dnswire_reader data = *r;
	struct dnswire_name name;

	data.pos = record->data + 2;
	if (data.pos >= record->end || !dnswire_read_name(&data, &name))
		return false;
	for (const unsigned char *p = name.wire; *p != 0; p += 1 + *p) {
		if (p != name.wire)
			add_bytes(to, ".", 1);
		add_bytes(to, p + 1, *p);
	}
	return data.pos == record->end;
}

static bool take_plain(const struct dnswire_reader *r,
		       const struct dnswire_record *record, size_t length,
		       struct dns_records *to)
{
	if (record->end - record->data != length)
		return false;
	add_bytes(to, r->packet + record->data, length);
	return true;
}

static bool take_data(const struct dnswire_reader *r,
		      const struct dnswire_record *record,
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
static bool take_record(const struct dnswire_reader *r,
			const struct dnswire_record *record,
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
static bool take_alias(const struct dnswire_reader *r,
		       const struct dnswire_record *record,
		       struct dnswire_name *alias)
{
	struct dnswire_reader data = *r;
	struct dnswire_name target;

	data.pos = record->data;
	if (!dnswire_read_name(&data, &target))
		return false;
	if (alias->len == 0)
		*alias = target;
	return data.pos == record->end;
}

/*
 * Go through the answer section: the addresses of NAME go to TO, its alias to
 * *ALIAS, whose LEN is 0 before. False when the section is malformed.
 */
static bool look_up(struct dnswire_reader *r, const struct dnswire_name *name,
		    enum dns_type type, struct dns_answer *to,
		    struct dnswire_name *alias)
{
	bool good = true;

	while (good && r->left > 0) {
		struct dnswire_record record;

		if (!dnswire_read_record(r, &record))
			return false;
		if (record.class == DNSWIRE_IN &&
		    dnswire_same_name(&record.owner, name)) {
			if (record.type == (unsigned)type)
				good = take_record(r, &record, to);
			else if (record.type == DNSWIRE_CNAME)
				good = take_alias(r, &record, alias);
		}
	}
	return good;
}

/*
 * Collect the addresses at the end of the chain that starts at the question.
 * R ends behind the answer section. NULL, or what is wrong.
 */
static const char *follow(struct dnswire_reader *r, struct dns_answer *to)
{
	const struct dnswire_reader start = *r;
	struct dnswire_name name, alias;
	int hops = 0;

	dnswire_name_asked(r->query, &name);
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
static bool read_absence(struct dnswire_reader *r, int64_t *ret_ttl)
{
	int64_t ttl = -1;

	while (r->left > 0) {
		struct dnswire_record record;

		if (!dnswire_read_record(r, &record))
			return false;
		if (record.class == DNSWIRE_IN && record.type == DNSWIRE_SOA &&
		    ttl < 0)
			ttl = record.ttl;
	}
	*ret_ttl = ttl;
	return true;
}

/* A server that is not responsible and does not ask others knows nothing. */
static bool is_lame(const struct dnswire_header *header)
{
	return header->rcode == DNSWIRE_NOERROR && !header->authoritative &&
	       !header->recursive;
}

static const char *parse_answer(const struct dnswire_query *q,
				const struct dnswire_header *header,
				const unsigned char *packet, size_t len,
				struct dns_answer *to)
{
	struct dnswire_reader r =
		reader_at(q, packet, len, q->question_end, header->answers);
	const char *why;

	if (to->records) {
		to->records->count = to->records->used = 0;
		to->records->cut = false;
	}
	why = follow(&r, to);
	if (why)
		return why;
	if (header->rcode == DNSWIRE_NXDOMAIN)
		to->count = 0; /* nothing can belong to what is not there */
	if (to->count == 0 && to->records)
		to->records->count = 0;
	if (to->count > 0) {
		to->status = DNS_FOUND;
		return NULL;
	}
	to->status = DNS_ABSENT;
	to->ttl = -1;
	if (header->answers > RECORDS)
		return NULL; /* we never came to the authority section */
	r = reader_at(q, packet, len, r.pos, header->authorities);
	if (!read_absence(&r, &to->ttl))
		return malformed;
	if (to->ttl < 0 && is_lame(header))
		return "the server does not look up names of others";
	return NULL;
}

enum dnsanswer_result dnsanswer_parse(const struct dnswire_query *query,
				      const unsigned char *packet, size_t len,
				      struct dns_answer *ret,
				      const char **ret_why)
{
	struct dns_answer answer = { .ttl = -1, .records = ret->records };
	struct dnswire_header header;
	const char *why;

	if (len > DNSWIRE_PACKET ||
	    !dnswire_is_reply(query, packet, len, &header))
		return DNSANSWER_FOREIGN;
	why = refusal(header.rcode);
	if (why && query->edns &&
	    (header.rcode == DNSWIRE_FORMERR || header.rcode == DNSWIRE_NOTIMP))
		return DNSANSWER_NO_EDNS;
	if (!why && header.truncated)
		return DNSANSWER_TRUNCATED;
	if (!why)
		why = parse_answer(query, &header, packet, len, &answer);
	if (why) {
		ret->refused |= header.rcode == DNSWIRE_REFUSED ||
				header.rcode == DNSWIRE_SERVFAIL;
		*ret_why = why;
		return DNSANSWER_FAILED;
	}
	ret->status = answer.status;
	ret->count = answer.count;
	ret->ttl = answer.ttl;
	memcpy(ret->address, answer.address, sizeof(ret->address));
	return DNSANSWER_GOOD;
}
