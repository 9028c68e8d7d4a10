#include "dns/dnsbl.h"

#include "base/number.h"
#include "dns/dnsbl_filter.h"
#include "net/hostname.h"

#include <assert.h>

/* One element of the setting, taken apart. */
struct element {
	struct span text; /* all of it */
	struct span domain;
	struct span filter, weight; /* behind "=" and "*" */
	bool has_filter, has_weight;
};

struct parser {
	struct dnsbl lists;
	const struct dnslists *known;
	struct arena *arena;
	struct report *report;
	const struct origin *where;
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

/* BEFORE "PART" BEHIND, where PART is of the setting and may hold a key. */
static bool complain(struct parser *p, const char *before, struct span part,
		     const char *behind)
{
	char memory[1024];
	struct sbuf shown = SBUF(memory);

	dnslists_mask(p->known, part, &shown);
	report_add(p->report, REPORT_ERROR, p->where, "%s \"%s\"%s", before,
		   memory, behind);
	return false;
}

static bool complain_in(struct parser *p, const char *before, struct span part,
			const struct element *e)
{
	char memory[1024];
	struct sbuf behind = SBUF(memory);

	sbuf_add_text(&behind, " in \"");
	dnslists_mask(p->known, e->text, &behind);
	sbuf_add_char(&behind, '"');
	return complain(p, before, part, memory);
}

static bool parse_weight(struct parser *p, const struct element *e, int *ret)
{
	*ret = 1;
	return !e->has_weight || number_parse_int(e->weight, ret) ||
	       complain_in(p, "bad DNSBL weight factor", e->weight, e);
}

static bool no_memory(struct parser *p)
{
	report_add(p->report, REPORT_ERROR, p->where, "out of memory");
	return false;
}

static bool parse_filter(struct parser *p, const struct element *e,
			 const struct dnsbl_filter **ret)
{
	struct dnsbl_filter filter, *copy;
	char text[512], shown[512];
	struct sbuf why = SBUF(text), masked = SBUF(shown);

	*ret = NULL;
	if (!e->has_filter)
		return true;
	if (!dnsbl_filter_parse(e->filter, &filter, &why)) {
		dnslists_mask(p->known, sbuf_span(&why), &masked);
		report_add(p->report, REPORT_ERROR, p->where,
			   "bad DNSBL filter syntax: %s", shown);
		return false;
	}
	copy = arena_alloc(p->arena, sizeof(*copy));
	if (!copy)
		return no_memory(p);
	*copy = filter;
	*ret = copy;
	return true;
}

/* Case counts, as in postscreen: what is written twice is asked twice. */
static bool find_or_add(struct parser *p, struct span domain, size_t *ret)
{
	struct dnsbl *lists = &p->lists;
	char memory[64];
	struct sbuf behind = SBUF(memory);
	size_t i = 0;

	while (i < lists->lists &&
	       !span_equal(span_of(lists->list[i].domain), domain))
		i++;
	if (i == DNS_QUESTIONS) {
		sbuf_addf(&behind, " is one more than %d", DNS_QUESTIONS);
		return complain(p, "too many DNSBL domains:", domain, memory);
	}
	if (i == lists->lists) {
		lists->list[i].domain = arena_text(p->arena, domain);
		if (!lists->list[i].domain)
			return no_memory(p);
		dnslists_find(p->known, domain, &lists->list[i].known);
		lists->lists++;
	}
	*ret = i;
	return true;
}

static bool parse_element(struct parser *p, struct span text)
{
	struct element e = take_apart(text);
	struct dnsbl_site site = { .filter_text = e.filter };

	if (!parse_weight(p, &e, &site.weight) ||
	    !parse_filter(p, &e, &site.filter))
		return false;
	if (!hostname_valid(e.domain))
		return complain_in(p, "bad DNSBL domain name", e.domain, &e);
	if (!find_or_add(p, e.domain, &site.list))
		return false;
	p->lists.site[p->lists.sites++] = site;
	return true;
}

bool dnsbl_parse(const char *text, const struct dnslists *known,
		 struct arena *arena, struct report *report,
		 const struct origin *where, struct dnsbl *ret)
{
	size_t most = count_elements(text);
	size_t domains = most < DNS_QUESTIONS ? most : DNS_QUESTIONS;
	struct span rest = span_of(text), item;
	bool good = true;
	struct parser p = {
		.known = known,
		.arena = arena,
		.report = report,
		.where = where,
	};

	p.lists.list = arena_array(arena, domains, sizeof(*p.lists.list));
	p.lists.site = arena_array(arena, most, sizeof(*p.lists.site));
	if (!p.lists.list || !p.lists.site)
		return no_memory(&p);
	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		if (!parse_element(&p, item))
			good = false;
	if (good)
		*ret = p.lists;
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
			   const struct dns_answer *answer,
			   struct dnsbl_error *ret)
{
	const struct dnslist *known = &lists->list[list].known;
	struct dnsbl_error error;

	if (answer->status != DNS_FOUND)
		return false;
	for (size_t i = 0; i < answer->count; i++) {
		error.record = i;
		if (!dnslist_is_error(known, answer->address[i], &error.tag) ||
		    is_named(lists, list, answer->address[i]))
			continue;
		if (ret)
			*ret = error;
		return true;
	}
	return false;
}

static bool record_matches(const struct dnslist *known,
			   const struct dnsbl_site *s,
			   const unsigned char record[4], bool check)
{
	enum answer_tag unused;

	if (s->filter && !dnsbl_filter_matches(s->filter, record))
		return false;
	/* what another filter of this list names counts there alone */
	return !check || !dnslist_is_error(known, record, &unused) ||
	       (s->filter && dnsbl_filter_names(s->filter, record));
}

/* However many records match, the site's weight counts once. */
bool dnsbl_site_matches(const struct dnsbl *lists, const struct dnsbl_site *s,
			const struct dns_answer *answer, bool check)
{
	if (answer->status != DNS_FOUND)
		return false;
	for (size_t i = 0; i < answer->count; i++)
		if (record_matches(&lists->list[s->list].known, s,
				   answer->address[i], check))
			return true;
	return false;
}

bool dnsbl_list_counts(const struct dnsbl *lists, size_t list,
		       const struct dns_answer *answer, bool check,
		       int64_t *ret)
{
	int64_t sum = 0;
	bool counts = false;

	if (check && dnsbl_answer_is_error(lists, list, answer, NULL))
		return false;
	for (size_t i = 0; i < lists->sites; i++) {
		const struct dnsbl_site *s = &lists->site[i];

		if (s->list != list ||
		    !dnsbl_site_matches(lists, s, answer, check))
			continue;
		sum += s->weight;
		counts = true;
	}
	if (counts)
		*ret = sum;
	return counts;
}

static void lower(int64_t *lowest, int64_t ttl)
{
	if (ttl >= 0 && (*lowest < 0 || ttl < *lowest))
		*lowest = ttl;
}

void dnsbl_score(const struct dnsbl *lists, const struct dns_answer *answers,
		 bool check, struct dnsbl_score *ret)
{
	struct dnsbl_score score = { .ttl = -1 };
	int64_t pass_ttl = -1, fail_ttl = -1, sum = 0, missed = 0;
	bool erred = false, asked = false, unclean = false;
	int top = 0;

	for (size_t i = 0; i < lists->sites; i++) {
		const struct dnsbl_site *s = &lists->site[i];
		const struct dns_answer *a = &answers[s->list];
		bool listed = a->status == DNS_FOUND;
		bool error =
			check && dnsbl_answer_is_error(lists, s->list, a, NULL);

		erred = erred || error;
		asked = asked || !lists->list[s->list].muted;
		if (lists->list[s->list].muted || a->status == DNS_PENDING ||
		    a->status == DNS_FAILED || error) {
			unclean = unclean || !lists->list[s->list].muted;
			missed += s->weight < 0 ? s->weight : 0;
			continue;
		}
		/* listed or not is what ends, whatever the filter says */
		lower(listed == (s->weight > 0) ? &fail_ttl : &pass_ttl,
		      a->ttl);
		if (!dnsbl_site_matches(lists, s, a, check))
			continue;
		sum += s->weight;
		unclean = unclean || s->weight > 0;
		if (!score.has_top || s->weight > top) {
			score.has_top = true;
			score.top = s->list;
			top = s->weight;
		}
	}
	score.score = number_to_int(sum);
	score.least = number_to_int(sum + missed);
	score.clean = asked && !unclean;
	score.ttl = erred ? 0 : sum > 0 ? fail_ttl : pass_ttl;
	*ret = score;
}
