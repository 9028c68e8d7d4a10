/*
 * The text of dnsbl_sites, and behind a NUL what each list answers: status,
 * TTL, count, and so many addresses of four bytes.
 */
#include "dns/dnsbl.h"
#include "net/hostname.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SITES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned take(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	(*size)--;
	return *(*data)++;
}

static struct dns_answer take_answer(const uint8_t **data, size_t *size)
{
	struct dns_answer a = {
		.status = (enum dns_status)(take(data, size) % 4),
		.ttl = (int64_t)take(data, size) - 1,
	};

	if (a.status == DNS_PENDING || a.status == DNS_FAILED)
		a.ttl = -1;
	if (a.status == DNS_FOUND)
		a.count = 1 + take(data, size) % DNS_ADDRESSES;
	for (size_t i = 0; i < a.count; i++)
		for (size_t j = 0; j < 4; j++)
			a.address[i][j] = (unsigned char)take(data, size);
	return a;
}

/* The order in which sites are written decides on the name only. */
static void check_score(const struct dnsbl *lists,
			const struct dns_answer *answers, bool check)
{
	static struct dnsbl_site backward[SITES];
	struct dnsbl other = *lists;
	struct dnsbl_score s, t;

	dnsbl_score(lists, answers, check, &s);
	assert(s.ttl >= -1 && s.ttl <= 255);
	assert(!s.has_top || s.top < lists->lists);
	assert(s.has_top || s.score == 0);
	if (s.has_top && check)
		assert(!dnsbl_answer_is_error(lists, s.top, &answers[s.top],
					      NULL));
	if (lists->sites > SITES)
		return;
	for (size_t i = 0; i < lists->sites; i++)
		backward[i] = lists->site[lists->sites - 1 - i];
	other.site = backward;
	dnsbl_score(&other, answers, check, &t);
	assert(s.score == t.score && s.ttl == t.ttl && s.has_top == t.has_top);
}

static void check_names(const struct dnsbl *lists)
{
	struct address who = { .family = ADDRESS_IPV6 };

	for (size_t i = 0; i < lists->lists; i++) {
		char name[DNSBL_QUERY_NAME];
		struct sbuf b = SBUF(name);

		assert(hostname_valid(span_of(lists->list[i].domain)));
		dnsbl_query_name(&lists->list[i], &who, &b);
		assert(sbuf_fitted(&b));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct dns_answer answers[DNS_QUESTIONS];
	struct arena arena;
	struct report report;
	struct dnsbl lists;
	char *text;

	if (arena_open(&arena, 8 << 20) < 0)
		return 0;
	report_init(&report, &arena);
	text = strndup((const char *)data, len);
	data += len;
	size -= len;
	take(&data, &size);
	if (text && dnsbl_parse(text, NULL, &arena, &report, NULL, &lists)) {
		assert(report.errors == 0 && lists.lists <= DNS_QUESTIONS);
		for (size_t i = 0; i < lists.lists; i++)
			answers[i] = take_answer(&data, &size);
		check_names(&lists);
		check_score(&lists, answers, false);
		check_score(&lists, answers, true);
	} else {
		assert(!text || report.errors > 0);
	}
	free(text);
	arena_close(&arena);
	return 0;
}
