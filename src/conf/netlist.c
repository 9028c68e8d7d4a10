#include "conf/netlist.h"

#include "conf/linefile.h"
#include "conf/table.h"
#include "net/cidr.h"

#include <errno.h>
#include <string.h>

#define INCLUDE_DEPTH 8

enum pattern_kind {
	PATTERN_NET,
	PATTERN_TABLE,
	PATTERN_LOST, /* what a file or table that cannot be read had said */
};

struct pattern {
	struct pattern *next;
	enum pattern_kind kind;
	bool negated;
	struct cidr net;
	const struct table *table;
	const char *lost; /* why */
};

struct netlist {
	struct pattern *first;
};

/* A file that is being read, and how we came to it. */
struct inclusion {
	const struct inclusion *outer;
	const char *path;
	struct linefile lines;
	unsigned depth;
};

struct reading {
	struct pattern **end;
	struct arena *arena;
	struct report *report;
	const struct origin *where;
	const struct inclusion *file; /* NULL: the setting itself */
};

static struct pattern *append(struct reading *in, enum pattern_kind kind,
			      bool negated)
{
	struct pattern *p = arena_alloc(in->arena, sizeof(*p));

	if (!p)
		return NULL;
	p->kind = kind;
	p->negated = negated;
	*in->end = p;
	in->end = &p->next;
	return p;
}

/* Say WHY about ITEM, which stands in the setting or in a file of it. */
static void complain(const struct reading *in, enum report_level level,
		     struct span item, const char *why)
{
	if (in->file)
		report_add(in->report,
			   level == REPORT_ERROR ? REPORT_WARNING : level,
			   in->where, "%s, line %u: \"%.*s\" %s",
			   in->file->path, in->file->lines.number,
			   (int)item.len, item.p, why);
	else
		report_add(in->report, level, in->where, "\"%.*s\" %s",
			   (int)item.len, item.p, why);
}

static bool add_net(struct reading *in, struct span item, bool negated,
		    bool *ret_full)
{
	char text[ADDRESS_TEXT + 64];
	struct sbuf why = SBUF(text);
	struct pattern *p;
	struct cidr net;

	switch (cidr_parse(item, &net)) {
	case CIDR_OK:
		p = append(in, PATTERN_NET, negated);
		*ret_full = !p;
		if (p)
			p->net = net;
		return true;
	case CIDR_BAD_ADDRESS:
		return false;
	case CIDR_BAD_PREFIX:
		complain(in, REPORT_ERROR, item, "has a bad prefix length");
		return true;
	case CIDR_HOST_BITS:
		sbuf_add_text(&why, "has host bits set, perhaps \"");
		cidr_format(&net, &why);
		sbuf_add_text(&why, "\" is meant");
		complain(in, REPORT_ERROR, item, text);
		return true;
	}
	return false;
}

static bool add_table(struct reading *in, struct span item, bool negated)
{
	struct pattern *p;
	struct cidr net;

	if (cidr_parse(item, &net) != CIDR_BAD_ADDRESS) {
		complain(in, REPORT_ERROR, item,
			 "is a table to us: write IPv6 addresses in brackets");
		return true;
	}
	p = append(in, PATTERN_TABLE, negated);
	if (!p)
		return false;
	p->table = table_open(item, in->arena, in->report, in->where);
	return p->table != NULL;
}

static bool add_items(struct reading *in, struct span text, bool negated);

/* Is the file that was opened last read further out already? */
static bool is_cycle(const struct inclusion *new)
{
	for (const struct inclusion *f = new->outer; f; f = f->outer)
		if (f->lines.id.device == new->lines.id.device &&
		    f->lines.id.inode == new->lines.id.inode)
			return true;
	return false;
}

/* What PATH cannot tell: whether anything in it would have matched. */
static bool add_lost(struct reading *in, enum report_level level,
		     const struct inclusion *file, const char *why,
		     bool negated)
{
	struct pattern *p = append(in, PATTERN_LOST, negated);
	unsigned line = file->lines.number;
	char text[512];
	struct sbuf b = SBUF(text);

	if (line > 0)
		sbuf_addf(&b, "%s, line %u: %s", file->path, line, why);
	else
		sbuf_addf(&b, "%s: %s", file->path, why);
	if (!p || !(p->lost = arena_text(in->arena, sbuf_span(&b))))
		return false;
	report_add(in->report, level, in->where, "%s", text);
	return true;
}

static bool add_lines(struct reading *in, struct inclusion *file, bool negated)
{
	const struct inclusion *outer = in->file;
	struct span line;
	bool ok = true;
	int r = 0;

	in->file = file;
	while (ok && (r = linefile_next(&file->lines, &line)) > 0)
		ok = add_items(in, line, negated);
	if (ok && r < 0)
		ok = add_lost(in, report_lost(in->report), file,
			      linefile_strerror(-r), negated);
	in->file = outer;
	return ok;
}

static bool add_file(struct reading *in, struct span item, bool negated)
{
	struct inclusion file = { .outer = in->file };
	int r;

	file.path = arena_text(in->arena, item);
	file.depth = in->file ? in->file->depth + 1 : 1;
	if (!file.path)
		return false;
	r = linefile_open(&file.lines, file.path, in->arena);
	if (r == -ENOMEM)
		return false;
	if (r < 0)
		return add_lost(in, report_lost(in->report), &file,
				linefile_strerror(-r), negated);
	if (is_cycle(&file))
		return add_lost(in, REPORT_ERROR, &file, "includes itself",
				negated);
	if (file.depth > INCLUDE_DEPTH)
		return add_lost(in, REPORT_ERROR, &file,
				"is included by too many files in turn",
				negated);
	return add_lines(in, &file, negated);
}

static bool is_numeric(struct span item)
{
	for (size_t i = 0; i < item.len; i++)
		if (!item.p[i] || !strchr("0123456789./", item.p[i]))
			return false;
	return true;
}

static bool add_item(struct reading *in, struct span item, bool negated)
{
	struct span whole = item;
	bool full = false;

	while (span_starts_with(item, SPAN("!"))) {
		negated = !negated;
		item = span_skip(item, 1);
	}
	if (item.len == 0) {
		complain(in, REPORT_ERROR, whole, "negates nothing");
		return true;
	}
	if (item.p[0] == '/')
		return add_file(in, item, negated);
	if (item.p[0] != '[' && table_is_spec(item))
		return add_table(in, item, negated);
	if (add_net(in, item, negated, &full))
		return !full;
	if (is_numeric(item) || item.p[0] == '[')
		complain(in, REPORT_ERROR, item, "is no address or network");
	else /* Postfix lets names stand here, and they never match */
		complain(in, REPORT_WARNING, item,
			 "is ignored: only addresses are compared");
	return true;
}

static bool add_items(struct reading *in, struct span text, bool negated)
{
	struct span item;

	while (span_next_item(&text, SPAN_LIST_SEPARATORS, &item))
		if (!add_item(in, item, negated))
			return false;
	return true;
}

struct netlist *netlist_open(const char *text, struct arena *arena,
			     struct report *report, const struct origin *where)
{
	struct netlist *list = arena_alloc(arena, sizeof(*list));
	struct reading in = { .arena = arena,
			      .report = report,
			      .where = where };

	if (!list)
		return NULL;
	in.end = &list->first;
	return add_items(&in, span_of(text), false) ? list : NULL;
}

/* 1, 0, or negative errno with a reason added to WARNING. */
static int matches(const struct pattern *p, const struct address *who,
		   struct span printable, struct sbuf *warning)
{
	char ignored[256];
	struct sbuf value = SBUF(ignored);
	int r;

	switch (p->kind) {
	case PATTERN_NET:
		return cidr_contains(&p->net, who);
	case PATTERN_LOST:
		sbuf_add_text(warning, p->lost);
		return -EBADF;
	case PATTERN_TABLE:
		r = table_find(p->table, printable, &value);
		if (r == -EMSGSIZE) /* that it was found is all we ask */
			return 1;
		if (r < 0)
			sbuf_addf(warning, "%s: table lookup error",
				  table_name(p->table));
		return r;
	}
	return 0;
}

int netlist_find(const struct netlist *list, const struct address *who,
		 struct sbuf *warning)
{
	char text[ADDRESS_TEXT];
	struct sbuf printable = SBUF(text);

	address_format(who, &printable);
	for (const struct pattern *p = list->first; p; p = p->next) {
		int r = matches(p, who, sbuf_span(&printable), warning);

		if (r < 0)
			return r;
		if (r > 0)
			return !p->negated;
	}
	return 0;
}
