/*
 * A client's domain and what its name servers say to each question: it ends
 * after SPF_QUESTIONS, asks only for names that can be asked for, and no record
 * that claims too much is a pool.
 */
#include "base/number.h"
#include "dns/dnswire.h"
#include "dns/spf.h"
#include "net/address.h"

#include <stdlib.h>
#include <string.h>

static void must(bool good)
{
	if (!good)
		abort();
}

/* Records are separated by "|"; those for addresses are text. */
static void add_record(struct dns_records *to, enum dns_type type,
		       struct span value)
{
	struct address a;

	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA) {
		if (!address_parse(value, &a))
			return;
		value = (struct span){ (const char *)a.bytes,
				       address_bits(&a) / 8 };
	}
	if (to->count == DNS_RECORDS ||
	    value.len > sizeof(to->bytes) - to->used) {
		to->cut = true;
		return;
	}
	memcpy(to->bytes + to->used, value.p, value.len);
	to->at[to->count].from = to->used;
	to->at[to->count++].len = value.len;
	to->used += value.len;
}

/* "!": nobody answers. Nothing: there is no such record. */
static void answer(const struct spf *s, struct span line,
		   struct dns_answer *ret)
{
	struct span value;

	ret->records->count = ret->records->used = 0;
	ret->records->cut = false;
	ret->status = DNS_ABSENT;
	if (span_starts_with(line, SPAN("!")))
		ret->status = DNS_FAILED;
	while (line.len > 0 && ret->status != DNS_FAILED) {
		if (!span_cut(line, '|', &value, &line)) {
			value = line;
			line.len = 0;
		}
		add_record(ret->records, s->question_type, value);
		ret->status = DNS_FOUND;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the client, each other one an answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_records records;
	static struct spf s;
	struct dns_answer a = { .records = &records };
	struct span rest = { (const char *)data, size }, line;
	struct address who;
	enum spf_step step;
	unsigned questions = 0;

	if (!span_next_line(&rest, &line) || !address_parse(line, &who))
		return 0;
	step = spf_begin(&s, &who, SPAN("client.example"));
	while (step == SPF_ASK) {
		struct dnswire_query q;

		must(++questions <= SPF_QUESTIONS);
		must(dnswire_build(s.question_name, s.question_type, 1, true,
				   &q));
		if (!span_next_line(&rest, &line))
			line = SPAN("");
		answer(&s, line, &a);
		step = spf_go_on(&s, &a);
	}
	must(step != SPF_INSIDE ||
	     (s.ipv4_sum <= UINT64_C(1) << (32 - SPF_IPV4_SUM) &&
	      s.ipv6_sum <= UINT64_C(1) << (64 - SPF_IPV6_SUM)));
	must(s.lookups <= SPF_LOOKUPS || step == SPF_OUTSIDE);
	return 0;
}
