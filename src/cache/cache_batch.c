#include "cache/cache_batch.h"

#include "base/filelock.h"
#include "cache/cache_edit.h"
#include "cache/cache_gdbm.h"
#include "cache/gdbm_image.h"
#include "cache/mark.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- remove ------------------------------------------------------ */

struct removal {
	const char *const *keys;
	size_t count;
	bool (*doomed)(const struct stamps *s, void *context);
	void *context;
	int removed;
};

static int remove_keys(struct cache_edit *e, void *context)
{
	struct removal *r = context;

	r->removed = 0;
	for (size_t i = 0; i < r->count; i++) {
		struct stamps s;
		int found = cache_edit_get(e, r->keys[i], &s);

		if (found < 0)
			return found;
		if ((found == 0 && e->old_length == 0) ||
		    !r->doomed(found ? &s : NULL, r->context))
			continue;
		found = cache_edit_delete(e, span_of(r->keys[i]));
		if (found < 0)
			return found;
		r->removed += found;
	}
	return 0;
}

/* No file is no trouble, and no reason to make one. */
static bool is_absent(const struct cache *c)
{
	struct stat st;

	return c->file[0] == '\0' ||
	       (stat(c->file, &st) < 0 && errno == ENOENT);
}

int cache_remove(struct cache *c, const char *const *keys, size_t count,
		 bool (*doomed)(const struct stamps *s, void *context),
		 void *context, int64_t deadline)
{
	struct removal removal = {
		.keys = keys,
		.count = count,
		.doomed = doomed,
		.context = context,
	};
	int r;

	assert(count <= CACHE_BATCH);
	if (is_absent(c))
		return 0;
	r = cache_edit(c, remove_keys, &removal, deadline);
	return r < 0 ? r : removal.removed;
}

/* ---- join -------------------------------------------------------- */

struct joining {
	const struct cache_entry *entries;
	size_t count;
	int changed;
};

static int join_entries(struct cache_edit *e, void *context)
{
	struct joining *j = context;

	j->changed = 0;
	for (size_t i = 0; i < j->count; i++) {
		const struct cache_entry *entry = &j->entries[i];
		struct stamps s = { .count = 0 };
		int r = cache_edit_get(e, entry->key, &s);

		if (r < 0)
			return r;
		if (!stamps_join(&s, &entry->stamps) && r > 0)
			continue;
		r = cache_edit_put(e, entry->key, &s);
		if (r < 0)
			return r;
		j->changed++;
	}
	return 0;
}

int cache_join(struct cache *c, const struct cache_entry *entries, size_t count,
	       int64_t deadline)
{
	struct joining joining = { .entries = entries, .count = count };
	int r;

	assert(count <= CACHE_BATCH);
	r = cache_edit(c, join_entries, &joining, deadline);
	return r < 0 ? r : joining.changed;
}

/* ---- shrink ------------------------------------------------------ */

/* Nobody gains anything by making a file smaller than this. */
#define SHRINK_FROM (256 << 10)

/* What a new file needs for an entry besides key and value: its place in a
 * bucket, of which a third is always empty, and a share of free space. */
#define PER_ENTRY 40

/* Is more than half of the file of no use? */
static bool is_worth_it(const struct gdbm_image *im)
{
	struct gdbm_image_walk walk = { 0 };
	struct span key, value;
	uint64_t needed = 0;

	if (im->size < SHRINK_FROM || !im->readable)
		return false;
	while (gdbm_image_next(im, &walk, &key, &value))
		needed += key.len + value.len + PER_ENTRY;
	return needed < im->size / 2;
}

/* The journal is complete before readers are kept out, for it waits for the
 * disk. */
static int replace(struct cache *c, int with, int64_t deadline)
{
	int r = mark_journal_fill(c->lock, with);

	if (r == 0)
		r = filelock_take(c->lock, FILELOCK_EXCLUSIVE, deadline);
	if (r < 0) {
		mark_journal_drop(c->lock);
		return r;
	}
	r = mark_set(c->lock, MARK_JOURNAL);
	if (r == 0)
		r = mark_journal_replay(c->lock, c->data);
	if (r == 0)
		r = mark_set(c->lock, MARK_CLEAN);
	if (r == 0)
		mark_journal_drop(c->lock);
	filelock_drop(c->lock);
	return r;
}

static int shrink(struct cache *c, int64_t deadline)
{
	struct gdbm_image im;
	int r, fd;

	r = gdbm_image_load(c->data, &im);
	if (r < 0)
		return r;
	if (is_worth_it(&im)) {
		r = cache_gdbm_rebuild(&im, &fd);
		if (r == 0) {
			r = replace(c, fd, deadline);
			close(fd);
		}
		r = r < 0 ? r : 1;
	}
	gdbm_image_unload(&im);
	return r;
}

int cache_shrink(struct cache *c, int64_t deadline)
{
	int r;

	if (is_absent(c))
		return 0;
	r = cache_edit_begin_alone(c, deadline);
	if (r < 0)
		return r;
	r = shrink(c, deadline);
	cache_edit_end_alone(c);
	return r;
}
