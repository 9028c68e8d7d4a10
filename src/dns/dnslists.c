#include "dns/dnslists.h"

#include "base/secret.h"
#include "dns/dnsbl_filter.h"
#include "dns/dnslists_file.h"

#include <unistd.h>

/* How many records about one list are looked at. */
#define MATCHES 8

/* Without a file: where not to know would betray a key, or let everybody in. */
static const char builtin[] =
	"format 1\n"
	"list KEY.zen.dq.spamhaus.net show=zen.spamhaus.org\n"
	"list KEY.sbl.dq.spamhaus.net show=sbl.spamhaus.org\n"
	"list KEY.xbl.dq.spamhaus.net show=xbl.spamhaus.org\n"
	"list KEY.pbl.dq.spamhaus.net show=pbl.spamhaus.org\n"
	"list KEY.sbl-xbl.dq.spamhaus.net show=sbl-xbl.spamhaus.org\n"
	"list KEY.combined.mail.abusix.zone\n"
	"list KEY.black.mail.abusix.zone\n"
	"list KEY.exploit.mail.abusix.zone\n"
	"list KEY.dynamic.mail.abusix.zone\n"
	"list KEY.white.mail.abusix.zone kind=allow\n"
	"list list.dnswl.org kind=allow positive=127.0.0.2=127.0.10.0\n"
	" error=127.0.0.255:over-limit error=127.0.10.[1..3]:poisoned\n";

struct dnslists *dnslists_open(const char *files, const char *sites,
			       struct arena *arena, struct report *report)
{
	struct dnslists *d = arena_alloc(arena, sizeof(*d));
	struct span rest = span_of(files), file;

	if (!d)
		return NULL;
	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &file)) {
		const char *path = arena_text(arena, file);

		if (!path || access(path, F_OK) < 0)
			continue;
		if (dnslists_file_read(path, sites, arena, report, d))
			return d;
		break;
	}
	return dnslists_file_parse(builtin, sites, arena, report, d) ? d : NULL;
}

/* ---- patterns ----------------------------------------------------------- */

/* All records about a list, the closest first; of equals the later. */
struct matches {
	const struct list_record *record[MATCHES];
	size_t count;
};

static void add_match(struct matches *m, const struct list_record *r)
{
	size_t at = m->count;

	while (at > 0 &&
	       list_pattern_is_closer(&r->pattern, &m->record[at - 1]->pattern))
		at--;
	if (at == MATCHES)
		return;
	if (m->count < MATCHES)
		m->count++;
	for (size_t i = m->count - 1; i > at; i--)
		m->record[i] = m->record[i - 1];
	m->record[at] = r;
}

static void find_all(const struct dnslists *known, struct span domain,
		     struct matches *ret)
{
	*ret = (struct matches){ .count = 0 };
	for (const struct list_record *r = known ? known->lists : NULL; r;
	     r = r->next)
		if (list_pattern_fits(&r->pattern, domain))
			add_match(ret, r);
}

/* ---- keys --------------------------------------------------------------- */

/* What the samples and guides of operators put where a key belongs. */
static bool is_placeholder(struct span label)
{
	static const char *const words[] = { "key", "secret", "token",
					     "changeme", "xxxx" };

	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		for (size_t i = 0; i < label.len; i++)
			if (span_starts_with_nocase(span_skip(label, i),
						    span_of(words[w])))
				return !secret_is_key(label);
	return false;
}

static void set_name(struct dnslist *list, struct span name)
{
	struct sbuf to = SBUF(list->name);

	sbuf_add(&to, name);
}

/*
 * Nothing is known of it; but a label that looks like a key, and has a domain
 * of two behind it, is not for others, nor is what stands before it.
 */
static void name_unknown(struct dnslist *list, struct span domain)
{
	struct span rest = domain, shown = domain, label, behind, last;

	while (span_cut(rest, '.', &label, &behind) &&
	       span_cut(behind, '.', &last, &last)) {
		if (secret_is_key(label)) {
			shown = behind;
			list->keyed = true;
		}
		rest = behind;
	}
	set_name(list, shown);
}

/* The name for others, and what the first label is. */
static void find_name(const struct matches *m, struct span domain,
		      struct dnslist *list)
{
	struct span shown = { NULL, 0 }, key;
	bool exact = false;

	for (size_t i = 0; i < m->count; i++) {
		const struct list_record *r = m->record[i];

		if (r->pattern.form == PATTERN_EXACT)
			exact = true;
		if (r->pattern.form != PATTERN_KEYED)
			continue;
		if (!list_pattern_front(&r->pattern, domain, &key)) {
			list->lacks_key = !exact;
			continue;
		}
		list->keyed = true;
		list->placeholder = is_placeholder(key);
		if (r->show)
			shown = span_of(r->show);
		else if (shown.len == 0)
			shown = r->pattern.zone;
	}
	if (list->keyed)
		set_name(list, shown);
	else
		name_unknown(list, domain);
}

/* ---- what is known ------------------------------------------------------ */

static struct test_point ipv4_point(unsigned char last)
{
	return (struct test_point){
		.exists = true,
		.address = { ADDRESS_IPV4, { 127, 0, 0, last } },
	};
}

static void take_text(const char **to, const char *from)
{
	if (!*to)
		*to = from;
}

/* Add what R knows and closer records did not say. */
static void add_record(struct dnslist *list, const struct list_record *r,
		       struct list_record *said)
{
	if (r->has_kind && !said->has_kind)
		list->kind = r->kind;
	if (r->has_refused && !said->has_refused)
		list->refused = r->refused;
	if (r->has_positive && !said->has_positive)
		list->positive = r->positive;
	if (r->has_negative && !said->has_negative)
		list->negative = r->negative;
	said->has_kind |= r->has_kind;
	said->has_refused |= r->has_refused;
	said->has_positive |= r->has_positive;
	said->has_negative |= r->has_negative;
	if (list->codes.count == 0)
		list->codes = r->codes;
	if (list->permit.count == 0)
		list->permit = r->permit;
	for (const struct error_record *e = r->errors; e; e = e->next)
		if (list->errors < DNSLIST_ERRORS)
			list->error[list->errors++] = &e->error;
	take_text(&list->terms, r->terms);
	take_text(&list->url, r->url);
	take_text(&list->since, r->since);
	take_text(&list->left, r->left);
	take_text(&list->use, r->use);
	take_text(&list->why, r->why);
}

/* Only what lies closest says whether a list can be used at all; a pattern for
 * all below a domain says that of closed and unfit ones only. */
static enum dnslist_state state_of(const struct matches *m)
{
	const struct list_record *r = m->count > 0 ? m->record[0] : NULL;

	if (!r ||
	    (r->pattern.form == PATTERN_BELOW && r->state == DNSLIST_USABLE))
		return DNSLIST_UNKNOWN;
	return r->state;
}

void dnslists_find(const struct dnslists *known, struct span domain,
		   struct dnslist *ret)
{
	struct list_record said = { .next = NULL };
	struct matches m;

	find_all(known, domain, &m);
	*ret = (struct dnslist){
		.state = state_of(&m),
		.refused = TAG_REFUSED,
		.positive = ipv4_point(2),
		.negative = ipv4_point(1),
	};
	find_name(&m, domain, ret);
	for (size_t i = 0; i < m.count; i++)
		add_record(ret, m.record[i], &said);
}

/* ---- answers ------------------------------------------------------------ */

bool answer_set_has(const struct answer_set *set, const unsigned char answer[4])
{
	for (size_t i = 0; i < set->count; i++)
		if (dnsbl_filter_matches(&set->filter[i], answer))
			return true;
	return false;
}

bool dnslist_is_error(const struct dnslist *list, const unsigned char answer[4],
		      enum answer_tag *ret_tag)
{
	const unsigned char *a = answer;

	for (size_t i = 0; i < list->errors; i++)
		if (answer_set_has(&list->error[i]->answers, a)) {
			*ret_tag = list->error[i]->tag;
			return true;
		}
	if (answer_set_has(&list->permit, a))
		return false;
	if (a[0] != 127)
		*ret_tag = TAG_FOREIGN;
	else if (a[1] == 255)
		*ret_tag = TAG_BLOCKED;
	else if (a[1] == 0 && a[2] == 0 && a[3] <= 1)
		*ret_tag = TAG_LOOPBACK;
	else
		return false;
	return true;
}

/* ---- the rest ----------------------------------------------------------- */

bool dnslists_within(const struct dnslists *known, const char *part,
		     const char *whole)
{
	for (const struct within_record *w = known ? known->within : NULL; w;
	     w = w->next)
		if (span_equal_nocase(span_of(w->part), span_of(part)) &&
		    span_equal_nocase(span_of(w->whole), span_of(whole)))
			return true;
	return false;
}

const struct known_resolver *dnslists_resolver(const struct dnslists *known,
					       const struct address *who)
{
	for (const struct resolver_record *r = known ? known->resolvers : NULL;
	     r; r = r->next)
		if (cidr_contains(&r->resolver.net, who))
			return &r->resolver;
	return NULL;
}

/* Is WORD, behind which REST stands, the key of a list that is known? */
static bool is_known_key(const void *context, struct span word,
			 struct span rest)
{
	const struct dnslists *known = context;
	const struct list_record *r = known ? known->lists : NULL;

	if (word.len == 0 || !span_starts_with(rest, SPAN(".")))
		return false;
	for (rest = span_skip(rest, 1); r; r = r->next)
		if (r->pattern.form == PATTERN_KEYED &&
		    span_starts_with_nocase(rest, r->pattern.zone))
			return true;
	return false;
}

void dnslists_mask(const struct dnslists *known, struct span text,
		   struct sbuf *to)
{
	secret_mask(to, text, is_known_key, known);
}
