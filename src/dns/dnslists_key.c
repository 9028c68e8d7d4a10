#include "dns/dnslists_key.h"

#include "dns/dnsbl_filter.h"
#include "net/hostname.h"

bool dnslists_complain(struct dnslists_reader *f, const char *what,
		       struct span text)
{
	report_add(f->report, REPORT_WARNING, &f->where,
		   "%s \"%.*s\" -- this record is not used; see "
		   "dnslists.conf(5)",
		   what, text.len < 80 ? (int)text.len : 80, text.p);
	return false;
}

bool dnslists_no_room(struct dnslists_reader *f)
{
	f->full = true;
	report_add(f->report, REPORT_WARNING, &f->where,
		   "the file is too long -- what follows is not used");
	return false;
}

/* ---- values ------------------------------------------------------------- */

bool dnslists_copy(struct dnslists_reader *f, struct span text,
		   const char **ret)
{
	*ret = arena_text(&f->arena, text);
	return *ret || dnslists_no_room(f);
}

/* A list of filters, as in dnsbl_sites. */
static bool parse_answers(struct dnslists_reader *f, struct span text,
			  struct answer_set *ret)
{
	struct span rest = text, item;
	struct dnsbl_filter *filter;
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.p[i] == ',';
	filter = arena_array(&f->arena, count, sizeof(*filter));
	if (!filter)
		return dnslists_no_room(f);
	*ret = (struct answer_set){ filter, 0, NULL };
	if (!dnslists_copy(f, text, &ret->text))
		return false;
	while (span_next_item(&rest, ",", &item)) {
		char memory[256];
		struct sbuf why = SBUF(memory);

		if (!dnsbl_filter_parse(item, filter++, &why))
			return dnslists_complain(f,
						 "expected answers such as "
						 "127.0.0.[2..4], not",
						 item);
		ret->count++;
	}
	return ret->count > 0 ||
	       dnslists_complain(f, "expected answers, not", text);
}

static bool parse_date(struct span text)
{
	if (text.len != 4 && text.len != 7 && text.len != 10)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (i == 4 || i == 7 ? text.p[i] != '-'
				     : text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

/* Is TEXT one of WORDS, separated by "|"? */
static bool is_one_of(struct span text, const char *words)
{
	struct span rest = span_of(words), word;

	while (span_next_item(&rest, "|", &word))
		if (span_equal(text, word))
			return true;
	return false;
}

static bool parse_word(struct dnslists_reader *f, struct span text,
		       const char *words, const char **ret)
{
	return is_one_of(text, words)
		       ? dnslists_copy(f, text, ret)
		       : dnslists_complain(
				 f, "not one of the words for this key:", text);
}

bool dnslists_domain(struct dnslists_reader *f, struct span text,
		     const char **ret)
{
	return hostname_valid(text)
		       ? dnslists_copy(f, text, ret)
		       : dnslists_complain(f, "expected a domain, not", text);
}

/* "none", or ADDRESS, or ADDRESS=ANSWERS. */
static bool parse_point(struct dnslists_reader *f, struct span text,
			struct test_point *ret)
{
	struct span address = text, answers;
	bool has_answers = span_cut(text, '=', &address, &answers);

	*ret = (struct test_point){ .exists = true };
	if (span_equal(text, SPAN("none"))) {
		ret->exists = false;
		return true;
	}
	if (!address_parse(address, &ret->address))
		return dnslists_complain(f, "expected none or an address, not",
					 address);
	return !has_answers || parse_answers(f, answers, &ret->answers);
}

/* ---- the keys of records about lists ------------------------------------ */

static bool set_kind(struct dnslists_reader *f, struct span text,
		     struct list_record *r)
{
	r->has_kind = true;
	r->kind = DNSLIST_BLOCK;
	if (span_equal(text, SPAN("allow")))
		r->kind = DNSLIST_ALLOW;
	else if (span_equal(text, SPAN("mixed")))
		r->kind = DNSLIST_MIXED;
	else if (!span_equal(text, SPAN("block")))
		return dnslists_complain(
			f, "expected block, allow or mixed, not", text);
	return true;
}

static bool set_codes(struct dnslists_reader *f, struct span text,
		      struct list_record *r)
{
	return parse_answers(f, text, &r->codes);
}

static bool set_permit(struct dnslists_reader *f, struct span text,
		       struct list_record *r)
{
	return parse_answers(f, text, &r->permit);
}

static bool set_error(struct dnslists_reader *f, struct span text,
		      struct list_record *r)
{
	struct error_record *e = arena_alloc(&f->arena, sizeof(*e));
	struct span answers, tag;

	if (!e)
		return dnslists_no_room(f);
	if (!span_cut(text, ':', &answers, &tag) ||
	    !answer_tag_parse(tag, &e->error.tag))
		return dnslists_complain(f, "expected ANSWERS:TAG, not", text);
	if (!parse_answers(f, answers, &e->error.answers))
		return false;
	e->next = r->errors;
	r->errors = e;
	return true;
}

static bool set_refused(struct dnslists_reader *f, struct span text,
			struct list_record *r)
{
	r->has_refused = true;
	return answer_tag_parse(text, &r->refused) ||
	       dnslists_complain(f, "unknown tag", text);
}

static bool set_positive(struct dnslists_reader *f, struct span text,
			 struct list_record *r)
{
	r->has_positive = true;
	return parse_point(f, text, &r->positive);
}

static bool set_negative(struct dnslists_reader *f, struct span text,
			 struct list_record *r)
{
	r->has_negative = true;
	return parse_point(f, text, &r->negative);
}

static bool set_show(struct dnslists_reader *f, struct span text,
		     struct list_record *r)
{
	if (r->pattern.form != PATTERN_KEYED)
		return dnslists_complain(
			f,
			"only a list with KEY in front has another "
			"name to show:",
			text);
	return dnslists_domain(f, text, &r->show);
}

static bool set_terms(struct dnslists_reader *f, struct span text,
		      struct list_record *r)
{
	return parse_word(f, text, "free|limits|registration|key|paid",
			  &r->terms);
}

static bool set_url(struct dnslists_reader *f, struct span text,
		    struct list_record *r)
{
	return dnslists_copy(f, text, &r->url);
}

static bool set_since(struct dnslists_reader *f, struct span text,
		      struct list_record *r)
{
	return parse_date(text)
		       ? dnslists_copy(f, text, &r->since)
		       : dnslists_complain(f, "expected a date, not", text);
}

static bool set_left(struct dnslists_reader *f, struct span text,
		     struct list_record *r)
{
	return parse_word(f, text, "world|empty|dark|parked|gone|folded",
			  &r->left);
}

static bool set_use(struct dnslists_reader *f, struct span text,
		    struct list_record *r)
{
	return dnslists_domain(f, text, &r->use);
}

static bool set_why(struct dnslists_reader *f, struct span text,
		    struct list_record *r)
{
	return parse_word(f, text,
			  "domain|country|routing|backscatter|policy|hash",
			  &r->why);
}

static const struct {
	const char *name;
	enum dnslist_state record;
	bool (*set)(struct dnslists_reader *f, struct span text,
		    struct list_record *r);
} keys[] = {
	{ "kind", DNSLIST_USABLE, set_kind },
	{ "codes", DNSLIST_USABLE, set_codes },
	{ "error", DNSLIST_USABLE, set_error },
	{ "permit", DNSLIST_USABLE, set_permit },
	{ "refused", DNSLIST_USABLE, set_refused },
	{ "positive", DNSLIST_USABLE, set_positive },
	{ "negative", DNSLIST_USABLE, set_negative },
	{ "show", DNSLIST_USABLE, set_show },
	{ "terms", DNSLIST_USABLE, set_terms },
	{ "url", DNSLIST_USABLE, set_url },
	{ "since", DNSLIST_CLOSED, set_since },
	{ "left", DNSLIST_CLOSED, set_left },
	{ "use", DNSLIST_CLOSED, set_use },
	{ "why", DNSLIST_UNFIT, set_why },
};

bool dnslists_key(struct dnslists_reader *f, struct span word,
		  struct list_record *r)
{
	struct span name, value;

	if (!span_cut(word, '=', &name, &value) || value.len == 0)
		return dnslists_complain(f, "expected key=value, not", word);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].record == r->state &&
		    span_equal(name, span_of(keys[i].name)))
			return keys[i].set(f, value, r);
	return dnslists_complain(f, "this kind of record has no key", name);
}
