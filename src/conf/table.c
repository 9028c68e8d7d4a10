#include "conf/table.h"

#include "conf/compiled.h"
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
	TABLE_COMPILED,
};

/* A cidr table that need not be read, unless the file lets us down. */
struct ready {
	struct compiled compiled;
	struct table *text; /* read when it did; else NULL */
	struct arena *arena;
	struct report *report;
	struct origin where;
};

struct table {
	const char *name;
	enum table_kind kind;
	struct span value;	/* TABLE_STATIC */
	struct text_table text; /* TABLE_INLINE and TABLE_TEXT */
	struct rules rules;	/* TABLE_CIDR, TABLE_REGEXP and TABLE_PCRE */
	struct ready *ready;	/* TABLE_COMPILED */
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
	case TABLE_COMPILED:
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

/* ---- cidr tables that are compiled ----------------------------------------
 */

/*
 * Use what was compiled of the file NAME. False when the arena is full; T
 * stays as it is when the text must be read.
 */
static bool open_compiled(struct table *t, struct span name,
			  struct table_source *s)
{
	struct ready *ready = arena_alloc(s->arena, sizeof(*ready));
	char memory[512];
	struct sbuf why = SBUF(memory);

	if (!ready || !(s->name = arena_text(s->arena, name)))
		return false;
	*ready = (struct ready){ .arena = s->arena,
				 .report = s->report,
				 .where = *s->where };
	switch (compiled_open(&ready->compiled, s->name, s->arena, &why)) {
	case COMPILED_GOOD:
		if (compiled_report(&ready->compiled, s->report, s->where) ==
		    0) {
			t->ready = ready;
			t->kind = TABLE_COMPILED;
			return true;
		}
		sbuf_addf(&why, "%s" COMPILED_SUFFIX " is damaged", s->name);
		break;
	case COMPILED_NONE:
		return true;
	case COMPILED_STALE:
		report_add(s->report, REPORT_NOTE, s->where,
			   "table %s: %s: reading the text", t->name, why.text);
		return true;
	case COMPILED_BAD:
		break;
	}
	report_add(s->report, REPORT_WARNING, s->where,
		   "table %s: %s: reading the text", t->name, why.text);
	return true;
}

static struct table *open_table(struct span spec, bool may_be_compiled,
				struct arena *arena, struct report *report,
				const struct origin *where);

/* The compiled file is damaged: from now on the text is asked. */
static int find_in_text(struct ready *ready, const char *name, struct span key,
			struct sbuf *value)
{
	if (!ready->text) {
		report_add(ready->report, REPORT_WARNING, &ready->where,
			   "table %s: what was compiled of it is damaged: "
			   "reading the text",
			   name);
		ready->text = open_table(span_of(name), false, ready->arena,
					 ready->report, &ready->where);
	}
	return ready->text ? table_find(ready->text, key, value) : -EBADF;
}

static int find_compiled(struct ready *ready, const char *name, struct span key,
			 struct sbuf *value)
{
	int found = ready->text ? -EBADMSG
				: compiled_find(&ready->compiled, key, value);

	return found < 0 ? find_in_text(ready, name, key, value) : found;
}

/* ---- opening --------------------------------------------------------------
 */

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
static bool open_spec(struct table *t, bool may_be_compiled,
		      struct arena *arena, struct report *report,
		      const struct origin *where, struct sbuf *why)
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
		if (types[i].kind == TABLE_STATIC) {
			open_static(t, name);
			return true;
		}
		if (types[i].kind == TABLE_CIDR && may_be_compiled &&
		    name.p[0] != '{' && !open_compiled(t, name, &s))
			return false;
		if (t->kind == TABLE_COMPILED)
			return true;
		return open_source(t, types[i].kind, types[i].compiled, name,
				   &s, why);
	}
	sbuf_addf(why, "unknown table type \"%.*s\", expected %s",
		  (int)type.len, type.p, type_names);
	return true;
}

static struct table *open_table(struct span spec, bool may_be_compiled,
				struct arena *arena, struct report *report,
				const struct origin *where)
{
	struct table *t = arena_alloc(arena, sizeof(*t));
	char memory[512];
	struct sbuf why = SBUF(memory);

	if (!t)
		return NULL;
	t->name = arena_text(arena, spec);
	if (!t->name ||
	    !open_spec(t, may_be_compiled, arena, report, where, &why))
		return NULL;
	if (t->kind == TABLE_BROKEN)
		report_add(report, report_lost(report), where, "table %s: %s",
			   t->name, why.text);
	return t;
}

struct table *table_open(struct span spec, struct arena *arena,
			 struct report *report, const struct origin *where)
{
	return open_table(spec, true, arena, report, where);
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
	case TABLE_COMPILED:
		found = find_compiled(t->ready, t->name, key, value);
		break;
	}
	return sbuf_fitted(value) ? found : -EMSGSIZE;
}
