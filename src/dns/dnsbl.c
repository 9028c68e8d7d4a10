#include "dns/dnsbl.h"

#include "base/number.h"
#include "dns/dnsbl_filter.h"
#include "net/hostname.h"

#include <assert.h>
#include <limits.h>

/* One element of the setting, taken apart. */
struct element {
	struct span text; /* all of it */
	struct span domain;
	struct span filter, weight; /* behind "=" and "*" */
	bool has_filter, has_weight;
};

static size_t count_elements(const char *text)
{
	struct span rest = span_of(text), item;
	size_t n = 0;

	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		n++;
	return n;
}

/* The weight goes first, so that "d*2=1.2.3.4" is no filter but an error. */
static struct element take_apart(struct span text)
{
	struct element e = { .text = text, .domain = text };

	e.has_weight = span_cut(e.domain, '*', &e.domain, &e.weight);
	e.has_filter = span_cut(e.domain, '=', &e.domain, &e.filter);
	return e;
}

static bool parse_weight(const struct element *e, struct report *report,
			 const struct origin *where, int *ret)
{
	int weight = 1;

	if (e->has_weight && !number_parse_int(e->weight, &weight)) {
		report_add(report, REPORT_ERROR, where,
			   "bad DNSBL weight factor \"%.*s\" in \"%.*s\"",
			   (int)e->weight.len, e->weight.p, (int)e->text.len,
			   e->text.p);
		return false;
	}
	*ret = weight;
	return true;
}

static bool no_memory(struct report *report, const struct origin *where)
{
	report_add(report, REPORT_ERROR, where, "out of memory");
	return false;
}

static bool parse_filter(const struct element *e, struct arena *arena,
			 struct report *report, const struct origin *where,
			 const struct dnsbl_filter **ret)
{
	struct dnsbl_filter filter, *copy;
	char text[512];
	struct sbuf why = SBUF(text);

	if (!e->has_filter) {
		*ret = NULL;
		return true;
	}
	if (!dnsbl_filter_parse(e->filter, &filter, &why)) {
		report_add(report, REPORT_ERROR, where,
			   "bad DNSBL filter syntax: %s", text);
		return false;
	}
	copy = arena_alloc(arena, sizeof(*copy));
	if (!copy)
		return no_memory(report, where);
	*copy = filter;
	*ret = copy;
	return true;
}

/* Case counts, as in postscreen: what is written twice is asked twice. */
static bool find_or_add(struct dnsbl *lists, struct span domain,
			struct arena *arena, struct report *report,
			const struct origin *where, size_t *ret)
{
	size_t i = 0;

	while (i < lists->lists &&
	       !span_equal(span_of(lists->list[i].domain), domain))
		i++;
	if (i == DNS_QUESTIONS) {
		report_add(report, REPORT_ERROR, where,
			   "too many DNSBL domains: \"%.*s\" is one more "
			   "than %d",
			   (int)domain.len, domain.p, DNS_QUESTIONS);
		return false;
	}
	if (i == lists->lists) {
		lists->list[i].domain = arena_text(arena, domain);
		if (!lists->list[i].domain)
			return no_memory(report, where);
		lists->lists++;
	}
	*ret = i;
	return true;
}

static bool parse_element(struct dnsbl *lists, struct span text,
			  struct arena *arena, struct report *report,
			  const struct origin *where)
{
	struct element e = take_apart(text);
	struct dnsbl_site site = { .filter_text = e.filter };

	if (!parse_weight(&e, report, where, &site.weight) ||
	    !parse_filter(&e, arena, report, where, &site.filter))
		return false;
	if (!hostname_valid(e.domain)) {
		report_add(report, REPORT_ERROR, where,
			   "bad DNSBL domain name \"%.*s\" in \"%.*s\"",
			   (int)e.domain.len, e.domain.p, (int)text.len,
			   text.p);
		return false;
	}
	if (!find_or_add(lists, e.domain, arena, report, where, &site.list))
		return false;
	lists->site[lists->sites++] = site;
	return true;
}

bool dnsbl_parse(const char *text, struct arena *arena, struct report *report,
		 const struct origin *where, struct dnsbl *ret)
{
	size_t most = count_elements(text);
	size_t domains = most < DNS_QUESTIONS ? most : DNS_QUESTIONS;
	struct span rest = span_of(text), item;
	bool good = true;
	struct dnsbl lists = {
		.list = arena_array(arena, domains, sizeof(*lists.list)),
		.site = arena_array(arena, most, sizeof(*lists.site)),
	};

	if (!lists.list || !lists.site)
		return no_memory(report, where);
	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		if (!parse_element(&lists, item, arena, report, where))
			good = false;
	if (good)
		*ret = lists;
	return good;
}

void dnsbl_query_name(const struct dnsbl_list *list, const struct address *who,
		      struct sbuf *to)
{
	assert(who->family != ADDRESS_NONE);
	for (unsigned i = address_bits(who) / 8; i-- > 0;) {
		unsigned byte = who->bytes[i];

		if (who->family == ADDRESS_IPV4)
			sbuf_addf(to, "%u.", byte);
		else
			sbuf_addf(to, "%x.%x.", byte & 0xf, byte >> 4);
	}
	sbuf_add_text(to, list->domain);
}

/* An answer by which a list says that it does not work, or not for us. */
static bool is_error_code(const unsigned char a[4])
{
	if (a[0] != 127)
		return true;
	if (a[1] == 255 && a[2] == 255)
		return true;
	return a[1] == 0 && a[2] == 0 && a[3] == 1;
}

/* Did the administrator write out this address for this list? */
static bool is_named(const struct dnsbl *lists, size_t list,
		     const unsigned char a[4])
{
	for (size_t i = 0; i < lists->sites; i++) {
		const struct dnsbl_site *s = &lists->site[i];

		if (s->list == list && s->filter &&
		    dnsbl_filter_names(s->filter, a))
			return true;
	}
	return false;
}

bool dnsbl_answer_is_error(const struct dnsbl *lists, size_t list,
			   const struct dns_answer *answer)
{
	if (answer->status != DNS_FOUND)
		return false;
	for (size_t i = 0; i < answer->count; i++)
		if (is_error_code(answer->address[i]) &&
		    !is_named(lists, list, answer->address[i]))
			return true;
	return false;
}

/* However many records match, the site's weight counts once. */
bool dnsbl_site_matches(const struct dnsbl_site *s,
			const struct dns_answer *answer)
{
	if (answer->status != DNS_FOUND)
		return false;
	if (!s->filter)
		return true;
	for (size_t i = 0; i < answer->count; i++)
		if (dnsbl_filter_matches(s->filter, answer->address[i]))
			return true;
	return false;
}

static void lower(int64_t *lowest, int64_t ttl)
{
	if (ttl >= 0 && (*lowest < 0 || ttl < *lowest))
		*lowest = ttl;
}

static int clamp(int64_t sum)
{
	return sum > INT_MAX ? INT_MAX : sum < INT_MIN ? INT_MIN : (int)sum;
}

void dnsbl_score(const struct dnsbl *lists, const struct dns_answer *answers,
		 bool check, struct dnsbl_score *ret)
{
	struct dnsbl_score score = { .ttl = -1 };
	int64_t pass_ttl = -1, fail_ttl = -1, sum = 0, missed = 0;
	int top = 0;

	for (size_t i = 0; i < lists->sites; i++) {
		const struct dnsbl_site *s = &lists->site[i];
		const struct dns_answer *a = &answers[s->list];
		bool listed = a->status == DNS_FOUND;

		if (lists->list[s->list].muted || a->status == DNS_PENDING ||
		    a->status == DNS_FAILED ||
		    (check && dnsbl_answer_is_error(lists, s->list, a))) {
			missed += s->weight < 0 ? s->weight : 0;
			continue;
		}
		/* listed or not is what ends, whatever the filter says */
		lower(listed == (s->weight > 0) ? &fail_ttl : &pass_ttl,
		      a->ttl);
		if (!dnsbl_site_matches(s, a))
			continue;
		sum += s->weight;
		if (!score.has_top || s->weight > top) {
			score.has_top = true;
			score.top = s->list;
			top = s->weight;
		}
	}
	score.score = clamp(sum);
	score.least = clamp(sum + missed);
	score.ttl = sum > 0 ? fail_ttl : pass_ttl;
	*ret = score;
}
