#include "conf/compiled.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading, with nothing believed ---------------------------------------
 */

/* Block NUMBER when it is a whole node, else NULL. */
static const struct compiled_node *node_at(const struct compiled *c,
					   uint32_t number)
{
	const struct compiled_node *node;

	if (number == 0 || number >= c->header.blocks)
		return NULL;
	node = (const struct compiled_node
			*)(const void *)(c->memory +
					 (size_t)number * COMPILED_BLOCK);
	if (node->number != number ||
	    node->check != compiled_check(c->key, &node->check,
					  sizeof(*node) - sizeof(node->check)))
		return NULL;
	return node;
}

/* The text at AT, a multiple of COMPILED_UNIT. False when it is none. */
static bool text_at(const struct compiled *c, uint64_t at, struct span *ret)
{
	const struct compiled_text *text;
	uint64_t size = c->header.size;
	uint32_t len;

	if (at < (uint64_t)c->header.blocks * COMPILED_BLOCK ||
	    at + COMPILED_TEXT > size)
		return false;
	text = (const struct compiled_text *)(const void *)(c->memory + at);
	len = text->len; /* once: it may change under us */
	if (len > size - at - COMPILED_TEXT ||
	    text->check != compiled_check(c->key, &text->check,
					  sizeof(text->len) + len))
		return false;
	*ret = (struct span){ text->text, len };
	return true;
}

/* The value of the last key in NODE that is not above WHO. */
static bool search(const struct compiled_node *node, const struct address *who,
		   uint32_t *ret)
{
	size_t key_size = compiled_key_size(who->family);
	size_t most = compiled_node_most(who->family);
	size_t from = 0, to = node->count;

	if (to > most)
		return false;
	while (from < to) {
		size_t middle = (from + to) / 2;

		if (memcmp(node->entries + middle * key_size, who->bytes,
			   key_size) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == 0)
		return false;
	memcpy(ret, node->entries + most * key_size + (from - 1) * sizeof(*ret),
	       sizeof(*ret));
	return true;
}

static int find(const struct compiled *c, const struct address *who,
		struct sbuf *value)
{
	const struct compiled_tree *tree =
		who->family == ADDRESS_IPV4 ? &c->header.ipv4 : &c->header.ipv6;
	uint32_t at = tree->root;
	struct span text;

	if (tree->levels == 0)
		return 0;
	for (uint32_t level = 0; level < tree->levels; level++) {
		const struct compiled_node *node = node_at(c, at);

		if (!node || !search(node, who, &at))
			return -EBADMSG;
	}
	if (at == 0)
		return 0;
	if (!text_at(c, (uint64_t)at * COMPILED_UNIT, &text))
		return -EBADMSG;
	sbuf_add(value, text);
	return 1;
}

/* ---- the same, when the file may be cut under us --------------------------
 */

struct work {
	const struct compiled *compiled;
	const struct address *who;
	struct sbuf *value;
	struct report *report;
	const struct origin *where;
	int result;
};

static int guarded(struct work *w, void (*work)(void *context))
{
	w->result = -EBADMSG;
	if (!guard_run(w->compiled->memory, (size_t)w->compiled->header.size,
		       work, w))
		return -EBADMSG;
	return w->result;
}

static void find_work(void *context)
{
	struct work *w = context;

	w->result = find(w->compiled, w->who, w->value);
}

int compiled_find(const struct compiled *c, struct span key, struct sbuf *value)
{
	struct address who;
	struct work w = { .compiled = c, .who = &who, .value = value };

	if (!address_parse(key, &who))
		return 0;
	return guarded(&w, find_work);
}

/* Is everything between the texts' beginning and the end texts? */
static bool all_texts(const struct compiled *c)
{
	uint64_t at = (uint64_t)c->header.blocks * COMPILED_BLOCK;
	struct span text;

	while (at < c->header.size) {
		if (!text_at(c, at, &text))
			return false;
		at += compiled_text_size((uint32_t)text.len);
	}
	return true;
}

static void verify_work(void *context)
{
	struct work *w = context;

	for (uint32_t i = 1; i < w->compiled->header.blocks; i++)
		if (!node_at(w->compiled, i))
			return;
	if (all_texts(w->compiled))
		w->result = 0;
}

int compiled_verify(const struct compiled *c)
{
	struct work w = { .compiled = c };

	return guarded(&w, verify_work);
}

static void report_work(void *context)
{
	struct work *w = context;
	const struct compiled *c = w->compiled;
	uint64_t at = (uint64_t)c->header.blocks * COMPILED_BLOCK;
	struct span text;

	for (uint32_t i = 0; i < c->header.mistakes; i++) {
		if (!text_at(c, at, &text) || text.len > INT_MAX)
			return;
		report_add(w->report, REPORT_WARNING, w->where, "%.*s",
			   (int)text.len, text.p);
		at += compiled_text_size((uint32_t)text.len);
	}
	w->result = 0;
}

int compiled_report(const struct compiled *c, struct report *report,
		    const struct origin *where)
{
	struct work w = { .compiled = c, .report = report, .where = where };

	return c->header.mistakes > 0 ? guarded(&w, report_work) : 0;
}

/* ---- opening --------------------------------------------------------------
 */

static bool trees_possible(const struct compiled_header *h)
{
	return h->ipv4.levels <= COMPILED_LEVELS_MOST &&
	       h->ipv6.levels <= COMPILED_LEVELS_MOST;
}

/* Judge the header that C has; the file has SIZE bytes. */
static enum compiled_state check_header(struct compiled *c, uint64_t size,
					struct sbuf *why)
{
	const struct compiled_header *h = &c->header;

	if (memcmp(h->magic, COMPILED_MAGIC, sizeof(h->magic)) != 0) {
		sbuf_add_text(why, "is no compiled table");
		return COMPILED_BAD;
	}
	if (h->version != COMPILED_VERSION || h->order != COMPILED_ORDER) {
		sbuf_add_text(why, "was made by another version, or on another "
				   "kind of machine");
		return COMPILED_STALE;
	}
	compiled_key(&h->source, c->key);
	if (h->check != compiled_check(c->key, &h->check,
				       sizeof(*h) - sizeof(h->check)) ||
	    h->size != size || size > COMPILED_MOST || h->blocks == 0 ||
	    (uint64_t)h->blocks * COMPILED_BLOCK > size || !trees_possible(h)) {
		sbuf_add_text(why, "is damaged");
		return COMPILED_BAD;
	}
	return COMPILED_GOOD;
}

enum compiled_state compiled_over(struct compiled *c, const void *memory,
				  uint64_t size, struct sbuf *why)
{
	*c = (struct compiled){ .memory = memory };
	if (size < sizeof(c->header)) {
		sbuf_add_text(why, "is cut short");
		return COMPILED_BAD;
	}
	memcpy(&c->header, memory, sizeof(c->header));
	return check_header(c, size, why);
}

/* May what stands in the file of FILE decide what that of SOURCE says? */
static enum compiled_state check_owner(const struct stat *file,
				       const struct stat *source,
				       struct sbuf *why)
{
	if (!S_ISREG(file->st_mode)) {
		sbuf_add_text(why, "is no regular file");
		return COMPILED_BAD;
	}
	if ((file->st_uid != source->st_uid && file->st_uid != 0) ||
	    (file->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		sbuf_add_text(why, "does not belong to the owner of the text "
				   "alone");
		return COMPILED_BAD;
	}
	return COMPILED_GOOD;
}

static void unmap(void *object)
{
	struct compiled *c = object;

	munmap((void *)(uintptr_t)c->memory, (size_t)c->header.size);
}

/* The header is read, not mapped: it decides whether anything is. */
static enum compiled_state map_file(struct compiled *c, int fd,
				    const struct stat *source,
				    struct arena *arena, struct sbuf *why)
{
	struct compiled_source now = compiled_source_of(source);
	enum compiled_state state;
	struct stat st;
	void *memory;

	if (fstat(fd, &st) < 0) {
		sbuf_add_text(why, strerror(errno));
		return COMPILED_BAD;
	}
	state = check_owner(&st, source, why);
	if (state != COMPILED_GOOD)
		return state;
	if (pread(fd, &c->header, sizeof(c->header), 0) != sizeof(c->header)) {
		sbuf_add_text(why, "is cut short");
		return COMPILED_BAD;
	}
	state = check_header(c, (uint64_t)st.st_size, why);
	if (state == COMPILED_GOOD &&
	    !compiled_source_equal(&c->header.source, &now)) {
		sbuf_add_text(why, "is older than the text");
		state = COMPILED_STALE;
	}
	if (state != COMPILED_GOOD)
		return state;
	memory = mmap(NULL, (size_t)c->header.size, PROT_READ, MAP_SHARED, fd,
		      0);
	if (memory == MAP_FAILED || !arena_on_close(arena, unmap, c)) {
		sbuf_addf(why, "cannot be mapped: %s", strerror(errno));
		return COMPILED_BAD;
	}
	c->memory = memory;
	return COMPILED_GOOD;
}

enum compiled_state compiled_open(struct compiled *c, const char *source,
				  struct arena *arena, struct sbuf *why)
{
	char path[PATH_MAX];
	struct sbuf b = SBUF(path);
	enum compiled_state state;
	struct stat st;
	int fd;

	*c = (struct compiled){ 0 };
	sbuf_add_text(&b, source);
	sbuf_add_text(&b, COMPILED_SUFFIX);
	if (!sbuf_fitted(&b))
		return COMPILED_NONE;
	fd = open(path,
		  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return COMPILED_NONE;
	sbuf_addf(why, "%s ", path);
	if (fd < 0) {
		sbuf_add_text(why, errno == ELOOP ? "is a symbolic link"
						  : strerror(errno));
		return COMPILED_BAD;
	}
	if (stat(source, &st) < 0) {
		sbuf_addf(why, "is alone: %s: %s", source, strerror(errno));
		state = COMPILED_STALE;
	} else {
		state = map_file(c, fd, &st, arena, why);
	}
	close(fd);
	return state;
}
