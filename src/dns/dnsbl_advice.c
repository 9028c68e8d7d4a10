#include "dns/dnsbl_advice.h"

#include "dns/dnsbl_filter.h"

#include <string.h>

/* Errors of all lists: what dnslist_is_error says, as answers. */
static const struct {
	const char *text;
	enum answer_tag tag;
} common[] = {
	{ "127.0.0.[0;1]", TAG_LOOPBACK },
	{ "127.255.[0..255].[0..255]", TAG_BLOCKED },
	{ "[0..126;128..255].[0..255].[0..255].[0..255]", TAG_FOREIGN },
};

/* How people would say the last two. */
static const char *const common_words[] = { "127.0.0.1", "127.255.*.*",
					    "what is outside 127.0.0.0/8" };

static struct dnsbl_filter common_filter(size_t i)
{
	struct dnsbl_filter filter = { 0 };
	char memory[64];
	struct sbuf unused = SBUF(memory);

	dnsbl_filter_parse(span_of(common[i].text), &filter, &unused);
	return filter;
}

#define ANYTHING "[0..255].[0..255].[0..255].[0..255]"

static struct dnsbl_filter filter_of(const struct dnsbl_site *s)
{
	struct dnsbl_filter any = { 0 };
	char memory[64];
	struct sbuf unused = SBUF(memory);

	if (s->filter)
		return *s->filter;
	dnsbl_filter_parse(SPAN(ANYTHING), &any, &unused);
	return any;
}

static bool set_overlaps(const struct answer_set *set,
			 const struct dnsbl_filter *f)
{
	for (size_t i = 0; i < set->count; i++)
		if (dnsbl_filter_overlaps(f, &set->filter[i]))
			return true;
	return false;
}

static bool names_any(const struct dnsbl_filter *f,
		      const struct answer_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (dnsbl_filter_names_any(f, &set->filter[i]))
			return true;
	return false;
}

/* ---- one site ----------------------------------------------------------- */

static void add_exception(struct sbuf *to, const char *answers,
			  enum answer_tag tag, const char **before)
{
	sbuf_addf(to, "%s%s (%s)", *before, answers, answer_tag_name(tag));
	*before = ", ";
}

static void warn_named(const struct dnsbl_advice *a, const char *name,
		       const char *answers, enum answer_tag tag)
{
	report_add(a->report, REPORT_WARNING, &a->sites,
		   "the filter of %s lets %s through, which is an error of the "
		   "list: %s",
		   name, answers, answer_tag_cause(tag));
}

/* Is this an error of all lists? */
static bool is_common(const struct answer_set *set)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct dnsbl_filter error = common_filter(i);

		if (set_overlaps(set, &error))
			return true;
	}
	return false;
}

/*
 * Which errors would the filter match? Those it names do count. Without one,
 * what all lists err with lies outside of what counts.
 */
static void go_through_errors(const struct dnsbl_advice *a,
			      const struct dnsbl_site *s, struct sbuf *to)
{
	const struct dnslist *known = &a->lists->list[s->list].known;
	struct dnsbl_filter f = filter_of(s);
	const char *before = ", but not ";

	for (size_t i = 0; i < known->errors; i++) {
		const struct answer_error *e = known->error[i];

		if (s->filter && names_any(&f, &e->answers))
			warn_named(a, known->name, e->answers.text, e->tag);
		else if (set_overlaps(&e->answers, &f) &&
			 (s->filter || !is_common(&e->answers)))
			add_exception(to, e->answers.text, e->tag, &before);
	}
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct dnsbl_filter error = common_filter(i);

		if (!s->filter || set_overlaps(&known->permit, &error))
			continue;
		if (dnsbl_filter_names_any(&f, &error))
			warn_named(a, known->name, common_words[i],
				   common[i].tag);
		else if (dnsbl_filter_overlaps(&f, &error))
			add_exception(to, common_words[i], common[i].tag,
				      &before);
	}
}

static void note_what_counts(const struct dnsbl_advice *a,
			     const struct dnsbl_site *s)
{
	const struct dnslist *known = &a->lists->list[s->list].known;
	char memory[1024];
	struct sbuf to = SBUF(memory);

	if (s->filter)
		sbuf_add(&to, s->filter_text);
	else
		sbuf_add_text(&to, a->check ? "127.0.0.2 to 127.254.255.255"
					    : "any answer");
	if (a->check)
		go_through_errors(a, s, &to);
	report_add(a->report, REPORT_NOTE, &a->sites, "%s: counts %d for %s%s",
		   known->name, s->weight, memory,
		   sbuf_fitted(&to) ? "" : "...");
}

static void check_codes(const struct dnsbl_advice *a,
			const struct dnsbl_site *s)
{
	const struct dnslist *known = &a->lists->list[s->list].known;

	if (s->filter && known->codes.count > 0 &&
	    !set_overlaps(&known->codes, s->filter))
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "the filter of %s never matches: it lists with %s",
			   known->name, known->codes.text);
}

/* ---- one list ----------------------------------------------------------- */

static void check_state(const struct dnsbl_advice *a,
			const struct dnslist *known)
{
	const char *since = known->since;

	if (known->state == DNSLIST_CLOSED)
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "%s is closed%s%s%s: %s%s", known->name,
			   since ? " since " : "", since ? since : "",
			   known->left && strcmp(known->left, "world") == 0
				   ? ", and has answered that every address is "
				     "listed"
				   : "",
			   known->use ? "its data is now in " : "remove it",
			   known->use ? known->use : "");
	if (known->state == DNSLIST_UNFIT)
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "%s is not about bad or good clients (%s): remove "
			   "it",
			   known->name, known->why ? known->why : "see there");
}

static void check_key(const struct dnsbl_advice *a, const struct dnslist *known)
{
	if (known->placeholder)
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "%s: put your key in the place of the word that "
			   "stands for it",
			   known->name);
	else if (known->lacks_key)
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "%s wants a key of yours in front of its name%s%s",
			   known->name, known->url ? "; see " : "",
			   known->url ? known->url : "");
}

/* The best word that the list at INDEX can put in, or the worst. */
static int weight_of(const struct dnsbl *lists, size_t list, bool best)
{
	int weight = 0;

	for (size_t i = 0; i < lists->sites; i++) {
		int w = lists->site[i].weight;

		if (lists->site[i].list == list &&
		    (best ? w < weight : w > weight))
			weight = w;
	}
	return weight;
}

static void check_allowlist(const struct dnsbl_advice *a, size_t list)
{
	if (a->allowlist_threshold < 0 &&
	    weight_of(a->lists, list, true) <= a->allowlist_threshold)
		report_add(a->report, REPORT_WARNING, &a->sites,
			   "%s alone reaches dnsbl_allowlist_threshold (%d): "
			   "by its word a client is spared all tests, and that "
			   "is remembered",
			   a->lists->list[list].known.name,
			   a->allowlist_threshold);
}

static void check_overlap(const struct dnsbl_advice *a, size_t part)
{
	const struct dnsbl *lists = a->lists;
	const char *name = lists->list[part].known.name;

	if (weight_of(lists, part, false) <= 0)
		return;
	for (size_t i = 0; i < lists->lists; i++) {
		const char *whole = lists->list[i].known.name;

		if (i == part || weight_of(lists, i, false) <= 0)
			continue;
		if (dnslists_within(a->known, name, whole))
			report_add(a->report, REPORT_WARNING, &a->sites,
				   "%s has all that %s has: both together "
				   "count the same thing twice",
				   whole, name);
		else if (i < part && strcmp(name, whole) == 0)
			report_add(a->report, REPORT_WARNING, &a->sites,
				   "%s is asked by two domains: they count "
				   "the same thing twice",
				   name);
	}
}

/* ---- resolvers ---------------------------------------------------------- */

static bool is_choosy(enum answer_tag tag)
{
	return tag == TAG_PUBLIC_RESOLVER || tag == TAG_NOT_REGISTERED ||
	       tag == TAG_OVER_LIMIT;
}

/* Does the list mind by whom it is asked? With a key it does not. */
static bool minds(const struct dnslist *known)
{
	bool choosy = is_choosy(known->refused);

	for (size_t i = 0; i < known->errors; i++)
		choosy = choosy || is_choosy(known->error[i]->tag);
	return choosy && !known->keyed && !known->lacks_key;
}

static void check_resolver(const struct dnsbl_advice *a,
			   const struct address *server)
{
	const struct known_resolver *r = dnslists_resolver(a->known, server);
	char address[ADDRESS_TEXT], memory[512];
	struct sbuf who = SBUF(address), names = SBUF(memory);

	if (!r)
		return;
	for (size_t i = 0; i < a->lists->lists; i++)
		if (minds(&a->lists->list[i].known))
			sbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "",
				  a->lists->list[i].known.name);
	if (names.len == 0)
		return;
	address_format(server, &who);
	if (r->class == RESOLVER_STUB)
		report_add(a->report, REPORT_NOTE, &a->resolvers,
			   "%s (%s) hides which name server asks the lists; "
			   "some refuse public ones: %s",
			   address, r->name, memory);
	else
		report_add(a->report, REPORT_WARNING, &a->resolvers,
			   "%s (%s) is shared by many, and refused by %s; use "
			   "a recursive resolver of your own",
			   address, r->name, memory);
}

void dnsbl_advise(const struct dnsbl_advice *a)
{
	for (size_t i = 0; i < a->lists->sites; i++) {
		note_what_counts(a, &a->lists->site[i]);
		check_codes(a, &a->lists->site[i]);
	}
	for (size_t i = 0; i < a->lists->lists; i++) {
		const struct dnslist *known = &a->lists->list[i].known;

		check_state(a, known);
		check_key(a, known);
		check_allowlist(a, i);
		check_overlap(a, i);
	}
	for (size_t i = 0; i < a->servers->count && a->lists->lists > 0; i++)
		check_resolver(a, &a->servers->server[i].address);
}
