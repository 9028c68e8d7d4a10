/*
 * fuzz_spf.c - a sender's domain whose records say what they want.
 *
 * Byte 0: the client's family. Then one answer a question: a byte for how it
 * went, and records, each a byte for its length and so many bytes. It must
 * end, and ask only for what is a name.
 */
#include "dns/spf.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(const uint8_t **data, size_t *size, void *to, size_t n)
{
	if (*size < n)
		return false;
	memcpy(to, *data, n);
	*data += n;
	*size -= n;
	return true;
}

static void add_record(struct dns_records *r, const uint8_t *bytes, size_t len)
{
	if (r->count == DNS_RECORDS || r->used + len > DNS_RECORD_BYTES) {
		r->cut = true;
		return;
	}
	memcpy(r->bytes + r->used, bytes, len);
	r->at[r->count].from = r->used;
	r->at[r->count++].len = len;
	r->used += len;
}

/* What dnsclient would have made of it: addresses have their length. */
static void next_answer(const uint8_t **data, size_t *size, enum dns_type type,
			struct dns_records *records, struct dns_answer *a)
{
	uint8_t how = 0, length, bytes[255];

	*records = (struct dns_records){ .count = 0 };
	*a = (struct dns_answer){ .status = DNS_ABSENT, .records = records };
	if (!take(data, size, &how, 1))
		return;
	for (unsigned n = how & 31; n > 0; n--) {
		if (!take(data, size, &length, 1))
			break;
		if (type == DNS_TYPE_A)
			length = 4;
		else if (type == DNS_TYPE_AAAA)
			length = 16;
		if (!take(data, size, bytes, length))
			break;
		add_record(records, bytes, length);
	}
	a->count = records->count;
	if (a->count > 0)
		a->status = DNS_FOUND;
	if (how & 64)
		a->status = DNS_FAILED, a->records = NULL, a->count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct spf s;
	static struct dns_records records;
	struct address who = { .family = ADDRESS_IPV4,
			       .bytes = { 192, 0, 2, 1 } };
	enum spf_step step;
	unsigned asked = 0;

	if (size < 1)
		return 0;
	if (data[0] & 1) {
		static const unsigned char v6[] = { 0x20, 1, 0xd, 0xb8 };

		who.family = ADDRESS_IPV6;
		memcpy(who.bytes, v6, sizeof(v6));
	}
	data++, size--;
	step = spf_begin(&s, &who, SPAN("example.org"));
	while (step == SPF_ASK) {
		struct dns_answer answer;

		assert(++asked <= SPF_QUESTIONS);
		assert(strlen(s.question_name) < sizeof(s.question_name));
		next_answer(&data, &size, s.question_type, &records, &answer);
		step = spf_go_on(&s, &answer);
	}
	assert(step == SPF_INSIDE || step == SPF_OUTSIDE);
	return 0;
}
