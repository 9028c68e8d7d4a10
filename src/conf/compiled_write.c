#include "conf/compiled_write.h"

#include "conf/cidr_ranges.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* A text that the file will hold, once. */
struct text {
	struct span text;
	uint64_t at; /* from the beginning of the texts */
};

/* All texts: by number, and by a hash table of numbers, where 0 is free. */
struct texts {
	struct text *text;
	size_t count; /* the first of them is number 1 */
	uint32_t *slot;
	size_t slots; /* a power of two */
	uint64_t size;
};

struct writing {
	struct arena *arena;
	struct compiled_header header;
	unsigned char key[SIPHASH_KEY];
	struct texts texts;
	struct cidr_ranges ipv4, ipv6;
	unsigned char *image;
	uint32_t blocks_used;
};

/* ---- texts ----------------------------------------------------------------
 */

static bool texts_init(struct texts *t, size_t most, struct arena *arena)
{
	t->slots = 4;
	while (t->slots < 2 * most)
		t->slots *= 2;
	t->text = arena_array(arena, most + 1, sizeof(*t->text));
	t->slot = arena_array(arena, t->slots, sizeof(*t->slot));
	return t->text && t->slot;
}

static void append_text(struct texts *t, struct span text)
{
	t->text[++t->count] = (struct text){ text, t->size };
	t->size += compiled_text_size((uint32_t)text.len);
}

/* The number of TEXT, which is appended unless it is there. */
static uint32_t number_of(struct texts *t, struct span text)
{
	static const unsigned char key[SIPHASH_KEY];
	size_t i = siphash(key, text) & (t->slots - 1);

	while (t->slot[i] != 0 && !span_equal(t->text[t->slot[i]].text, text))
		i = (i + 1) & (t->slots - 1);
	if (t->slot[i] == 0) {
		append_text(t, text);
		t->slot[i] = (uint32_t)t->count;
	}
	return t->slot[i];
}

static bool collect_texts(struct writing *w, const struct report_line *mistakes)
{
	struct texts *t = &w->texts;
	const struct cidr_ranges *families[] = { &w->ipv4, &w->ipv6 };
	size_t most = w->ipv4.count + w->ipv6.count;

	for (const struct report_line *l = mistakes; l; l = l->next)
		most++;
	if (!texts_init(t, most, w->arena))
		return false;
	for (const struct report_line *l = mistakes; l; l = l->next) {
		if (l->level != REPORT_WARNING)
			continue;
		append_text(t, span_of(l->text));
		w->header.mistakes++;
	}
	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < families[f]->count; i++)
			if (families[f]->range[i].rule)
				number_of(t,
					  families[f]->range[i].rule->result);
	return true;
}

static void write_texts(struct writing *w)
{
	uint64_t start = (uint64_t)w->header.blocks * COMPILED_BLOCK;

	for (size_t i = 1; i <= w->texts.count; i++) {
		const struct text *text = &w->texts.text[i];
		struct compiled_text *to =
			(struct compiled_text *)(void *)(w->image + start +
							 text->at);

		to->len = (uint32_t)text->text.len;
		memcpy(to->text, text->text.p, text->text.len);
		to->check = compiled_check(w->key, &to->check,
					   sizeof(to->len) + to->len);
	}
}

/* ---- trees ----------------------------------------------------------------
 */

static size_t nodes_for(size_t entries, enum address_family family)
{
	size_t most = compiled_node_most(family);

	return (entries + most - 1) / most;
}

/* How many nodes a tree of so many ranges has. */
static size_t nodes_in_all(size_t ranges, enum address_family family)
{
	size_t all = 0;

	for (size_t level = ranges; level > 0;) {
		size_t nodes = nodes_for(level, family);

		all += nodes;
		level = nodes > 1 ? nodes : 0;
	}
	return all;
}

static struct compiled_node *node_of(const struct writing *w, size_t number)
{
	return (struct compiled_node *)(void *)(w->image +
						number * COMPILED_BLOCK);
}

/* Entry number AT of the level whose nodes begin at FIRST. */
static void put(struct writing *w, enum address_family family, uint32_t first,
		size_t at, const unsigned char *key, uint32_t value)
{
	size_t most = compiled_node_most(family);
	size_t key_size = compiled_key_size(family);
	struct compiled_node *node = node_of(w, first + at / most);

	at %= most;
	memcpy(node->entries + at * key_size, key, key_size);
	memcpy(node->entries + most * key_size + at * sizeof(value), &value,
	       sizeof(value));
	node->count = (uint32_t)at + 1;
}

static uint32_t value_of(struct writing *w, const struct rule *rule)
{
	uint64_t start = (uint64_t)w->header.blocks * COMPILED_BLOCK;

	if (!rule)
		return 0;
	return (uint32_t)((start +
			   w->texts.text[number_of(&w->texts, rule->result)]
				   .at) /
			  COMPILED_UNIT);
}

/* The lowest level first; each one above holds the first keys of its nodes. */
static struct compiled_tree write_tree(struct writing *w,
				       const struct cidr_ranges *ranges,
				       enum address_family family)
{
	struct compiled_tree tree = { 0 };
	uint32_t first = w->blocks_used;
	size_t nodes = nodes_for(ranges->count, family);

	if (ranges->count == 0)
		return tree;
	for (size_t i = 0; i < ranges->count; i++)
		put(w, family, first, i, ranges->range[i].first.bytes,
		    value_of(w, ranges->range[i].rule));
	tree = (struct compiled_tree){ first, 1 };
	while (nodes > 1) {
		uint32_t above = first + (uint32_t)nodes;

		for (size_t i = 0; i < nodes; i++)
			put(w, family, above, i, node_of(w, first + i)->entries,
			    first + (uint32_t)i);
		nodes = nodes_for(nodes, family);
		first = above;
		tree = (struct compiled_tree){ above, tree.levels + 1 };
	}
	w->blocks_used = first + 1;
	return tree;
}

/* ---- the file -------------------------------------------------------------
 */

static void seal(struct writing *w)
{
	struct compiled_header *h = &w->header;

	for (uint32_t i = 1; i < h->blocks; i++) {
		struct compiled_node *node = node_of(w, i);

		node->number = i;
		node->check =
			compiled_check(w->key, &node->check,
				       sizeof(*node) - sizeof(node->check));
	}
	h->check = compiled_check(w->key, &h->check,
				  sizeof(*h) - sizeof(h->check));
	memcpy(w->image, h, sizeof(*h));
}

/* Give everything its place. */
static int lay_out(struct writing *w, const struct compiled_input *input)
{
	struct compiled_header *h = &w->header;
	size_t blocks = 1 + nodes_in_all(w->ipv4.count, ADDRESS_IPV4) +
			nodes_in_all(w->ipv6.count, ADDRESS_IPV6);

	memcpy(h->magic, COMPILED_MAGIC, sizeof(h->magic));
	h->version = COMPILED_VERSION;
	h->order = COMPILED_ORDER;
	h->source = input->source;
	h->ranges = (uint32_t)(w->ipv4.count + w->ipv6.count);
	for (const struct rule *r = input->rules.first; r; r = r->next)
		h->rules += r->kind == RULE_RESULT;
	h->size = (uint64_t)blocks * COMPILED_BLOCK + w->texts.size;
	if (h->size > COMPILED_MOST)
		return -EFBIG;
	h->blocks = (uint32_t)blocks;
	compiled_key(&h->source, w->key);
	w->image = arena_alloc(w->arena, (size_t)h->size);
	return w->image ? 0 : -ENOMEM;
}

int compiled_write(const struct compiled_input *input, struct arena *arena,
		   struct span *ret)
{
	struct writing w = { .arena = arena, .blocks_used = 1 };
	int r = cidr_ranges(&input->rules, ADDRESS_IPV4, arena, &w.ipv4);

	if (r == 0)
		r = cidr_ranges(&input->rules, ADDRESS_IPV6, arena, &w.ipv6);
	if (r == 0 && !collect_texts(&w, input->mistakes))
		r = -ENOMEM;
	if (r == 0)
		r = lay_out(&w, input);
	if (r < 0)
		return r;
	w.header.ipv4 = write_tree(&w, &w.ipv4, ADDRESS_IPV4);
	w.header.ipv6 = write_tree(&w, &w.ipv6, ADDRESS_IPV6);
	write_texts(&w);
	seal(&w);
	*ret = (struct span){ (const char *)w.image, (size_t)w.header.size };
	return 0;
}

/* ---- from a file ----------------------------------------------------------
 */

/*
 * Times of files come from a clock that ticks a few hundred times a second, or
 * once. Would a change now have the same time as the last one?
 */
static bool may_hide_a_change(const struct stat *st)
{
	bool whole_seconds =
		st->st_ctim.tv_nsec == 0 && st->st_mtim.tv_nsec == 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec == st->st_ctim.tv_sec &&
	       (whole_seconds || now.tv_nsec == st->st_ctim.tv_nsec);
}

static void let_time_pass(const struct stat *st)
{
	static const struct timespec tick = { .tv_nsec = 1000000 };

	for (int i = 0; i < 1000 && may_hide_a_change(st); i++)
		nanosleep(&tick, NULL);
}

/* As rules_read; what cannot be opened is an errno too. */
static int read_rules(const char *source, struct arena *arena,
		      struct report *report, struct rules *ret)
{
	struct table_source s = {
		.type = "cidr", .name = source, .arena = arena, .report = report
	};
	int r = linefile_open(&s.lines, source, arena);

	return r < 0 ? r : table_cidr_read(ret, &s);
}

int compiled_make(const char *source, struct arena *arena,
		  struct report *report, struct stat *ret_source,
		  struct span *ret)
{
	struct compiled_input input = { 0 };
	struct compiled_source after;
	struct stat st;
	int r;

	if (stat(source, &st) < 0)
		return -errno;
	let_time_pass(&st);
	r = read_rules(source, arena, report, &input.rules);
	if (r < 0)
		return r;
	input.source = compiled_source_of(&st);
	input.mistakes = report->first;
	if (stat(source, &st) < 0)
		return -errno;
	after = compiled_source_of(&st);
	if (!compiled_source_equal(&input.source, &after))
		return -EAGAIN;
	r = compiled_write(&input, arena, ret);
	if (r == 0)
		*ret_source = st;
	return r;
}
