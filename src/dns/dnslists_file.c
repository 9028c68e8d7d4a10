#include "dns/dnslists_file.h"

#include "conf/linefile.h"
#include "dns/dnsbl_filter.h"
#include "net/hostname.h"

#include <errno.h>
#include <string.h>

/* Room for the file and what is made of it. The shipped one takes a third; a
 * monster in its place must not eat up the memory for the settings. */
#define MEMORY (1 << 20)

#define BLANKS " \t\r\n"

struct reader {
	struct dnslists *to;
	struct arena arena; /* a piece of the one we were given */
	struct report *report;
	struct origin where;
	bool full;
};

static bool complain(struct reader *f, const char *what, struct span text)
{
	report_add(f->report, REPORT_WARNING, &f->where,
		   "%s \"%.*s\" -- this record is not used; see "
		   "dnslists.conf(5)",
		   what, text.len < 80 ? (int)text.len : 80, text.p);
	return false;
}

static bool no_room(struct reader *f)
{
	f->full = true;
	report_add(f->report, REPORT_WARNING, &f->where,
		   "the file is too long -- what follows is not used");
	return false;
}

/* ---- values ------------------------------------------------------------- */

static bool copy(struct reader *f, struct span text, const char **ret)
{
	*ret = arena_text(&f->arena, text);
	return *ret || no_room(f);
}

/* A list of filters, as in dnsbl_sites. */
static bool parse_answers(struct reader *f, struct span text,
			  struct answer_set *ret)
{
	struct span rest = text, item;
	struct dnsbl_filter *filter;
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.p[i] == ',';
	filter = arena_array(&f->arena, count, sizeof(*filter));
	if (!filter)
		return no_room(f);
	*ret = (struct answer_set){ filter, 0, NULL };
	if (!copy(f, text, &ret->text))
		return false;
	while (span_next_item(&rest, ",", &item)) {
		char memory[256];
		struct sbuf why = SBUF(memory);

		if (!dnsbl_filter_parse(item, filter++, &why))
			return complain(f,
					"expected answers such as "
					"127.0.0.[2..4], not",
					item);
		ret->count++;
	}
	return ret->count > 0 || complain(f, "expected answers, not", text);
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

static bool parse_word(struct reader *f, struct span text, const char *words,
		       const char **ret)
{
	return is_one_of(text, words)
		       ? copy(f, text, ret)
		       : complain(f,
				  "not one of the words for this key:", text);
}

static bool parse_domain(struct reader *f, struct span text, const char **ret)
{
	return hostname_valid(text)
		       ? copy(f, text, ret)
		       : complain(f, "expected a domain, not", text);
}

/* "none", or ADDRESS, or ADDRESS=ANSWERS. */
static bool parse_point(struct reader *f, struct span text,
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
		return complain(f, "expected none or an address, not", address);
	return !has_answers || parse_answers(f, answers, &ret->answers);
}

/* ---- the keys of records about lists ------------------------------------ */

static bool set_kind(struct reader *f, struct span text, struct list_record *r)
{
	r->has_kind = true;
	r->kind = DNSLIST_BLOCK;
	if (span_equal(text, SPAN("allow")))
		r->kind = DNSLIST_ALLOW;
	else if (span_equal(text, SPAN("mixed")))
		r->kind = DNSLIST_MIXED;
	else if (!span_equal(text, SPAN("block")))
		return complain(f, "expected block, allow or mixed, not", text);
	return true;
}

static bool set_codes(struct reader *f, struct span text, struct list_record *r)
{
	return parse_answers(f, text, &r->codes);
}

static bool set_permit(struct reader *f, struct span text,
		       struct list_record *r)
{
	return parse_answers(f, text, &r->permit);
}

static bool set_error(struct reader *f, struct span text, struct list_record *r)
{
	struct error_record *e = arena_alloc(&f->arena, sizeof(*e));
	struct span answers, tag;

	if (!e)
		return no_room(f);
	if (!span_cut(text, ':', &answers, &tag) ||
	    !answer_tag_parse(tag, &e->error.tag))
		return complain(f, "expected ANSWERS:TAG, not", text);
	if (!parse_answers(f, answers, &e->error.answers))
		return false;
	e->next = r->errors;
	r->errors = e;
	return true;
}

static bool set_refused(struct reader *f, struct span text,
			struct list_record *r)
{
	r->has_refused = true;
	return answer_tag_parse(text, &r->refused) ||
	       complain(f, "unknown tag", text);
}

static bool set_positive(struct reader *f, struct span text,
			 struct list_record *r)
{
	r->has_positive = true;
	return parse_point(f, text, &r->positive);
}

static bool set_negative(struct reader *f, struct span text,
			 struct list_record *r)
{
	r->has_negative = true;
	return parse_point(f, text, &r->negative);
}

static bool set_show(struct reader *f, struct span text, struct list_record *r)
{
	if (r->form != PATTERN_KEYED)
		return complain(f,
				"only a list with KEY in front has another "
				"name to show:",
				text);
	return parse_domain(f, text, &r->show);
}

static bool set_terms(struct reader *f, struct span text, struct list_record *r)
{
	return parse_word(f, text, "free|limits|registration|key|paid",
			  &r->terms);
}

static bool set_url(struct reader *f, struct span text, struct list_record *r)
{
	return copy(f, text, &r->url);
}

static bool set_since(struct reader *f, struct span text, struct list_record *r)
{
	return parse_date(text) ? copy(f, text, &r->since)
				: complain(f, "expected a date, not", text);
}

static bool set_left(struct reader *f, struct span text, struct list_record *r)
{
	return parse_word(f, text, "world|empty|dark|parked|gone|folded",
			  &r->left);
}

static bool set_use(struct reader *f, struct span text, struct list_record *r)
{
	return parse_domain(f, text, &r->use);
}

static bool set_why(struct reader *f, struct span text, struct list_record *r)
{
	return parse_word(f, text,
			  "domain|country|routing|backscatter|policy|hash",
			  &r->why);
}

static const struct {
	const char *name;
	enum dnslist_state record;
	bool (*set)(struct reader *f, struct span text, struct list_record *r);
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

static bool read_key(struct reader *f, struct span word, struct list_record *r)
{
	struct span name, value;

	if (!span_cut(word, '=', &name, &value) || value.len == 0)
		return complain(f, "expected key=value, not", word);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].record == r->state &&
		    span_equal(name, span_of(keys[i].name)))
			return keys[i].set(f, value, r);
	return complain(f, "this kind of record has no key", name);
}

/* ---- records ------------------------------------------------------------ */

static bool read_pattern(struct reader *f, struct span text,
			 struct list_record *r)
{
	r->zone = text;
	r->form = PATTERN_EXACT;
	if (span_starts_with(text, SPAN("."))) {
		r->form = PATTERN_BELOW;
		r->zone = span_skip(text, 1);
	} else if (span_starts_with(text, SPAN("KEY."))) {
		r->form = PATTERN_KEYED;
		r->zone = span_skip(text, 4);
	}
	return hostname_valid(r->zone) ||
	       complain(f, "expected a domain, .domain or KEY.domain, not",
			text);
}

static bool read_list(struct reader *f, enum dnslist_state state,
		      struct span rest)
{
	struct list_record *r = arena_alloc(&f->arena, sizeof(*r));
	struct span word;

	if (!r)
		return no_room(f);
	r->state = state;
	if (!span_next_item(&rest, BLANKS, &word))
		return complain(f, "expected the name of a list behind",
				SPAN("list"));
	if (!read_pattern(f, word, r))
		return false;
	while (span_next_item(&rest, BLANKS, &word))
		if (!read_key(f, word, r))
			return false;
	r->next = f->to->lists;
	f->to->lists = r;
	return true;
}

static bool read_within(struct reader *f, struct span rest)
{
	struct within_record *r = arena_alloc(&f->arena, sizeof(*r));
	struct span part, whole, more;

	if (!r)
		return no_room(f);
	if (!span_next_item(&rest, BLANKS, &part) ||
	    !span_next_item(&rest, BLANKS, &whole) ||
	    span_next_item(&rest, BLANKS, &more))
		return complain(f, "expected two lists behind", SPAN("within"));
	if (!parse_domain(f, part, &r->part) ||
	    !parse_domain(f, whole, &r->whole))
		return false;
	r->next = f->to->within;
	f->to->within = r;
	return true;
}

static bool set_class(struct reader *f, struct span text,
		      struct known_resolver *r)
{
	if (span_equal(text, SPAN("public")))
		r->class = RESOLVER_PUBLIC;
	else if (span_equal(text, SPAN("hosting")))
		r->class = RESOLVER_HOSTING;
	else if (span_equal(text, SPAN("stub")))
		r->class = RESOLVER_STUB;
	else
		return complain(f, "expected public, hosting or stub, not",
				text);
	return true;
}

static bool read_resolver(struct reader *f, struct span rest)
{
	struct resolver_record *r = arena_alloc(&f->arena, sizeof(*r));
	struct span net = { "", 0 }, word, key, value;

	if (!r)
		return no_room(f);
	span_next_item(&rest, BLANKS, &net);
	if (cidr_parse(net, &r->resolver.net) != CIDR_OK)
		return complain(f, "expected an address or network, not", net);
	while (span_next_item(&rest, BLANKS, &word)) {
		if (!span_cut(word, '=', &key, &value))
			return complain(f, "expected key=value, not", word);
		if (span_equal(key, SPAN("name"))) {
			if (!copy(f, value, &r->resolver.name))
				return false;
		} else if (!span_equal(key, SPAN("class"))) {
			return complain(f, "this kind of record has no key",
					key);
		} else if (!set_class(f, value, &r->resolver)) {
			return false;
		}
	}
	if (!r->resolver.name)
		return complain(f, "no name=OPERATOR for", net);
	r->next = f->to->resolvers;
	f->to->resolvers = r;
	return true;
}

static bool read_record(struct reader *f, struct span line)
{
	struct span rest = line, type;

	if (!span_next_item(&rest, BLANKS, &type))
		return true;
	if (span_equal(type, SPAN("list")))
		return read_list(f, DNSLIST_USABLE, rest);
	if (span_equal(type, SPAN("closed")))
		return read_list(f, DNSLIST_CLOSED, rest);
	if (span_equal(type, SPAN("unfit")))
		return read_list(f, DNSLIST_UNFIT, rest);
	if (span_equal(type, SPAN("within")))
		return read_within(f, rest);
	if (span_equal(type, SPAN("resolver")))
		return read_resolver(f, rest);
	return complain(f, "unknown kind of record", type);
}

/* A later format may mean something else by the same words. */
static bool is_format_1(struct span line)
{
	struct span word;

	return span_next_item(&line, BLANKS, &word) &&
	       span_equal(word, SPAN("format")) &&
	       span_next_item(&line, BLANKS, &word) &&
	       span_equal(word, SPAN("1")) &&
	       !span_next_item(&line, BLANKS, &word);
}

static bool fail(struct reader *f, const char *why)
{
	report_add(f->report, REPORT_WARNING, &f->where,
		   "%s -- going on without what it knows of DNS lists", why);
	return false;
}

/* Room of its own for F, out of ARENA. */
static bool begin(struct reader *f, const char *name, struct arena *arena,
		  struct report *report, struct dnslists *to)
{
	*f = (struct reader){
		.to = to,
		.report = report,
		.where = { .file = name },
		.arena = { .memory = arena_alloc(arena, MEMORY),
			   .size = MEMORY },
	};
	*to = (struct dnslists){ .lists = NULL };
	return f->arena.memory || fail(f, "no memory for it");
}

static bool read_all(struct reader *f, struct linefile *file)
{
	struct span line;
	int r = linefile_next(file, &line);

	f->where.line = file->number;
	if (r <= 0 || !is_format_1(line))
		return fail(f, "expected \"format 1\" in its first line");
	while (!f->full && (r = linefile_next(file, &line)) > 0) {
		f->where.line = file->number;
		read_record(f, line);
	}
	if (r < 0) {
		f->where.line = file->number;
		report_add(f->report, REPORT_WARNING, &f->where,
			   "%s -- what follows is not used",
			   linefile_strerror(-r));
	}
	return true;
}

bool dnslists_file_read(const char *path, struct arena *arena,
			struct report *report, struct dnslists *ret)
{
	struct linefile file;
	struct reader f;
	int r;

	if (!begin(&f, path, arena, report, ret))
		return false;
	r = linefile_open(&file, path, &f.arena);
	if (r < 0)
		return fail(&f, r == -EFBIG || r == -ENOMEM
					? "larger than 1 MB"
					: linefile_strerror(-r));
	return read_all(&f, &file);
}

bool dnslists_file_parse(const char *text, struct arena *arena,
			 struct report *report, struct dnslists *ret)
{
	struct linefile file;
	struct reader f;
	char *copy;

	if (!begin(&f, "what is built in", arena, report, ret))
		return false;
	copy = arena_text(&f.arena, span_of(text));
	linefile_over(&file, copy, strlen(text));
	return read_all(&f, &file);
}
