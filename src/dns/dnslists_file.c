#include "dns/dnslists_file.h"

#include "conf/linefile.h"
#include "dns/dnslists_key.h"

#include <errno.h>
#include <string.h>

/* Room for the file and what is made of it. The shipped one takes a third; a
 * monster in its place must not eat up the memory for the settings. */
#define MEMORY (1 << 20)

#define BLANKS " \t\r\n"

/* ---- records ------------------------------------------------------------ */

/* Is a list that this pattern names among those that are asked? */
static bool is_wanted(const struct dnslists_reader *f,
		      const struct list_pattern *p)
{
	for (size_t i = 0; f->wanted && i < f->wanted_count; i++)
		if (list_pattern_fits(p, f->wanted[i]))
			return true;
	return !f->wanted;
}

static bool read_list(struct dnslists_reader *f, enum dnslist_state state,
		      struct span rest)
{
	struct list_pattern pattern;
	struct list_record *r;
	struct span word;
	bool wanted;

	if (!span_next_item(&rest, BLANKS, &word))
		return dnslists_complain(
			f, "expected the name of a list behind", SPAN("list"));
	if (!list_pattern_parse(word, &pattern))
		return dnslists_complain(
			f, "expected a domain, .domain or KEY.domain, not",
			word);
	wanted = is_wanted(f, &pattern);
	if (!wanted && pattern.form != PATTERN_KEYED)
		return true;
	r = arena_alloc(&f->arena, sizeof(*r));
	if (!r)
		return dnslists_no_room(f);
	r->pattern = pattern;
	r->state = state;
	while (wanted && span_next_item(&rest, BLANKS, &word))
		if (!dnslists_key(f, word, r))
			return false;
	r->next = f->to->lists;
	f->to->lists = r;
	return true;
}

static bool read_within(struct dnslists_reader *f, struct span rest)
{
	struct within_record *r = arena_alloc(&f->arena, sizeof(*r));
	struct span part, whole, more;

	if (!r)
		return dnslists_no_room(f);
	if (!span_next_item(&rest, BLANKS, &part) ||
	    !span_next_item(&rest, BLANKS, &whole) ||
	    span_next_item(&rest, BLANKS, &more))
		return dnslists_complain(f, "expected two lists behind",
					 SPAN("within"));
	if (!dnslists_domain(f, part, &r->part) ||
	    !dnslists_domain(f, whole, &r->whole))
		return false;
	r->next = f->to->within;
	f->to->within = r;
	return true;
}

static bool set_class(struct dnslists_reader *f, struct span text,
		      struct known_resolver *r)
{
	if (span_equal(text, SPAN("public")))
		r->class = RESOLVER_PUBLIC;
	else if (span_equal(text, SPAN("hosting")))
		r->class = RESOLVER_HOSTING;
	else if (span_equal(text, SPAN("stub")))
		r->class = RESOLVER_STUB;
	else
		return dnslists_complain(
			f, "expected public, hosting or stub, not", text);
	return true;
}

static bool read_resolver(struct dnslists_reader *f, struct span rest)
{
	struct resolver_record *r = arena_alloc(&f->arena, sizeof(*r));
	struct span net = { "", 0 }, word, key, value;

	if (!r)
		return dnslists_no_room(f);
	span_next_item(&rest, BLANKS, &net);
	if (cidr_parse(net, &r->resolver.net) != CIDR_OK)
		return dnslists_complain(
			f, "expected an address or network, not", net);
	while (span_next_item(&rest, BLANKS, &word)) {
		if (!span_cut(word, '=', &key, &value))
			return dnslists_complain(f, "expected key=value, not",
						 word);
		if (span_equal(key, SPAN("name"))) {
			if (!dnslists_copy(f, value, &r->resolver.name))
				return false;
		} else if (!span_equal(key, SPAN("class"))) {
			return dnslists_complain(
				f, "this kind of record has no key", key);
		} else if (!set_class(f, value, &r->resolver)) {
			return false;
		}
	}
	if (!r->resolver.name)
		return dnslists_complain(f, "no name=OPERATOR for", net);
	r->next = f->to->resolvers;
	f->to->resolvers = r;
	return true;
}

static bool read_record(struct dnslists_reader *f, struct span line)
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
	if (f->wanted && (span_equal(type, SPAN("within")) ||
			  span_equal(type, SPAN("resolver"))))
		return true;
	if (span_equal(type, SPAN("within")))
		return read_within(f, rest);
	if (span_equal(type, SPAN("resolver")))
		return read_resolver(f, rest);
	return dnslists_complain(f, "unknown kind of record", type);
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

static bool fail(struct dnslists_reader *f, const char *why)
{
	report_add(f->report, report_lost(f->report), &f->where,
		   "%s -- going on without what it knows of DNS lists", why);
	return false;
}

/* What stands in front of the filter and the weight. */
static struct span domain_of(struct span site)
{
	size_t n = 0;

	while (n < site.len && site.p[n] != '=' && site.p[n] != '*')
		n++;
	return (struct span){ site.p, n };
}

static bool note_wanted(struct dnslists_reader *f, const char *sites)
{
	struct span rest = span_of(sites), item;
	struct span *wanted;
	size_t most = 0;

	while (span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		most++;
	wanted = arena_array(&f->arena, most, sizeof(*wanted));
	rest = span_of(sites);
	while (wanted && span_next_item(&rest, SPAN_LIST_SEPARATORS, &item))
		wanted[f->wanted_count++] = domain_of(item);
	f->wanted = wanted;
	return wanted;
}

/* Room of its own for F, out of ARENA. */
static bool begin(struct dnslists_reader *f, const char *name,
		  const char *sites, struct arena *arena, struct report *report,
		  struct dnslists *to)
{
	*f = (struct dnslists_reader){
		.to = to,
		.report = report,
		.where = { .file = name },
		.arena = { .memory = arena_alloc(arena, MEMORY),
			   .size = MEMORY },
	};
	*to = (struct dnslists){ .lists = NULL };
	return (f->arena.memory && (!sites || note_wanted(f, sites))) ||
	       fail(f, "no memory for it");
}

static bool read_all(struct dnslists_reader *f, struct linefile *file)
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
		report_add(f->report, report_lost(f->report), &f->where,
			   "%s -- what follows is not used",
			   linefile_strerror(-r));
	}
	return true;
}

bool dnslists_file_read(const char *path, const char *sites,
			struct arena *arena, struct report *report,
			struct dnslists *ret)
{
	struct linefile file;
	struct dnslists_reader f;
	int r;

	if (!begin(&f, path, sites, arena, report, ret))
		return false;
	r = linefile_open(&file, path, &f.arena);
	if (r < 0)
		return fail(&f, r == -EFBIG || r == -ENOMEM
					? "larger than 1 MB"
					: linefile_strerror(-r));
	return read_all(&f, &file);
}

bool dnslists_file_parse(const char *text, const char *sites,
			 struct arena *arena, struct report *report,
			 struct dnslists *ret)
{
	struct linefile file;
	struct dnslists_reader f;
	char *copy;

	if (!begin(&f, "what is built in", sites, arena, report, ret))
		return false;
	copy = arena_text(&f.arena, span_of(text));
	linefile_over(&file, copy, strlen(text));
	return read_all(&f, &file);
}
