/* A packet that claims to answer our question, whatever it is. */
#include "dns/dnsanswer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Records of another type: each is where it says, and fits. */
static void check_records(const struct dnswire_query *q,
			  const unsigned char *packet, size_t size)
{
	static struct dns_records records;
	struct dns_answer a = { .records = &records };
	const char *why = NULL;

	if (dnsanswer_parse(q, packet, size, &a, &why) != DNSANSWER_GOOD)
		return;
	assert(a.status == (records.count > 0 ? DNS_FOUND : DNS_ABSENT));
	assert(records.count <= DNS_RECORDS);
	assert(records.used <= DNS_RECORD_BYTES);
	for (size_t i = 0; i < records.count; i++)
		assert(records.at[i].from + records.at[i].len <= records.used);
}

static void check(const struct dnswire_query *q, const unsigned char *packet,
		  size_t size)
{
	struct dns_answer a = { .count = 99, .ttl = 77, .took = 5 };
	const char *why = NULL;

	if (dnsanswer_parse(q, packet, size, &a, &why) != DNSANSWER_GOOD) {
		assert(a.status == DNS_PENDING && a.count == 99 && a.ttl == 77);
		return;
	}
	assert(!why);
	assert(a.took == 5);
	if (a.status == DNS_FOUND) {
		assert(a.count > 0 && a.count <= DNS_ADDRESSES);
		assert(a.ttl >= 0 && a.ttl <= INT32_MAX);
	} else {
		assert(a.status == DNS_ABSENT && a.count == 0);
		assert(a.ttl >= -1 && a.ttl <= INT32_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_TYPE_A, DNS_TYPE_MX,
					       DNS_TYPE_TXT, DNS_TYPE_AAAA };
	struct dnswire_query q;
	/* memory of the very size, and every id is the right one */
	unsigned char *packet = malloc(size > 0 ? size : 1);
	uint16_t id = size < 2 ? 0 : (uint16_t)(data[0] << 8 | data[1]);

	if (!packet)
		return 0;
	memcpy(packet, data, size);
	if (dnswire_build("2.0.0.127.bl.example", DNS_TYPE_A, id, size % 2 == 0,
			  &q))
		check(&q, packet, size);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (dnswire_build("2.0.0.127.bl.example", types[i], id, true,
				  &q))
			check_records(&q, packet, size);
	free(packet);
	return 0;
}
