#include "conf/table_text.h"

#include <errno.h>
#include <stdint.h>

struct text_entry {
	struct text_entry *next;
	struct text_entry *same_slot;
	struct span key, value;
	unsigned line;
};

struct filling {
	struct table_source *source;
	struct text_entry **end;
	size_t count;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* FNV-1a: keys are the administrator's, so nobody aims at collisions. */
static uint32_t hash(struct span key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)lower(key.p[i])) * 16777619u;
	return h;
}

static struct text_entry **slot_of(const struct text_table *t, struct span key)
{
	return &t->slots[hash(key) & (t->slot_count - 1)];
}

static struct text_entry *find(const struct text_table *t, struct span key)
{
	struct text_entry *e = t->slot_count > 0 ? *slot_of(t, key) : NULL;

	while (e && !span_equal_nocase(e->key, key))
		e = e->same_slot;
	return e;
}

static bool append(struct filling *in, struct span key, struct span value)
{
	struct text_entry *e = arena_alloc(in->source->arena, sizeof(*e));

	if (!e)
		return false;
	e->key = key;
	e->value = value;
	e->line = in->source->lines.number;
	*in->end = e;
	in->end = &e->next;
	in->count++;
	return true;
}

/* Everything is read: make it quick to find. */
static int finish(struct text_table *t, const struct filling *in)
{
	size_t slots = 4;

	while (slots < in->count)
		slots *= 2;
	t->slots = arena_array(in->source->arena, slots, sizeof(*t->slots));
	if (!t->slots)
		return -ENOMEM;
	t->slot_count = slots;
	for (struct text_entry *e = t->first; e; e = e->next) {
		struct text_entry **slot = slot_of(t, e->key);

		if (find(t, e->key)) {
			table_source_warn_at(
				in->source, e->line,
				"duplicate entry \"%.*s\": the first is kept",
				(int)e->key.len, e->key.p);
			continue;
		}
		e->same_slot = *slot;
		*slot = e;
	}
	table_source_end(in->source);
	return 0;
}

/* White space inside "..." belongs to the key, as in "some one"@example. */
static size_t key_length(struct span line)
{
	bool quoted = false;
	size_t n;

	for (n = 0; n < line.len; n++) {
		if (line.p[n] == '"')
			quoted = !quoted;
		else if (line.p[n] == '\\' && quoted && n + 1 < line.len)
			n++;
		else if (span_is_space(line.p[n]) && !quoted)
			break;
	}
	return n;
}

int table_text_read(struct text_table *t, struct table_source *s)
{
	struct filling in = { s, &t->first, 0 };
	struct span line;
	int r;

	*t = (struct text_table){ 0 };
	while ((r = table_source_next(s, &line)) > 0) {
		size_t n = key_length(line);
		struct span value = span_trim(span_skip(line, n));

		if (value.len == 0)
			table_source_warn(s, "expected \"key value\": skipping "
					     "this line");
		else if (!append(&in, (struct span){ line.p, n }, value))
			return -ENOMEM;
	}
	return r < 0 ? r : finish(t, &in);
}

int table_text_read_pairs(struct text_table *t, struct span pairs,
			  struct table_source *s)
{
	struct filling in = { s, &t->first, 0 };
	struct span item, key, value;

	*t = (struct text_table){ 0 };
	while (span_next_item(&pairs, SPAN_LIST_SEPARATORS, &item)) {
		struct span pair = item;

		s->lines.number++;
		if (span_starts_with(item, SPAN("{")) &&
		    !table_braces(item, &pair))
			pair.len = 0;
		if (!span_cut(pair, '=', &key, &value) ||
		    span_trim(key).len == 0)
			table_source_warn(s,
					  "expected \"key=value\" or \"{key = "
					  "value}\" instead of \"%.*s\": "
					  "skipping it",
					  (int)item.len, item.p);
		else if (!append(&in, span_trim(key), span_trim(value)))
			return -ENOMEM;
	}
	return finish(t, &in);
}

int table_text_find(const struct text_table *t, struct span key,
		    struct sbuf *value)
{
	const struct text_entry *e = find(t, key);

	if (e)
		sbuf_add(value, e->value);
	return e != NULL;
}
