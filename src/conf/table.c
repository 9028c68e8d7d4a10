#include "conf/table.h"

#include "conf/table_cidr.h"
#include "conf/table_regexp.h"
#include "conf/table_text.h"

#include <errno.h>

enum table_kind {
	TABLE_BROKEN,
	TABLE_STATIC,
	TABLE_INLINE,
	TABLE_TEXT,
	TABLE_CIDR,
	TABLE_REGEXP,
	TABLE_PCRE,
};

struct table {
	const char *name;
	enum table_kind kind;
	struct span value;	/* TABLE_STATIC */
	struct text_table text; /* TABLE_INLINE and TABLE_TEXT */
	struct rules rules;	/* TABLE_CIDR, TABLE_REGEXP and TABLE_PCRE */
};

static const struct {
	struct span type;
	enum table_kind kind;
	bool compiled; /* Postfix reads a file that postmap made of the text */
} types[] = {
	{ { "cidr", 4 }, TABLE_CIDR, false },
	{ { "static", 6 }, TABLE_STATIC, false },
	{ { "inline", 6 }, TABLE_INLINE, false },
	{ { "texthash", 8 }, TABLE_TEXT, false },
	{ { "regexp", 6 }, TABLE_REGEXP, false },
	{ { "pcre", 4 }, TABLE_PCRE, false },
	{ { "hash", 4 }, TABLE_TEXT, true },
	{ { "btree", 5 }, TABLE_TEXT, true },
	{ { "lmdb", 4 }, TABLE_TEXT, true },
	{ { "cdb", 3 }, TABLE_TEXT, true },
	{ { "dbm", 3 }, TABLE_TEXT, true },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

bool table_is_spec(struct span text)
{
	return span_find(text, ':') >= 0;
}

/* Fill T with what S brings. 0, -EBADMSG or -ENOMEM. */
static int read_source(struct table *t, enum table_kind kind,
		       struct table_source *s)
{
	switch (kind) {
	case TABLE_TEXT:
		return table_text_read(&t->text, s);
	case TABLE_CIDR:
		return table_cidr_read(&t->rules, s);
	case TABLE_REGEXP:
		return table_regexp_read(&t->rules, s);
	case TABLE_PCRE:
		return table_pcre_read(&t->rules, s);
	case TABLE_BROKEN:
	case TABLE_STATIC:
	case TABLE_INLINE:
		break;
	}
	return -EBADMSG;
}

/* False only when the arena is full; with WHY the table is of no use. */
static bool open_source(struct table *t, enum table_kind kind, bool compiled,
			struct span name, struct table_source *s,
			struct sbuf *why)
{
	int r;

	if (!table_source_open(s, name, why))
		return why->len > 0;
	if (compiled)
		report_add(s->report, REPORT_NOTE, s->where,
			   "%s: reading the text in %s, not what postmap made "
			   "of it",
			   t->name, s->name);
	r = read_source(t, kind, s);
	if (r == -EBADMSG)
		sbuf_addf(why, "line %u %s", s->lines.number,
			  linefile_strerror(EBADMSG));
	if (r == 0)
		t->kind = kind;
	return r != -ENOMEM;
}

static bool open_inline(struct table *t, struct span name,
			struct table_source *s, struct sbuf *why)
{
	struct span pairs;

	if (!table_braces(name, &pairs)) {
		sbuf_add_text(why, "expected \"{ {key = value}, ... }\"");
		return true;
	}
	s->name = "(inline)";
	t->kind = TABLE_INLINE;
	return table_text_read_pairs(&t->text, pairs, s) == 0;
}

static void open_static(struct table *t, struct span name)
{
	if (!table_braces(name, &t->value))
		t->value = name;
	t->kind = TABLE_STATIC;
}

static const char type_names[] =
	"cidr, static, inline, texthash, hash, btree, lmdb, regexp or pcre";

/* False only when the arena is full; with WHY the table is of no use. */
static bool open_spec(struct table *t, struct arena *arena,
		      struct report *report, const struct origin *where,
		      struct sbuf *why)
{
	struct table_source s = { .arena = arena,
				  .report = report,
				  .where = where };
	struct span type, name;

	if (!span_cut(span_of(t->name), ':', &type, &name) || name.len == 0) {
		sbuf_add_text(why, "expected \"type:name\"");
		return true;
	}
	for (size_t i = 0; i < TYPES; i++) {
		if (!span_equal(types[i].type, type))
			continue;
		s.type = types[i].type.p;
		if (types[i].kind == TABLE_INLINE)
			return open_inline(t, name, &s, why);
		if (types[i].kind != TABLE_STATIC)
			return open_source(t, types[i].kind, types[i].compiled,
					   name, &s, why);
		open_static(t, name);
		return true;
	}
	sbuf_addf(why, "unknown table type \"%.*s\", expected %s",
		  (int)type.len, type.p, type_names);
	return true;
}

struct table *table_open(struct span spec, struct arena *arena,
			 struct report *report, const struct origin *where)
{
	struct table *t = arena_alloc(arena, sizeof(*t));
	char memory[512];
	struct sbuf why = SBUF(memory);

	if (!t)
		return NULL;
	t->name = arena_text(arena, spec);
	if (!t->name || !open_spec(t, arena, report, where, &why))
		return NULL;
	if (t->kind == TABLE_BROKEN)
		report_add(report, REPORT_WARNING, where, "table %s: %s",
			   t->name, why.text);
	return t;
}

const char *table_name(const struct table *t)
{
	return t->name;
}

int table_find(const struct table *t, struct span key, struct sbuf *value)
{
	int found = 0;

	sbuf_clear(value);
	switch (t->kind) {
	case TABLE_BROKEN:
		return -EBADF;
	case TABLE_STATIC:
		sbuf_add(value, t->value);
		found = 1;
		break;
	case TABLE_INLINE:
	case TABLE_TEXT:
		found = table_text_find(&t->text, key, value);
		break;
	case TABLE_CIDR:
		found = table_cidr_find(&t->rules, key, value);
		break;
	case TABLE_REGEXP:
	case TABLE_PCRE:
		found = table_regexp_find(&t->rules, key, value);
		break;
	}
	return sbuf_fitted(value) ? found : -EMSGSIZE;
}
